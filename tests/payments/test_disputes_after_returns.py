"""Payments that a bank takes after some of them went back: nobody is given more by itself than covers the claim."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fairground.checkout.actions.accept_disputes import (
    DisputeAfterReturns,
    DisputeNotLost,
    DisputeNotOpen,
    DisputeOtherCurrency,
    NothingClaimed,
    UnknownDispute,
    bear_dispute,
    charge_dispute,
    contest_dispute,
)
from fairground.checkout.actions.attend_disputes import attend_dispute
from fairground.kernel.models import AuditEntry
from fairground.orders.rules import Step
from fairground.payments.disputes import disputes_shown
from fairground.payments.life import DisputeState
from fairground.payments.models import Dispute
from fairground.payments.providers.provider import DisputeAt, Disputed
from fairground.payments.reading import PaymentFacts, payments_of_purchase
from tests.books import hot_rows
from tests.factories import NOW, NOW_MS, give_wallet, make_market, make_merchant, make_shopper
from tests.payments.local_provider import LocalProvider
from tests.payments.paying import Till, make_till, stopped_at
from tests.payments.test_disputes_beside_others import (
    GIVEN_UP,
    LATER,
    claim_minor,
    refund,
    sound,
    take_back,
)
from tests.payments.test_presales_by_provider import pay_by_provider
from tests.presales import BALANCE, DEPOSIT, OPENS_MS, ORDERED_MS, make_presale, place_presale
from tests.settlement.making import books, settle

pytestmark = pytest.mark.usefixtures("two_writers")


def mixed_till(*, wallet_minor: int, quantity: int = 3) -> tuple[Till, PaymentFacts]:
    """Pay chairs at 1000 each, so much of it out of the wallet."""
    till = make_till(quantity=quantity)
    give_wallet(shopper_id=till.shopper_id, amount_minor=wallet_minor)
    due_minor = quantity * 1_000
    return till, till.agree(till.begin(due_minor=due_minor, wallet_minor=wallet_minor))


def presale_till() -> Till:
    """Order two units in a presale, whose deposit and balance are payments of their own."""
    make_market()
    sku = make_presale(merchant=make_merchant(lane=30))
    shopper_id = make_shopper(lane=50)
    placed = place_presale(sku, shopper_id=shopper_id, quantity=2)
    return Till(sku, shopper_id, placed, LocalProvider(needs_shopper=False))


def lose(till: Till, payment: PaymentFacts, dispute_id: int) -> Dispute:
    """Let the provider say that it is lost, and look."""
    lost = Disputed(payment.ref, payment.key.hex, DisputeAt.LOST, payment.captured_minor, "EUR", "fraudulent", None, ())
    till.provider.disputes[payment.ref] = lost
    attend_dispute(dispute_id=dispute_id, providers=till.providers, clock_ms=stopped_at(NOW_MS))
    return Dispute.objects.get(pk=dispute_id)


def test_a_bank_that_takes_what_went_back_before_gives_the_shopper_nothing_of_the_wallet_on_top() -> None:
    till, payment = mixed_till(wallet_minor=1_000)
    refund(till, 2)
    till.return_all()
    assert (till.provider.kept_minor(), till.money()["escrow"], till.available_minor()) == (0, 1_000, 0)
    dispute_id = take_back(till, payment, 2_000)

    row = lose(till, payment, dispute_id)

    assert (row.state, row.covered_minor) == (DisputeState.LOST, 0)
    assert (till.step(), till.money()["escrow"], till.available_minor(), claim_minor()) == (Step.PAID, 1_000, 0, 2_000)
    sound()


def test_what_went_back_before_is_given_up_without_charging_the_merchant() -> None:
    till, payment = mixed_till(wallet_minor=1_000)
    settle(till.placed.orders[0].order_id)
    refund(till, 2)
    till.return_all()
    dispute_id = take_back(till, payment, 2_000)
    before = books(till.sku.merchant.id)

    assert charge_dispute(dispute_id=dispute_id, by=GIVEN_UP) == 0

    assert books(till.sku.merchant.id) == before
    assert (claim_minor(), till.available_minor(), Dispute.objects.get().state) == (2_000, 0, DisputeState.ACCEPTED)
    sound()


def test_a_bank_that_takes_more_than_is_left_beside_a_wallets_part_is_left_to_a_person() -> None:
    till, payment = mixed_till(wallet_minor=1_000)
    refund(till, 1)
    till.return_all()
    assert till.provider.kept_minor() == 1_000
    dispute_id = take_back(till, payment, 2_000)
    before = hot_rows()

    row = lose(till, payment, dispute_id)

    assert hot_rows() == before
    assert (row.state, row.covered_minor, row.look_at) == (DisputeState.LOST, 0, None)
    with pytest.raises(DisputeAfterReturns):
        charge_dispute(dispute_id=dispute_id, by=GIVEN_UP)
    refund(till, 1)
    till.return_all()
    assert (claim_minor(), till.available_minor(), till.money()["escrow"]) == (1_000, 0, 1_000)
    sound()


def test_a_bank_that_takes_more_than_is_left_of_goods_it_paid_alone_is_covered_by_all_of_them() -> None:
    till = make_till()
    payment = till.agree(till.begin())
    refund(till, 1)
    till.return_all()
    dispute_id = take_back(till, payment, 2_000)

    row = lose(till, payment, dispute_id)

    assert (row.covered_minor, till.step()) == (1_000, Step.CANCELLED)
    assert (claim_minor(), till.available_minor()) == (1_000, 0)
    sound()


def test_a_bank_that_takes_what_is_left_brings_the_wallets_part_back() -> None:
    till, payment = mixed_till(wallet_minor=1_000)
    refund(till, 1)
    till.return_all()
    dispute_id = take_back(till, payment, 1_000)

    assert charge_dispute(dispute_id=dispute_id, by=GIVEN_UP) == 1_000

    assert (claim_minor(), till.available_minor(), till.money()["escrow"]) == (0, 1_000, 0)
    sound()


def test_a_deposit_that_went_back_and_is_taken_by_the_bank_leaves_its_balance_alone() -> None:
    till = presale_till()
    pay_by_provider(till, 2 * DEPOSIT, at_ms=ORDERED_MS + 1)
    pay_by_provider(till, 2 * BALANCE, at_ms=OPENS_MS + 1)
    refund(till, by=LATER)
    till.return_all()
    deposit = payments_of_purchase(purchase_id=till.purchase_id)[1]
    kept_minor = till.provider.kept_minor()
    assert kept_minor == DEPOSIT + BALANCE
    dispute_id = take_back(till, deposit, deposit.captured_minor)

    assert charge_dispute(dispute_id=dispute_id, by=LATER) == 0

    assert (till.provider.kept_minor(), till.available_minor(), till.money()["escrow"]) == (kept_minor, 0, kept_minor)
    assert claim_minor() == 2 * DEPOSIT
    sound()


def test_what_a_bank_took_in_another_currency_gives_nothing_back() -> None:
    till = make_till()
    payment = till.agree(till.begin())
    dispute_id = take_back(till, payment, 2_000, currency="USD")
    before = hot_rows()

    with pytest.raises(DisputeOtherCurrency):
        charge_dispute(dispute_id=dispute_id, by=GIVEN_UP)

    assert hot_rows() == before
    assert (till.step(), till.provider.kept_minor(), Dispute.objects.get().covered_minor) == (Step.PAID, 2_000, 0)


def lost_beyond_cover() -> tuple[Till, PaymentFacts, int]:
    """Lose a dispute of what went back before: nothing covers it."""
    till, payment = mixed_till(wallet_minor=1_000)
    refund(till, 2)
    till.return_all()
    dispute_id = take_back(till, payment, 2_000)
    lose(till, payment, dispute_id)
    return till, payment, dispute_id


def test_what_nothing_covers_of_a_lost_dispute_is_among_the_open_ones_until_somebody_bears_it() -> None:
    till, payment, dispute_id = lost_beyond_cover()
    assert [one.id for one in disputes_shown(are_over=False)] == [dispute_id]
    assert disputes_shown(are_over=True) == []
    before = hot_rows()

    bear_dispute(dispute_id=dispute_id, by=GIVEN_UP)

    assert hot_rows() == before
    assert disputes_shown(are_over=False) == []
    (over,) = disputes_shown(are_over=True)
    assert (over.state, over.claim_minor) == (DisputeState.BORNE, 2_000)
    assert AuditEntry.objects.get(verb="borne").facts == {"left_minor": [None, 2_000]}
    assert lose(till, payment, dispute_id).state == DisputeState.BORNE
    for refused in (bear_dispute, charge_dispute, contest_dispute):
        with pytest.raises((DisputeNotLost, DisputeNotOpen)):
            refused(dispute_id=dispute_id, by=GIVEN_UP)
    sound()


def test_what_waits_for_an_answer_is_before_what_is_lost() -> None:
    _, _, lost_id = lost_beyond_cover()
    Dispute.objects.filter(pk=lost_id).update(answer_before=NOW - timedelta(days=9))
    late = Dispute.objects.create(
        provider="local", ref="d-2", state=2, noted_at=NOW, answer_before=NOW + timedelta(days=1)
    )
    soon = Dispute.objects.create(provider="local", ref="d-3", state=2, noted_at=NOW, answer_before=NOW)

    assert [one.id for one in disputes_shown(are_over=False)] == [soon.pk, late.pk, lost_id]


def test_what_a_bank_takes_beyond_what_was_borne_is_open_again() -> None:
    till, payment, dispute_id = lost_beyond_cover()
    bear_dispute(dispute_id=dispute_id, by=GIVEN_UP)

    take_back(till, payment, 300)

    (seen,) = disputes_shown(are_over=False)
    assert (seen.id, seen.state, seen.claim_minor) == (dispute_id, DisputeState.LOST, 2_300)


def test_one_that_is_won_after_it_was_borne_owes_nobody_anything() -> None:
    till, payment, dispute_id = lost_beyond_cover()
    bear_dispute(dispute_id=dispute_id, by=GIVEN_UP)

    take_back(till, payment, 2_000, won=True)

    told = till.provider.disputes[payment.ref]
    till.provider.disputes[payment.ref] = replace(told, at=DisputeAt.WON)
    attend_dispute(dispute_id=dispute_id, providers=till.providers, clock_ms=stopped_at(NOW_MS))
    (over,) = disputes_shown(are_over=True)
    assert (over.state, over.claim_minor, claim_minor()) == (DisputeState.WON, 0, 0)
    sound()


def test_there_is_no_loss_to_bear_of_what_is_not_lost_or_is_covered() -> None:
    till = make_till()
    payment = till.agree(till.begin())
    told = Disputed(payment.ref, payment.key.hex, DisputeAt.OPEN, 2_000, "EUR", "fraudulent", None, ())
    till.provider.disputes[payment.ref] = told
    dispute_id = take_back(till, payment, 2_000)
    with pytest.raises(DisputeNotLost):
        bear_dispute(dispute_id=dispute_id, by=GIVEN_UP)
    lose(till, payment, dispute_id)
    with pytest.raises(NothingClaimed):
        bear_dispute(dispute_id=dispute_id, by=GIVEN_UP)
    with pytest.raises(UnknownDispute):
        bear_dispute(dispute_id=-1, by=GIVEN_UP)

    assert (Dispute.objects.get().state, AuditEntry.objects.filter(verb="borne").count()) == (DisputeState.LOST, 0)
