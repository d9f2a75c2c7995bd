"""INV-19: what the price guard found is no deal before two people approved that version; the database counts too."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from fairground.festivals.enrolments import GuardLoosened, NotEnrolled, ReasonNeeded, festival_terms, set_guard
from fairground.festivals.models import (
    Approval,
    Deal,
    DealPrice,
    Declaration,
    DeclarationPrice,
    Enrolment,
    Festival,
)
from fairground.inventory.actions import freeze_deals
from fairground.inventory.deal_edits import edit_deal
from fairground.inventory.declarations import DeclarationElsewhere, NoSuchDeclaration
from fairground.inventory.models import Stock
from fairground.inventory.price_guard import GuardFinds
from fairground.inventory.reviewing import (
    ApprovedAlready,
    Choice,
    OutsideFestival,
    OwnDeclaration,
    TooManyAtOnce,
    VersionChanged,
    approve,
    approve_one,
    decline,
)
from fairground.kernel.models import AuditEntry, Writer
from tests.declaring import (
    ADA,
    DECLARER,
    EARLIER,
    KIM,
    SAM,
    choice_of,
    declare_rows,
    make_chair,
    make_declared,
    row_of,
    user_of,
)
from tests.factories import NOW, NOW_MS, make_market, next_id


@pytest.fixture(autouse=True)
def _market(lone_writer: Writer) -> None:
    make_market()


@pytest.fixture
def clean() -> Declaration:
    return make_declared(price="90.00")


@pytest.fixture
def doubtful() -> Declaration:
    return make_declared(price="0.90")


def state_of(declaration: Declaration) -> str:
    return str(Declaration.objects.values_list("state", flat=True).get(pk=declaration.pk))


def test_one_person_is_enough_where_nothing_was_found(clean: Declaration) -> None:
    before = Writer.objects.get().offers_version

    decided = approve_one(choice=choice_of(clean), by=ADA)

    assert (decided.approved, decided.need_second) == ([clean.pk], [])
    deal = Deal.objects.get()
    assert (deal.sku_id, deal.units, deal.buyer_limit, deal.opens_at) == (clean.sku_id, 40, 2, NOW)
    assert DealPrice.objects.values_list("market_id", "price_minor", "currency").get() == ("EU", 9_000, "EUR")
    assert Declaration.objects.values_list("state", "deal_id").get() == ("approved", deal.id)
    assert Writer.objects.get().offers_version == before + 1
    entry = AuditEntry.objects.latest("id")
    assert (entry.verb, entry.subject_id, entry.user_id) == ("approved", str(clean.pk), ADA.user_id)


def test_what_was_found_waits_for_a_second_person(doubtful: Declaration) -> None:
    first = approve_one(choice=choice_of(doubtful), by=ADA)
    assert (first.approved, first.need_second, state_of(doubtful)) == ([], [doubtful.pk], "needs_second")
    assert not Deal.objects.exists()

    second = approve_one(choice=choice_of(doubtful), by=SAM)

    assert (second.approved, state_of(doubtful)) == ([doubtful.pk], "approved")
    assert DealPrice.objects.get().price_minor == 90


def test_the_same_person_twice_is_one_person(doubtful: Declaration) -> None:
    approve_one(choice=choice_of(doubtful), by=ADA)

    with pytest.raises(ApprovedAlready):
        approve_one(choice=choice_of(doubtful), by=ADA)

    assert (Approval.objects.count(), Deal.objects.count(), state_of(doubtful)) == (1, 0, "needs_second")


def test_who_declared_it_does_not_approve_it(clean: Declaration) -> None:
    with pytest.raises(OwnDeclaration):
        approve_one(choice=choice_of(clean), by=DECLARER)

    assert (Approval.objects.count(), Deal.objects.count(), state_of(clean)) == (0, 0, "submitted")


def test_a_yes_to_another_version_than_the_present_one_is_refused() -> None:
    chair = make_chair()
    doubtful = make_declared(sku=chair, price="0.90")
    seen = choice_of(doubtful)
    approve_one(choice=seen, by=ADA)
    declare_rows(chair.merchant, row_of(chair, price="0.80"))

    with pytest.raises(VersionChanged):
        approve_one(choice=seen, by=SAM)
    approve_one(choice=replace(seen, version=2), by=SAM)

    assert (state_of(doubtful), Deal.objects.count()) == ("needs_second", 0)
    approve_one(choice=replace(seen, version=2), by=KIM)
    assert (state_of(doubtful), DealPrice.objects.get().price_minor) == ("approved", 80)


def test_what_is_found_only_now_makes_a_version_that_nobody_has_approved(clean: Declaration) -> None:
    Stock.objects.update(units=39)

    decided = approve_one(choice=choice_of(clean), by=ADA)

    assert (decided.approved, decided.examined_anew) == ([], [clean.pk])
    row = Declaration.objects.get()
    assert (row.state, row.version, row.findings) == (
        "submitted",
        2,
        [{"code": "units-short", "units": 40, "free": 39}],
    )
    assert (Approval.objects.count(), Deal.objects.count()) == (0, 0)
    approve_one(choice=choice_of(row), by=ADA)
    assert state_of(clean) == "needs_second"


def test_many_are_decided_at_once_and_each_stands_alone() -> None:
    chairs = [make_chair() for _ in range(3)]
    first, found, own = (
        make_declared(sku=chair, price=price, by=by)
        for chair, price, by in zip(chairs, ("90.00", "0.90", "90.00"), (DECLARER, DECLARER, ADA), strict=True)
    )

    decided = approve(choices=[choice_of(one) for one in (first, found, own)], by=ADA)

    assert (decided.approved, decided.need_second) == ([first.pk], [found.pk])
    assert decided.refused == {own.pk: OwnDeclaration(declaration=own.pk)}
    assert Deal.objects.count() == 1


def test_more_than_a_page_at_once_and_what_is_not_there_are_refused(clean: Declaration) -> None:
    with pytest.raises(TooManyAtOnce):
        approve(choices=[choice_of(clean)] * 101, by=ADA)
    with pytest.raises(NoSuchDeclaration):
        approve(choices=[choice_of(clean), Choice(clean.pk + 1, 1)], by=ADA)

    assert (Approval.objects.count(), Deal.objects.count()) == (0, 0)


def test_what_is_declined_has_a_reason_and_is_decided_no_more(clean: Declaration) -> None:
    with pytest.raises(ReasonNeeded):
        decline(choices=[choice_of(clean)], by=ADA)
    with pytest.raises(VersionChanged):
        decline(choices=[replace(choice_of(clean), version=2)], by=replace(ADA, reason="too dear"))
    assert state_of(clean) == "submitted"

    decline(choices=[choice_of(clean)], by=replace(ADA, reason="too dear"))

    assert Declaration.objects.values_list("state", "reason").get() == ("declined", "too dear")
    with pytest.raises(DeclarationElsewhere):
        approve_one(choice=choice_of(clean), by=SAM)


def test_who_was_declined_meanwhile_gets_no_deal(clean: Declaration) -> None:
    Enrolment.objects.update(state="declined")

    with pytest.raises(NotEnrolled):
        approve_one(choice=choice_of(clean), by=ADA)
    assert not Deal.objects.exists()


def test_a_deal_that_no_longer_lies_within_its_festival_is_refused() -> None:
    row = make_declared(opens_at=NOW + timedelta(hours=22))
    Festival.objects.update(closes_at=NOW + timedelta(hours=20))

    with pytest.raises(OutsideFestival):
        approve_one(choice=choice_of(row), by=ADA)
    assert not Deal.objects.exists()


def test_an_approved_deal_is_frozen_with_its_festival(doubtful: Declaration) -> None:
    for by in (ADA, SAM):
        approve_one(choice=choice_of(doubtful), by=by)

    freeze_deals(festival="fair", now_ms=NOW_MS - 1)

    assert state_of(doubtful) == "frozen"
    assert Stock.objects.values_list("units", flat=True).get(deal_id__isnull=False) == 40


def test_one_persons_hand_is_no_road_round_the_guard(clean: Declaration) -> None:
    approve_one(choice=choice_of(clean), by=ADA)
    deal_id = Deal.objects.get().id

    with pytest.raises(GuardFinds) as refused:
        edit_deal(deal_id=deal_id, units=40, buyer_limit=2, prices_minor={"EU": 900}, by=ADA)

    assert refused.value.facts["codes"] == ("below-floor", "too-deep", "digits", "percent")
    assert DealPrice.objects.get().price_minor == 9_000
    assert edit_deal(deal_id=deal_id, units=40, buyer_limit=2, prices_minor={"EU": 8_000}, by=ADA)


def test_what_two_people_approved_is_not_made_deeper_by_one(doubtful: Declaration) -> None:
    for by in (ADA, SAM):
        approve_one(choice=choice_of(doubtful), by=by)

    with pytest.raises(GuardFinds):
        edit_deal(deal_id=Deal.objects.get().id, units=40, buyer_limit=2, prices_minor={"EU": 89}, by=ADA)
    assert DealPrice.objects.get().price_minor == 90


@pytest.mark.parametrize("loosened", [{"floor_bps": 0}, {"deviation_bps": 10_000}, {"spread_bps": 30_000}])
def test_the_guard_is_not_loosened_once_a_deal_is_declared(loosened: dict[str, int], doubtful: Declaration) -> None:
    asked = festival_terms(festival="fair").thresholds

    with pytest.raises(GuardLoosened) as refused:
        set_guard(festival="fair", thresholds=replace(asked, **loosened), by=ADA)

    assert refused.value.facts["field"] in loosened
    assert festival_terms(festival="fair").thresholds == asked
    assert set_guard(festival="fair", thresholds=replace(asked, floor_bps=asked.floor_bps + 1), by=ADA)


def make_deal_row(declaration: Declaration) -> Deal:
    """Write a deal by a road that asks nobody."""
    return Deal.objects.create(
        id=next_id(lane=0),
        lane=0,
        festival_id="fair",
        sku_id=declaration.sku_id,
        units=1,
        opens_at=NOW,
        closes_at=NOW + timedelta(days=1),
    )


def approve_by_hand(declaration: Declaration) -> None:
    Declaration.objects.filter(pk=declaration.pk).update(state="approved", deal=make_deal_row(declaration))


ROADS: dict[str, Callable[[Declaration], object]] = {
    "a deal": make_deal_row,
    "a state": approve_by_hand,
    "other units": lambda row: Declaration.objects.filter(pk=row.pk).update(units=F("units") + 1),
    "other findings": lambda row: Declaration.objects.filter(pk=row.pk).update(findings=[]),
    "another price": lambda row: DeclarationPrice.objects.filter(declaration=row).update(price_minor=1),
    "a price less": lambda row: DeclarationPrice.objects.filter(declaration=row).delete(),
    "another's yes": lambda row: Approval.objects.filter(declaration=row).update(user_id=9),
    "no yes": lambda row: Approval.objects.filter(declaration=row).delete(),
}
TRIGGERS = {
    "festivals_deal": "deal_is_approved",
    "festivals_declaration": "declaration_is_approved",
    "festivals_declarationprice": "declared_price_stays",
    "festivals_approval": "approval_stays",
}


@pytest.mark.parametrize("road", ROADS)
def test_the_database_refuses_every_road_past_the_second_person(doubtful: Declaration, road: str) -> None:
    approve_one(choice=choice_of(doubtful), by=ADA)

    with pytest.raises(IntegrityError, match="inv_19"), transaction.atomic():
        ROADS[road](doubtful)

    assert (state_of(doubtful), Deal.objects.count(), Approval.objects.count()) == ("needs_second", 0, 1)


@pytest.mark.parametrize("road", ROADS)
def test_without_its_triggers_the_database_would_let_it_pass(doubtful: Declaration, road: str) -> None:
    approve_one(choice=choice_of(doubtful), by=ADA)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, trigger in TRIGGERS.items():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")

    ROADS[road](doubtful)


def test_the_yes_of_who_declared_it_counts_for_the_database_as_none(doubtful: Declaration) -> None:
    approve_one(choice=choice_of(doubtful), by=ADA)
    Approval.objects.create(declaration=doubtful, version=1, user_id=user_of(DECLARER), at=EARLIER)

    with pytest.raises(IntegrityError, match="inv_19"), transaction.atomic():
        make_deal_row(doubtful)
    Approval.objects.create(declaration=doubtful, version=1, user_id=user_of(SAM), at=EARLIER)
    assert make_deal_row(doubtful).pk == Deal.objects.get().pk


def test_the_database_knows_no_approved_declaration_without_a_deal(clean: Declaration) -> None:
    Approval.objects.create(declaration=clean, version=1, user_id=user_of(SAM), at=EARLIER)

    with pytest.raises(IntegrityError, match="inv_19_a_deal_and_approved_are_one"), transaction.atomic():
        Declaration.objects.update(state="approved")
