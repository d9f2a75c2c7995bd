"""Payouts: proposed by schedule, approved, sent, confirmed or failed; each the sum of its lines, to the minor unit."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry
from fairground.ledger.queries import accounts_that_disagree, balances
from fairground.markets.queries import published_at
from fairground.markets.rules import RATE_AGE_MAX_DAYS, RateSource
from fairground.markets.storing_rates import store_rates
from fairground.merchants.models import Merchant
from fairground.settlement.actions.advance_payouts import (
    MerchantHeld,
    MerchantOwes,
    PayoutNotReady,
    UnknownPayout,
    advance_payout,
)
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.actions.return_reserves import return_reserves
from fairground.settlement.models import Entry, Payout
from fairground.settlement.rules.addresses import payable_address
from fairground.settlement.rules.payouts import PayoutState, Schedule
from fairground.settlement.statements import read_statement
from tests.factories import make_market
from tests.refunding import Scene, back, make_scene
from tests.settlement.adding_up import assert_document_adds_up
from tests.settlement.making import DAY_MS, SETTLED_MS, books, make_terms, settle

WEEK_MS = 7 * DAY_MS
BY = By(user_id=None, now=from_unix_ms(SETTLED_MS + 1), reason="account closed")
OWED = 21_222


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    return make_scene()


def advance(then: PayoutState, *, reference: str = "") -> None:
    """Take the last payout on."""
    advance_payout(payout_id=Payout.objects.latest("id").id, then=then, by=BY, reference=reference)


def available(scene: Scene) -> tuple[int, int]:
    """Return what the merchant of the chairs is owed, and what of it may be paid out."""
    key = (scene.chair.merchant.lane, payable_address(scene.chair.merchant.id, "EUR"))
    state = balances([key])[key]
    return state.balance_minor, state.available_minor


def wants_yen(scene: Scene) -> None:
    """Let the merchant of the chairs be paid in yen."""
    Merchant.objects.filter(id=scene.chair.merchant.id).update(currency="JPY")
    make_terms(scene.chair.merchant.id, own_currency=True)


def store_yen(day: date, yen: int) -> None:
    """Store what a euro was in yen on a day."""
    store_rates(rates={("JPY", day): (yen, 1)}, source=RateSource.ECB, by=BY)


def amounts() -> list[tuple[int, int]]:
    return list(Payout.objects.order_by("id").values_list("amount_minor", "state"))


def test_what_is_owed_is_proposed_once_a_period_and_held(scene: Scene) -> None:
    settle(scene.chairs)

    assert propose_payouts(now_ms=SETTLED_MS) == 1
    assert propose_payouts(now_ms=SETTLED_MS + 1) == 0

    assert amounts() == [(OWED, PayoutState.PROPOSED)]
    assert available(scene) == (OWED, 0)


def test_a_payout_leaves_when_the_bank_confirms_it(scene: Scene) -> None:
    settle(scene.chairs)
    propose_payouts(now_ms=SETTLED_MS)

    advance(PayoutState.APPROVED)
    advance(PayoutState.SENT, reference="B-1")
    assert available(scene) == (OWED, 0)
    advance(PayoutState.CONFIRMED)

    assert amounts() == [(OWED, PayoutState.CONFIRMED)]
    found = books(scene.chair.merchant.id)
    assert ("merchant:payable" in found, found["platform:bank"]) == (False, OWED)
    assert AuditEntry.objects.filter(subject_kind="payout").count() == 3
    assert accounts_that_disagree() == []


def test_what_failed_is_the_merchants_again_and_proposed_in_the_next_period(scene: Scene) -> None:
    settle(scene.chairs)
    propose_payouts(now_ms=SETTLED_MS)
    advance(PayoutState.APPROVED)
    advance(PayoutState.FAILED)
    assert available(scene) == (OWED, OWED)

    assert propose_payouts(now_ms=SETTLED_MS + 1) == 0
    assert propose_payouts(now_ms=SETTLED_MS + WEEK_MS) == 1

    assert amounts() == [(OWED, PayoutState.FAILED), (OWED, PayoutState.PROPOSED)]


def test_who_owes_is_paid_nothing_until_it_has_earned_that(scene: Scene) -> None:
    settle(scene.chairs)
    propose_payouts(now_ms=SETTLED_MS)
    for then in (PayoutState.APPROVED, PayoutState.SENT, PayoutState.CONFIRMED):
        advance(then)
    back(scene.chairs, 1, 1, now_ms=SETTLED_MS + DAY_MS)

    assert available(scene) == (-7_074, -7_074)
    assert propose_payouts(now_ms=SETTLED_MS + WEEK_MS) == 0


def test_what_failed_is_proposed_again_less_what_refunds_took_since(scene: Scene) -> None:
    settle(scene.chairs)
    propose_payouts(now_ms=SETTLED_MS)
    advance(PayoutState.FAILED)
    back(scene.chairs, 1, 1, now_ms=SETTLED_MS + DAY_MS)

    assert propose_payouts(now_ms=SETTLED_MS + WEEK_MS) == 1
    assert available(scene) == (OWED - 7_074, 0)
    advance(PayoutState.FAILED)
    back(scene.chairs, 1, 1, now_ms=SETTLED_MS + WEEK_MS + 1)
    assert propose_payouts(now_ms=SETTLED_MS + 2 * WEEK_MS) == 1

    assert amounts() == [
        (OWED, PayoutState.FAILED),
        (OWED - 7_074, PayoutState.FAILED),
        (7_074, PayoutState.PROPOSED),
    ]
    assert accounts_that_disagree() == []


def test_what_failed_before_another_payout_is_proposed_alone(scene: Scene) -> None:
    make_terms(scene.chair.merchant.id, reserve_bps=1_000, reserve_days=1, schedule=Schedule.DAILY)
    settle(scene.chairs)
    propose_payouts(now_ms=SETTLED_MS)
    first = Payout.objects.get().id
    return_reserves(now_ms=SETTLED_MS + DAY_MS)
    propose_payouts(now_ms=SETTLED_MS + DAY_MS)
    advance_payout(payout_id=first, then=PayoutState.FAILED, by=BY)

    assert propose_payouts(now_ms=SETTLED_MS + 2 * DAY_MS) == 1

    assert amounts() == [
        (19_100, PayoutState.FAILED),
        (2_122, PayoutState.PROPOSED),
        (19_100, PayoutState.PROPOSED),
    ]
    assert available(scene) == (OWED, 0)


def test_a_payout_of_what_refunds_took_since_is_neither_approved_nor_sent(scene: Scene) -> None:
    settle(scene.chairs)
    propose_payouts(now_ms=SETTLED_MS)
    back(scene.chairs, 1, 1, now_ms=SETTLED_MS + 1)

    with pytest.raises(MerchantOwes):
        advance(PayoutState.APPROVED)

    assert amounts() == [(OWED, PayoutState.PROPOSED)]
    assert available(scene) == (OWED - 7_074, -7_074)


@pytest.mark.parametrize(
    ("schedule", "days", "proposed"),
    [(Schedule.DAILY, 1, 1), (Schedule.WEEKLY, 1, 0), (Schedule.WEEKLY, 7, 1), (Schedule.MONTHLY, 7, 0)],
)
def test_a_merchant_is_paid_once_in_each_period_of_its_schedule(
    scene: Scene, schedule: Schedule, days: int, proposed: int
) -> None:
    monday_ms = SETTLED_MS + (7 - from_unix_ms(SETTLED_MS).weekday()) * DAY_MS
    make_terms(scene.chair.merchant.id, schedule=schedule, reserve_bps=1_000, reserve_days=1)
    settle(scene.chairs)
    assert propose_payouts(now_ms=monday_ms) == 1
    return_reserves(now_ms=SETTLED_MS + DAY_MS)

    assert propose_payouts(now_ms=monday_ms + days * DAY_MS) == proposed


def test_less_than_the_terms_say_waits(scene: Scene) -> None:
    make_terms(scene.chair.merchant.id, payout_min_cents=OWED + 1)
    settle(scene.chairs)

    assert propose_payouts(now_ms=SETTLED_MS) == 0


def test_a_merchant_that_is_held_is_proposed_nothing_and_what_was_proposed_is_not_approved(scene: Scene) -> None:
    settle(scene.chairs)
    propose_payouts(now_ms=SETTLED_MS)
    make_terms(scene.chair.merchant.id, held=True, held_because="asked by the police")

    with pytest.raises(MerchantHeld):
        advance(PayoutState.APPROVED)

    assert amounts() == [(OWED, PayoutState.PROPOSED)]
    assert propose_payouts(now_ms=SETTLED_MS + WEEK_MS) == 0


def test_a_merchant_may_be_paid_in_its_own_currency_at_a_rate_that_is_written_down(scene: Scene) -> None:
    wants_yen(scene)
    day = from_unix_ms(SETTLED_MS).date()
    store_yen(day - timedelta(days=2), 162)
    store_yen(day + timedelta(days=1), 999)
    settle(scene.chairs)

    propose_payouts(now_ms=SETTLED_MS)

    payout = Payout.objects.get()
    assert (payout.rate_numerator, payout.rate_denominator) == (162, 1)
    assert payout.rate_quoted_at == published_at(day - timedelta(days=2))
    assert (payout.paid_minor, payout.paid_currency) == (34_380, "JPY")
    assert_document_adds_up(read_statement(payout_id=payout.id))
    for then in (PayoutState.APPROVED, PayoutState.SENT, PayoutState.CONFIRMED):
        advance(then)
    found = books(scene.chair.merchant.id)
    assert found["platform:exchange"] == OWED - payout.paid_minor
    assert found["platform:bank"] == payout.paid_minor
    assert accounts_that_disagree() == []


def test_a_rate_that_is_too_old_pays_nobody_until_there_is_one_again(scene: Scene) -> None:
    wants_yen(scene)
    day = from_unix_ms(SETTLED_MS).date()
    store_yen(day - timedelta(days=RATE_AGE_MAX_DAYS[RateSource.ECB] + 1), 150)
    settle(scene.chairs)

    assert propose_payouts(now_ms=SETTLED_MS) == 0
    assert available(scene) == (OWED, OWED)

    store_yen(day, 162)
    assert propose_payouts(now_ms=SETTLED_MS + 1) == 1
    assert Payout.objects.get().paid_minor == 34_380


def test_round_figures_that_come_with_the_program_pay_out_no_real_money(scene: Scene) -> None:
    wants_yen(scene)
    settle(scene.chairs)

    assert propose_payouts(now_ms=SETTLED_MS) == 0
    assert (amounts(), available(scene)) == ([], (OWED, OWED))
    assert propose_payouts(now_ms=SETTLED_MS, is_real=False) == 1


def test_who_wants_a_currency_without_a_rate_waits_and_others_are_paid(scene: Scene) -> None:
    Merchant.objects.filter(id=scene.chair.merchant.id).update(currency="XXX")
    make_terms(scene.chair.merchant.id, own_currency=True)
    settle(scene.chairs, scene.lamps)

    assert propose_payouts(now_ms=SETTLED_MS) == 1
    assert Payout.objects.get().merchant_id == scene.lamp.merchant.id


@pytest.mark.parametrize("then", [PayoutState.SENT, PayoutState.CONFIRMED])
def test_a_payout_that_nobody_approved_goes_nowhere(scene: Scene, then: PayoutState) -> None:
    settle(scene.chairs)
    propose_payouts(now_ms=SETTLED_MS)

    with pytest.raises(PayoutNotReady):
        advance(then)

    assert amounts() == [(OWED, PayoutState.PROPOSED)]
    assert available(scene) == (OWED, 0)


def test_a_payout_that_ended_stays_ended(scene: Scene) -> None:
    settle(scene.chairs)
    propose_payouts(now_ms=SETTLED_MS)
    advance(PayoutState.FAILED)

    for then in (PayoutState.APPROVED, PayoutState.FAILED):
        with pytest.raises(PayoutNotReady):
            advance(then)
    with pytest.raises(UnknownPayout):
        advance_payout(payout_id=-1, then=PayoutState.APPROVED, by=BY)


def test_the_database_refuses_payouts_that_are_not_their_lines_or_share_some(scene: Scene) -> None:
    settle(scene.chairs)
    propose_payouts(now_ms=SETTLED_MS)
    payout = Payout.objects.get()

    payout.id += 1
    with pytest.raises(IntegrityError, match="inv_30_no_line_paid_twice"), transaction.atomic():
        Payout.objects.bulk_create([payout])
    payout.after_id = 1
    with pytest.raises(IntegrityError, match="INV-30"), transaction.atomic():
        Payout.objects.bulk_create([payout])
    payout.after_id, payout.until_id = payout.until_id, payout.until_id + 1
    with pytest.raises(IntegrityError, match="INV-30"), transaction.atomic():
        Payout.objects.bulk_create([payout])
    with pytest.raises(IntegrityError, match="INV-30"), transaction.atomic():
        Payout.objects.update(amount_minor=1, paid_minor=1)
    with pytest.raises(IntegrityError, match="INV-30"), transaction.atomic():
        Entry.objects.update(at=from_unix_ms(SETTLED_MS) + timedelta(days=1))
    entry = Entry.objects.get()
    entry.pk = (entry.lane, entry.id + 1)
    entry.payable_minor += 1
    with pytest.raises(IntegrityError, match="inv_30_line_adds_up"), transaction.atomic():
        Entry.objects.bulk_create([entry])


@pytest.mark.parametrize(
    ("end", "then"), [(PayoutState.CONFIRMED, PayoutState.FAILED), (PayoutState.FAILED, PayoutState.CONFIRMED)]
)
def test_a_payout_that_has_ended_goes_nowhere_whatever_is_written(
    scene: Scene, end: PayoutState, then: PayoutState
) -> None:
    settle(scene.chairs)
    propose_payouts(now_ms=SETTLED_MS)
    for step in (PayoutState.APPROVED, PayoutState.SENT, end):
        advance(step)

    with pytest.raises(IntegrityError, match=r"INV-30: payout .* has ended"), transaction.atomic():
        Payout.objects.update(state=then)

    assert amounts() == [(OWED, end)]


def test_no_payout_is_taken_out_of_the_books(scene: Scene) -> None:
    settle(scene.chairs)
    propose_payouts(now_ms=SETTLED_MS)

    with pytest.raises(IntegrityError, match=r"INV-30: payout .* stays in the books"), transaction.atomic():
        Payout.objects.all().delete()

    assert amounts() == [(OWED, PayoutState.PROPOSED)]
