"""Withdrawals: matched by number and e-mail alone, once an order, and the money of what has not left is back."""

import pytest
from django.db import IntegrityError, transaction

from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.receive_orders import WithdrawalOpen, confirm_receipt, receive_due_orders
from fairground.checkout.actions.settle_withdrawals import (
    NoOpenWithdrawal,
    OnlyAPart,
    refund_withdrawn,
    settle_withdrawal,
)
from fairground.checkout.actions.ship_orders import ParcelWritten, ship_orders
from fairground.checkout.actions.withdraw_orders import match_withdrawals
from fairground.checkout.rules.shipping import ParcelAsked
from fairground.fulfilment.actions import TooManyPosted
from fairground.fulfilment.models import AwaitedReceipt, PostedWithdrawal, Shipment, Withdrawal
from fairground.fulfilment.rules import WithdrawalEnd
from fairground.identity.models import Shopper
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry
from fairground.ledger.queries import accounts_that_disagree
from fairground.markets.models import Market
from fairground.merchants.models import Merchant
from fairground.orders.models import Purchase, Refund
from fairground.orders.rules import RefundReason, Step
from tests.books import hot_rows
from tests.factories import make_shopper
from tests.fulfilment.withdrawing import Bought, buy, outcomes, send, state_of, withdraw
from tests.payments.local_provider import LocalProvider
from tests.payments.paying import Till
from tests.refunding import LATER_MS, back, wallet_minor

DAY_MS = 86_400_000
BY = By(user_id=None, now=from_unix_ms(LATER_MS + 3 * DAY_MS))


@pytest.fixture
def bought(two_writers: None) -> Bought:
    return buy()


def test_what_has_not_left_is_cancelled_and_paid_back_at_once(bought: Bought) -> None:
    assert withdraw(bought.placed.number) == 1

    assert outcomes() == {bought.chairs: WithdrawalEnd.CANCELLED, bought.lamps: WithdrawalEnd.CANCELLED}
    assert (state_of(bought.chairs), state_of(bought.lamps)) == (Step.CANCELLED, Step.CANCELLED)
    assert Purchase.objects.get().state == Step.CANCELLED
    assert wallet_minor(bought.shopper_id) == 2_500
    found = Withdrawal.objects.get(order_id=bought.chairs)
    assert (found.declared_at, found.settled_at) == (from_unix_ms(LATER_MS), from_unix_ms(LATER_MS + 500))
    assert (found.name, found.shopper_id, found.told_at) == ("Ana", bought.shopper_id, None)
    assert PostedWithdrawal.objects.count() == 0
    assert accounts_that_disagree() == []


def paid_by_wallet_and_provider(*, wallet_minor: int) -> Till:
    """Buy two chairs at 10.00 and a lamp at 5.00, of which a wallet pays a part and a provider the rest."""
    bought = buy(is_paid=False)
    till = Till(bought.chair, bought.shopper_id, bought.placed, LocalProvider())
    till.agree(till.begin(due_minor=bought.placed.total_minor, wallet_minor=wallet_minor))
    assert till.step() is Step.PAID
    return till


def test_what_a_provider_took_goes_back_to_it_and_what_the_wallet_paid_to_the_wallet(two_writers: None) -> None:
    till = paid_by_wallet_and_provider(wallet_minor=600)
    assert till.money() == {"clearing": 1_900, "wallet": 1_900, "escrow": 2_000}

    withdraw(till.placed.number)
    till.return_all(now_ms=LATER_MS + 1_000)

    assert till.money() == {"clearing": 0, "wallet": 2_500, "escrow": 0}
    assert [amount_minor for _, amount_minor in till.provider.returned.values()] == [1_900]
    assert till.provider.kept_minor() == 0
    assert accounts_that_disagree() == []


def test_what_comes_back_after_a_withdrawal_goes_to_the_provider_when_the_staff_pays_it_back(two_writers: None) -> None:
    till = paid_by_wallet_and_provider(wallet_minor=600)
    chairs, lamps = (one.order_id for one in till.placed.orders)
    advance_orders(order_ids=[chairs, lamps], then=Step.SHIPPED, now_ms=LATER_MS)
    withdraw(f"{till.placed.number}-1", at_ms=LATER_MS + 1)
    till.return_all(now_ms=LATER_MS + 1_000)
    assert till.money() == {"clearing": 1_900, "wallet": 1_900, "escrow": 2_000}

    refund_withdrawn(order_id=chairs, by=BY)
    till.return_all(now_ms=LATER_MS + 4 * DAY_MS)

    # The provider took 19.00 of 25.00, and all of the chairs' 20.00 that it can have goes there.
    assert till.money() == {"clearing": 0, "wallet": 2_000, "escrow": 0}
    assert till.provider.kept_minor() == 0
    assert accounts_that_disagree() == []


def test_the_number_of_an_order_means_that_order_alone(bought: Bought) -> None:
    withdraw(f"{bought.placed.number.lower()}-2")

    assert outcomes() == {bought.lamps: WithdrawalEnd.CANCELLED}
    assert (state_of(bought.chairs), state_of(bought.lamps)) == (Step.PAID, Step.CANCELLED)
    assert wallet_minor(bought.shopper_id) == 500


def test_what_matches_nothing_is_forgotten_and_changes_nothing(bought: Bought) -> None:
    other = buy(address=b'{"name":"Eve","country":"DE","lines":["x"]}')
    number = bought.placed.number
    before = hot_rows()
    for typed, email in (
        (number, "eve@example.org"),
        (number, ""),
        (other.placed.number, ""),
        (other.placed.number, "ana@example.org"),
        (f"{number}-3", "ana@example.org"),
        (f"{number}-0", "ana@example.org"),
        (str(bought.placed.purchase_id), "ana@example.org"),
        (str(bought.chairs), "ana@example.org"),
        (number[:-1] + ("0" if number[-1] != "0" else "1"), "ana@example.org"),
        ("x" * 60, "ana@example.org"),
        ("%' OR 1=1 --", "ana@example.org"),
    ):
        send(typed, email)

    assert match_withdrawals(now_ms=LATER_MS + 500) == 11

    assert hot_rows() == before
    assert (Withdrawal.objects.count(), PostedWithdrawal.objects.count()) == (0, 0)


def test_what_is_sent_again_has_no_second_effect(bought: Bought) -> None:
    withdraw(bought.placed.number)
    Withdrawal.objects.update(told_at=BY.now)
    before = (hot_rows(), list(Withdrawal.objects.values_list()))

    withdraw(bought.placed.number, at_ms=LATER_MS + 60_000, statement="The legs only")
    withdraw(f"{bought.placed.number}-1", at_ms=LATER_MS + 90_000)

    assert (hot_rows(), list(Withdrawal.objects.values_list())) == before


def test_what_has_left_waits_for_the_staff_and_does_not_complete_by_itself(bought: Bought) -> None:
    advance_orders(order_ids=[bought.chairs], then=Step.SHIPPED, now_ms=LATER_MS)
    wallet = wallet_minor(bought.shopper_id)

    withdraw(f"{bought.placed.number}-1", at_ms=LATER_MS + DAY_MS)

    assert outcomes() == {bought.chairs: WithdrawalEnd.NOTED}
    found = Withdrawal.objects.get()
    assert (found.refund_by, found.settled_at) == (from_unix_ms(LATER_MS + 15 * DAY_MS), None)
    assert (state_of(bought.chairs), wallet_minor(bought.shopper_id)) == (Step.SHIPPED, wallet)
    assert receive_due_orders(now_ms=LATER_MS + 400 * DAY_MS) == 0
    with pytest.raises(WithdrawalOpen):
        confirm_receipt(order_id=bought.chairs, shopper_ids=[bought.shopper_id], now_ms=LATER_MS + DAY_MS)
    advance_orders(order_ids=[bought.chairs], then=Step.DELIVERED, now_ms=LATER_MS + 2 * DAY_MS)
    assert AwaitedReceipt.objects.get().due_at is None


def test_nothing_leaves_of_an_order_that_is_withdrawn_from_until_that_is_settled(bought: Bought) -> None:
    withdraw(f"{bought.placed.number}-1", statement="One of the chairs")
    assert outcomes() == {bought.chairs: WithdrawalEnd.NOTED}
    before = hot_rows()

    (refused,) = ship_orders(asked=[ParcelAsked(bought.chairs, "DHL", "A1")], by=BY)

    assert isinstance(refused, WithdrawalOpen)
    assert (hot_rows(), Shipment.objects.count(), state_of(bought.chairs)) == (before, 0, Step.PAID)
    back(bought.chairs, 1, 1)
    settle_withdrawal(order_id=bought.chairs, by=BY)
    (written,) = ship_orders(asked=[ParcelAsked(bought.chairs, "DHL", "A1")], by=BY)
    assert isinstance(written, ParcelWritten)
    assert (written.units, written.shipped) == ({1: 1}, True)


def test_when_the_goods_are_back_all_that_is_kept_is_paid_back_once(bought: Bought) -> None:
    advance_orders(order_ids=[bought.chairs], then=Step.SHIPPED, now_ms=LATER_MS)
    back(bought.chairs, 1, 1)
    withdraw(f"{bought.placed.number}-1")

    assert refund_withdrawn(order_id=bought.chairs, by=BY) == 1_000

    assert wallet_minor(bought.shopper_id) == 2_000
    assert [one.reason for one in Refund.objects.order_by("refund_no")] == [RefundReason.FAULTY, RefundReason.WITHDRAWN]
    assert Withdrawal.objects.get().settled_at == BY.now
    assert AwaitedReceipt.objects.get().due_at == from_unix_ms(LATER_MS + 30 * DAY_MS)
    assert AuditEntry.objects.filter(verb="withdrawal-settled").count() == 1
    before = hot_rows()
    with pytest.raises(NoOpenWithdrawal):
        refund_withdrawn(order_id=bought.chairs, by=BY)
    with pytest.raises(NoOpenWithdrawal):
        settle_withdrawal(order_id=bought.chairs, by=BY)
    with pytest.raises(NoOpenWithdrawal):
        refund_withdrawn(order_id=bought.lamps, by=BY)
    assert hot_rows() == before


def test_a_part_waits_for_the_staff_though_nothing_has_left(bought: Bought) -> None:
    withdraw(f"{bought.placed.number}-1", statement="One of the two chairs")

    assert outcomes() == {bought.chairs: WithdrawalEnd.NOTED}
    assert state_of(bought.chairs) is Step.PAID
    with pytest.raises(OnlyAPart):
        refund_withdrawn(order_id=bought.chairs, by=BY)
    settle_withdrawal(order_id=bought.chairs, by=BY)
    assert Withdrawal.objects.get().settled_at == BY.now


def test_an_order_that_is_shipped_after_it_was_withdrawn_from_waits_too(bought: Bought) -> None:
    withdraw(f"{bought.placed.number}-1", statement="One of the two chairs")

    advance_orders(order_ids=[bought.chairs], then=Step.SHIPPED, now_ms=LATER_MS + DAY_MS)

    assert AwaitedReceipt.objects.get().due_at is None
    settle_withdrawal(order_id=bought.chairs, by=BY)
    assert AwaitedReceipt.objects.get().due_at == from_unix_ms(LATER_MS + 31 * DAY_MS)


def test_an_order_of_which_a_part_left_waits_for_the_staff(bought: Bought) -> None:
    ship_orders(asked=[ParcelAsked(bought.chairs, "DHL", "A1", {1: 1})], by=BY)

    withdraw(f"{bought.placed.number}-1")

    assert outcomes() == {bought.chairs: WithdrawalEnd.NOTED}


@pytest.mark.parametrize(("days", "end"), [(14, WithdrawalEnd.NOTED), (15, WithdrawalEnd.LATE)])
def test_what_is_sent_after_the_time_is_recorded_as_late(bought: Bought, days: int, end: WithdrawalEnd) -> None:
    for step in (Step.SHIPPED, Step.DELIVERED, Step.COMPLETED):
        advance_orders(order_ids=[bought.chairs], then=step, now_ms=LATER_MS)
    before = hot_rows()

    # Delivered on Wednesday, 11 November 2026; the last moment is the end of Wednesday, the 25th.
    withdraw(f"{bought.placed.number}-1", at_ms=LATER_MS - 3_600_000 + days * DAY_MS)

    assert outcomes() == {bought.chairs: end}
    assert hot_rows() == before


def test_what_was_sent_in_time_counts_as_in_time_whenever_it_is_matched(bought: Bought) -> None:
    for step in (Step.SHIPPED, Step.DELIVERED):
        advance_orders(order_ids=[bought.chairs], then=step, now_ms=LATER_MS)
    send(f"{bought.placed.number}-1", at_ms=LATER_MS + 14 * DAY_MS)

    match_withdrawals(now_ms=LATER_MS + 60 * DAY_MS)

    assert outcomes() == {bought.chairs: WithdrawalEnd.NOTED}


def test_where_there_is_no_right_it_is_recorded_and_nothing_goes_back(bought: Bought) -> None:
    Merchant.objects.filter(id=bought.lamp.merchant.id).update(kind="person")
    before = hot_rows()
    withdraw(f"{bought.placed.number}-2")
    Market.objects.update(withdrawal_days=0)
    withdraw(f"{bought.placed.number}-1")

    assert set(outcomes().values()) == {WithdrawalEnd.NO_RIGHT}
    assert hot_rows() == before


def test_of_what_ended_before_nothing_is_left(bought: Bought) -> None:
    advance_orders(order_ids=[bought.chairs], then=Step.CANCELLED, now_ms=LATER_MS - 1_000)

    withdraw(f"{bought.placed.number}-1")

    assert outcomes() == {bought.chairs: WithdrawalEnd.NOTHING_LEFT}


def test_what_is_not_paid_yet_is_cancelled(two_writers: None) -> None:
    bought = buy(is_paid=False)

    withdraw(bought.placed.number)

    assert set(outcomes().values()) == {WithdrawalEnd.CANCELLED}
    assert Purchase.objects.get().state == Step.CANCELLED
    assert wallet_minor(bought.shopper_id) == 2_500


def test_an_order_can_not_be_withdrawn_from_twice_past_the_actions(bought: Bought) -> None:
    withdraw(f"{bought.placed.number}-1")
    row = Withdrawal.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        row.__class__.objects.bulk_create([row])
    with pytest.raises(IntegrityError, match="withdrawal_open_or_settled"), transaction.atomic():
        Withdrawal.objects.update(settled_at=None)
    with pytest.raises(IntegrityError, match="withdrawal_outcome_known"), transaction.atomic():
        Withdrawal.objects.update(outcome=9)


def test_no_more_letters_wait_than_may(bought: Bought, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairground.fulfilment.actions.POSTED_MAX", 2)
    send("1")
    send("2")

    with pytest.raises(TooManyPosted):
        send("3")

    assert PostedWithdrawal.objects.count() == 2
    assert make_shopper()


def test_money_that_nobody_has_the_wallet_for_waits_for_the_staff(bought: Bought) -> None:
    Shopper.objects.filter(id=bought.shopper_id).update(erased_at=BY.now)
    before = hot_rows()

    withdraw(bought.placed.number)

    assert set(outcomes().values()) == {WithdrawalEnd.NOTED}
    assert hot_rows() == before
    assert PostedWithdrawal.objects.count() == 0
