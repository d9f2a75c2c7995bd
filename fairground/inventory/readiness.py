"""Whether a festival may open: its phases, and what its deals and halls lack."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from fairground.festivals.models import Deal, DealPrice, Hall
from fairground.festivals.phase_problems import PlanProblem, problems
from fairground.festivals.phase_rows import read_phases
from fairground.inventory.queries import deals_short

# Deals that are named of each kind of lack; more are "so many or more".
DEALS_LISTED_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Readiness:
    """What stands in the way of an opening. Deals by id, at most `DEALS_LISTED_MAX` of each kind; halls by slug."""

    problems: tuple[PlanProblem, ...]
    deals_short: tuple[int, ...]
    deals_unpriced: tuple[int, ...]
    halls_empty: tuple[str, ...]

    @property
    def is_ready(self) -> bool:
        """Whether nothing does."""
        lacks = (self.problems, self.deals_short, self.deals_unpriced, self.halls_empty)
        return not any(lacks)


def festival_readiness(*, festival: str) -> Readiness:
    """Return what a festival lacks before it can open."""
    phases = read_phases(festival=festival)
    deals = Deal.objects.filter(festival=festival)
    unpriced = deals.filter(~Exists(DealPrice.objects.filter(deal_id=OuterRef("id")))).order_by("id")
    empty = Hall.objects.filter(~Exists(Deal.objects.filter(hall=OuterRef("id"))), festival=festival).order_by("id")
    return Readiness(
        problems=tuple(problems(phases)),
        deals_short=tuple(deals_short(festival=festival, deals_max=DEALS_LISTED_MAX)),
        deals_unpriced=tuple(unpriced.values_list("id", flat=True)[:DEALS_LISTED_MAX]),
        halls_empty=tuple(empty.values_list("slug", flat=True)),
    )
