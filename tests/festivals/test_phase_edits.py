"""Phases moved with their festival and by hand, and a festival made again for another year."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fairground.catalog.models import Price, Sku
from fairground.catalog.rules import DealTerms
from fairground.festivals.actions import FestivalExists, NoSuchFestival, TimesRefused, edit_festival, shift_festival
from fairground.festivals.models import Deal, DealPrice, Festival, FestivalRate, Hall, Phase
from fairground.festivals.phase_edits import PhasePassed, SaleApart, clone_festival, edit_phases
from fairground.festivals.phase_plan import PhaseKind, PhaseSpan, phases_in
from fairground.festivals.phase_problems import PlanProblem
from fairground.festivals.phase_rows import PhasesRefused, read_phases
from fairground.festivals.rules import Period
from fairground.inventory.models import Stock
from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry
from fairground.markets.queries import reference_rates
from tests.catalogue_making import (
    CLOSES_AT,
    NOW_MS,
    OPENS_AT,
    make_festival,
    make_product,
    make_shop,
    offers_version,
    run_import,
)
from tests.phase_making import give_phases, moments_of

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
# In the middle of enrolment.
NOW = OPENS_AT - timedelta(days=30)
BY = By(user_id=None, now=NOW)


@pytest.fixture
def phases() -> tuple[PhaseSpan, ...]:
    """The phases of a festival whose home is Madrid."""
    make_shop()
    make_festival()
    return give_phases(zone="Europe/Madrid")


def changed(phases: tuple[PhaseSpan, ...], kind: PhaseKind, **times: datetime) -> list[PhaseSpan]:
    """Return phases of which one has other times."""
    return [replace(one, **times) if one.kind is kind else one for one in phases]  # type: ignore[arg-type]


def test_a_festival_that_is_made_without_phases_has_its_sale_alone() -> None:
    make_shop()
    make_festival()

    assert read_phases(festival="fair") == (PhaseSpan(PhaseKind.SALE, OPENS_AT, CLOSES_AT),)


def test_every_moment_goes_with_a_festival_that_is_shifted(phases: tuple[PhaseSpan, ...]) -> None:
    before = moments_of()

    shift_festival(slug="fair", opens_at=OPENS_AT + 2 * HOUR, now_ms=NOW_MS)

    assert moments_of() == {moment + 2 * HOUR for moment in before}


def test_what_begins_when_the_sale_ends_goes_with_its_end(phases: tuple[PhaseSpan, ...]) -> None:
    edit_festival(slug="fair", name={"en": "Fair"}, period=Period(OPENS_AT, CLOSES_AT + 3 * HOUR), by=BY)

    there = phases_in(read_phases(festival="fair"), None)
    assert there[PhaseKind.SALE].ends_at == there[PhaseKind.AFTER_SALE].starts_at == CLOSES_AT + 3 * HOUR
    assert there[PhaseKind.GALA] == phases_in(phases, None)[PhaseKind.GALA]


def test_a_sale_beyond_what_comes_after_it_is_refused(phases: tuple[PhaseSpan, ...]) -> None:
    with pytest.raises(PhasesRefused) as refused:
        edit_festival(slug="fair", name={"en": "Fair"}, period=Period(OPENS_AT, CLOSES_AT + timedelta(days=15)), by=BY)

    problem = PlanProblem("never", PhaseKind.AFTER_SALE)
    assert refused.value.facts == {"problems": (problem,)}
    assert (read_phases(festival="fair"), Festival.objects.get().closes_at) == (phases, CLOSES_AT)


def test_a_phase_is_changed_and_the_audit_log_says_from_what_to_what(phases: tuple[PhaseSpan, ...]) -> None:
    gala = phases_in(phases, None)[PhaseKind.GALA]
    later = changed(phases, PhaseKind.GALA, starts_at=gala.starts_at + HOUR)
    wanted = changed(tuple(later), PhaseKind.PRESALE, ends_at=gala.starts_at + HOUR)

    assert edit_phases(slug="fair", phases=wanted, by=BY)
    assert not edit_phases(slug="fair", phases=wanted, by=BY)

    there = phases_in(read_phases(festival="fair"), None)
    assert there[PhaseKind.GALA].starts_at == there[PhaseKind.PRESALE].ends_at == gala.starts_at + HOUR
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.subject_kind, entry.subject_id) == ("changed", "festival", "fair")
    assert entry.facts["gala"] == [
        f"{gala.starts_at.isoformat()}/{gala.ends_at.isoformat()}",
        f"{(gala.starts_at + HOUR).isoformat()}/{gala.ends_at.isoformat()}",
    ]
    assert sorted(entry.facts) == ["gala", "presale"]


@pytest.mark.parametrize(
    ("kind", "times", "refusal"),
    [
        (PhaseKind.ENROLMENT, {"starts_at": NOW - HOUR}, PhasePassed),
        (PhaseKind.ENROLMENT, {"ends_at": NOW - HOUR}, PhasePassed),
        (PhaseKind.ANNOUNCEMENT, {"ends_at": NOW + HOUR}, PhasePassed),
        (PhaseKind.SALE, {"ends_at": CLOSES_AT + HOUR}, SaleApart),
        (PhaseKind.GALA, {"ends_at": OPENS_AT - HOUR}, PhasesRefused),
        (PhaseKind.AFTER_SALE, {"starts_at": CLOSES_AT + HOUR}, PhasesRefused),
    ],
)
def test_what_does_not_fit_or_has_passed_is_refused_and_nothing_changes(
    phases: tuple[PhaseSpan, ...], kind: PhaseKind, times: dict[str, datetime], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        edit_phases(slug="fair", phases=changed(phases, kind, **times), by=BY)

    assert (read_phases(festival="fair"), AuditEntry.objects.count()) == (phases, 0)


def test_a_phase_that_has_begun_is_not_taken_out(phases: tuple[PhaseSpan, ...]) -> None:
    with pytest.raises(PhasePassed):
        edit_phases(slug="fair", phases=[one for one in phases if one.kind > PhaseKind.ANNOUNCEMENT], by=BY)
    with pytest.raises(NoSuchFestival):
        edit_phases(slug="nowhere", phases=phases, by=BY)

    assert read_phases(festival="fair") == phases


def test_next_year_has_the_same_phases_at_the_same_times_of_day_and_halls_and_rates_anew(
    phases: tuple[PhaseSpan, ...],
) -> None:
    FestivalRate.objects.filter(currency="USD").update(numerator=1, denominator=1)
    next_year = datetime(2027, 11, 11, tzinfo=UTC)

    assert clone_festival(slug="fair", to="fair-2027", opens_at=next_year, rates=reference_rates(), by=BY) == 0

    new = Festival.objects.get(slug="fair-2027")
    assert (new.previous_id, new.name, new.zone, new.currency) == ("fair", {"en": "Fair"}, "Europe/Madrid", "EUR")
    assert (new.opens_at, new.closes_at) == (next_year, next_year + timedelta(days=1))
    assert moments_of("fair-2027") == {moment + timedelta(days=365) for moment in moments_of()}
    assert list(Hall.objects.filter(festival=new).values_list("slug", flat=True)) == ["home"]
    rate = FestivalRate.objects.get(festival=new, currency="USD")
    assert (rate.numerator, rate.denominator) == (100, 117)
    assert AuditEntry.objects.get().facts == {
        "previous": [None, "fair"],
        "opens_at": [None, "2027-11-11T00:00:00+00:00"],
    }


def test_deals_come_along_only_where_they_are_still_bargains_and_are_not_frozen(phases: tuple[PhaseSpan, ...]) -> None:
    deal = DealTerms(percent_off=30, units=40, buyer_limit=2)
    run_import(*[make_product(external_id=name, deal=deal) for name in ("chair", "lamp", "rug")], festival="fair")
    chair, lamp, rug = (Sku.objects.get(external_id=name).id for name in ("chair", "lamp", "rug"))
    Price.objects.filter(sku=chair).exclude(market="EU").update(price_minor=1)
    Price.objects.filter(sku=lamp).update(price_minor=1)
    Sku.objects.filter(id=rug).update(on_sale=False)
    next_year, before = OPENS_AT + timedelta(days=365), offers_version()

    copied = clone_festival(
        slug="fair", to="again", opens_at=next_year, rates=reference_rates(), by=BY, with_deals=True
    )

    new = Deal.objects.get(festival="again")
    assert (copied, new.sku_id, new.units, new.buyer_limit, new.lane) == (
        1,
        chair,
        40,
        2,
        Sku.objects.get(id=chair).lane,
    )
    assert (new.opens_at, new.closes_at) == (next_year, next_year + timedelta(days=1))
    assert new.hall is not None
    assert (new.hall.festival_id, new.hall.slug) == ("again", "home")
    old = DealPrice.objects.get(deal__festival="fair", deal__sku=chair, market="EU")
    assert list(DealPrice.objects.filter(deal=new).values_list("market_id", "price_minor", "currency")) == [
        ("EU", old.price_minor, "EUR")
    ]
    assert Stock.objects.filter(deal_id=new.id).count() == 0
    assert offers_version() == before + 1


@pytest.mark.parametrize(
    ("slug", "to", "opens_at", "refusal"),
    [
        ("nowhere", "again", OPENS_AT + timedelta(days=365), NoSuchFestival),
        ("fair", "fair", OPENS_AT + timedelta(days=365), FestivalExists),
        ("fair", "again", NOW, TimesRefused),
    ],
)
def test_a_festival_is_made_again_from_one_that_there_is_under_a_new_name_and_in_the_future(
    phases: tuple[PhaseSpan, ...], slug: str, to: str, opens_at: datetime, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        clone_festival(slug=slug, to=to, opens_at=opens_at, rates=reference_rates(), by=BY, with_deals=True)

    assert (Festival.objects.count(), Phase.objects.count(), AuditEntry.objects.count()) == (1, len(phases), 0)
