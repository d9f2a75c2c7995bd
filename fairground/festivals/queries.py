"""Reads of festivals."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Case, Count, Exists, OuterRef, Value, When

from fairground.festivals.declared import EnrolmentState
from fairground.festivals.models import Deal, Enrolment, Festival, Hall, HallBlock
from fairground.kernel.sql import array_text, load_sql

# A deal's buyer: (lane, deal id, shopper id).
DealBuyerKey = tuple[int, int, int]


def festival_exists(*, slug: str) -> bool:
    """Return whether there is a festival with this slug."""
    return Festival.objects.filter(slug=slug).exists()


def units_taken(buyers: Sequence[DealBuyerKey]) -> dict[tuple[int, int], int]:
    """Return the units that shoppers hold or bought of limited deals, by (deal id, shopper id); absent means none."""
    if not buyers:
        return {}
    lanes, deal_ids, shopper_ids = (array_text(column) for column in zip(*buyers, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("festivals", "units_taken"),
            {"lanes": lanes, "deal_ids": deal_ids, "shopper_ids": shopper_ids},
        )
        return {(deal_id, shopper_id): units for deal_id, shopper_id, units in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class HallFacts:
    """A hall; its name by language."""

    id: int
    slug: str
    name: Mapping[str, str]


def hall_ids(*, slugs: Collection[str]) -> dict[str, list[int]]:
    """Return the halls with these slugs, of whatever festival, by slug."""
    found: dict[str, list[int]] = {}
    for slug, hall_id in Hall.objects.filter(slug__in=slugs).order_by("id").values_list("slug", "id"):
        found.setdefault(slug, []).append(hall_id)
    return found


def festival_halls(*, festival: str) -> list[HallFacts]:
    """Return the festival's halls that have a deal or a block, in the order in which they were made."""
    has_deal, has_block = (Exists(model.objects.filter(hall=OuterRef("id"))) for model in (Deal, HallBlock))
    halls = Hall.objects.filter(has_deal | has_block, festival=festival).order_by("id")
    return [HallFacts(*row) for row in halls.values_list("id", "slug", "name")]


@dataclass(frozen=True, slots=True)
class FestivalSeen:
    """A festival as a list shows it; its name by language, `previous` the one that it was cloned from."""

    slug: str
    name: Mapping[str, str]
    zone: str
    currency: str
    opens_at: datetime
    closes_at: datetime
    previous: str | None


def festivals_seen() -> list[FestivalSeen]:
    """Return every festival, the latest opening first."""
    columns = ("slug", "name", "zone", "currency", "opens_at", "closes_at", "previous_id")
    rows = Festival.objects.order_by("-opens_at", "slug").values_list(*columns)
    return [FestivalSeen(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class EnrolmentRow:
    """A merchant's enrolment, and how many deals it declared.

    `decided_by` None is the command line or an import; `floor_bps` its own floor, None: the festival's.
    """

    id: int
    festival: str
    merchant: str
    merchant_name: str
    state: str
    applied_at: datetime
    decided_at: datetime | None
    decided_by: int | None
    reason: str
    floor_bps: int | None
    declarations: int


def enrolments(*, festival: str | None, state: str | None, limit: int, offset: int = 0) -> list[EnrolmentRow]:
    """Return enrolments, those that wait for an answer first, then the latest; None asks for any."""
    rows = Enrolment.objects.annotate(declared=Count("declarations"))
    if festival:
        rows = rows.filter(festival=festival)
    if state:
        rows = rows.filter(state=state)
    waits_first = Case(When(state=EnrolmentState.APPLIED.value, then=Value(0)), default=Value(1))
    names = (
        *("id", "festival_id", "merchant__slug", "merchant__name", "state"),
        *("applied_at", "decided_at", "decided_by", "reason", "floor_bps", "declared"),
    )
    page = rows.order_by(waits_first, "-applied_at", "-pk")[offset : offset + limit]
    return [EnrolmentRow(*row) for row in page.values_list(*names)]
