"""Presales that a provider pays: deposit and balance each a payment, and both go back to where they came from."""

import pytest

from fairground.checkout.actions.end_purchases import break_off_presales, expire_purchases
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.kernel.edits import By
from fairground.ledger.queries import accounts_that_disagree
from fairground.markets.rules import DepositMode
from fairground.orders.rules import RefundReason, Step
from fairground.payments.life import PaymentEnd, Why
from fairground.payments.models import Payment, PaymentRefund
from fairground.payments.reading import PaymentFacts, payments_of_purchase
from tests.factories import give_wallet, make_market, make_merchant, make_shopper
from tests.payments.local_provider import LocalProvider
from tests.payments.paying import MINUTE_MS, Till
from tests.presales import BALANCE, BALANCE_OPENS, CLOSES_MS, DEPOSIT, OPENS_MS, ORDERED_MS, make_presale, place_presale

BY = By(user_id=None, now=BALANCE_OPENS, reason="out of goods")


def make_presale_till(mode: DepositMode = DepositMode.ADVANCE) -> Till:
    make_market()
    sku = make_presale(mode=mode, merchant=make_merchant(lane=30))
    shopper_id = make_shopper(lane=50)
    provider = LocalProvider(needs_shopper=False)
    return Till(sku, shopper_id, place_presale(sku, shopper_id=shopper_id), provider)


def pay_by_provider(till: Till, due_minor: int, *, at_ms: int, wallet_minor: int = 0) -> None:
    till.ask(till.begin(due_minor=due_minor, wallet_minor=wallet_minor, now_ms=at_ms), now_ms=at_ms)


def test_deposit_and_balance_are_payments_of_their_own_and_go_back_when_the_goods_do(two_writers: None) -> None:
    till = make_presale_till()
    give_wallet(shopper_id=till.shopper_id, amount_minor=50)

    pay_by_provider(till, DEPOSIT, at_ms=ORDERED_MS + 1)
    assert till.step() is Step.DEPOSITED
    pay_by_provider(till, BALANCE, wallet_minor=50, at_ms=OPENS_MS + 1)
    assert till.step() is Step.PAID
    assert till.money() == {"clearing": DEPOSIT + BALANCE - 50, "wallet": 0, "escrow": DEPOSIT + BALANCE}

    refund_lines(units={(till.placed.orders[0].order_id, 1): 1}, reason=RefundReason.FAULTY, by=BY)
    till.return_all()

    assert sorted(PaymentRefund.objects.values_list("amount_minor", flat=True)) == [DEPOSIT, BALANCE - 50]
    assert till.money() == {"clearing": 0, "wallet": 50, "escrow": 0}
    assert till.provider.kept_minor() == 0
    assert accounts_that_disagree() == []


@pytest.mark.parametrize(
    ("mode", "back_minor", "extra_minor"),
    [(DepositMode.ADVANCE, DEPOSIT, 0), (DepositMode.EARNEST, DEPOSIT, DEPOSIT)],
)
def test_of_a_presale_that_is_broken_off_the_deposit_goes_back_and_what_is_owed_on_top_stays(
    two_writers: None, mode: DepositMode, back_minor: int, extra_minor: int
) -> None:
    till = make_presale_till(mode)
    pay_by_provider(till, DEPOSIT, at_ms=ORDERED_MS + 1)

    break_off_presales(purchase_ids=[till.purchase_id], by=BY)
    till.return_all()

    assert till.provider.kept_minor() == DEPOSIT - back_minor
    assert till.money() == {"clearing": 0, "wallet": extra_minor, "escrow": 0}
    assert accounts_that_disagree() == []


def test_a_deposit_that_is_forfeited_does_not_go_back(two_writers: None) -> None:
    till = make_presale_till(DepositMode.EARNEST)
    pay_by_provider(till, DEPOSIT, at_ms=ORDERED_MS + 1)

    expire_purchases(now_ms=CLOSES_MS)

    assert not PaymentRefund.objects.exists()
    assert till.provider.kept_minor() == DEPOSIT


@pytest.fixture
def late(two_writers: None) -> Till:
    """Earnest money is paid, and a balance was begun a minute before its window closes; the shopper is still away."""
    till = make_presale_till(DepositMode.EARNEST)
    pay_by_provider(till, DEPOSIT, at_ms=ORDERED_MS + 1)
    till.provider.needs_shopper = till.provider.takes_at_once = True
    till.ask(till.begin(due_minor=BALANCE, now_ms=CLOSES_MS - MINUTE_MS), now_ms=CLOSES_MS - MINUTE_MS)
    return till


def test_a_balance_that_was_begun_in_its_window_is_paid_when_it_comes_a_little_later(late: Till) -> None:
    expire_purchases(now_ms=CLOSES_MS + 28 * MINUTE_MS)
    balance = newest(late)
    late.provider.shopper_agrees(balance.key.hex)

    taken = late.attend(balance, now_ms=CLOSES_MS + 28 * MINUTE_MS)
    expire_purchases(now_ms=CLOSES_MS + 60 * MINUTE_MS)

    assert taken.end is PaymentEnd.PAID
    assert late.step() is Step.PAID
    assert late.money() == {"clearing": DEPOSIT + BALANCE, "wallet": 0, "escrow": DEPOSIT + BALANCE}
    assert accounts_that_disagree() == []


def test_a_balance_that_comes_when_nobody_waits_for_it_any_more_goes_back_in_full(late: Till) -> None:
    balance = newest(late)
    late.provider.shopper_agrees(balance.key.hex)

    taken = late.attend(balance, now_ms=CLOSES_MS + 29 * MINUTE_MS)
    late.return_all()

    assert (taken.end, taken.why) == (PaymentEnd.RETURNED, Why.NOT_PAYABLE)
    assert late.step() is Step.DEPOSITED
    assert late.money() == {"clearing": DEPOSIT, "wallet": 0, "escrow": DEPOSIT}
    assert Payment.objects.count() == 2


def test_a_balance_that_comes_when_its_presale_expired_goes_back_in_full_and_the_deposit_stays_forfeited(
    late: Till,
) -> None:
    expire_purchases(now_ms=CLOSES_MS + 29 * MINUTE_MS)
    assert late.step() is Step.EXPIRED
    balance = newest(late)
    late.provider.shopper_agrees(balance.key.hex)

    taken = late.attend(balance, now_ms=CLOSES_MS + 30 * MINUTE_MS)
    late.return_all()

    assert (taken.end, taken.why) == (PaymentEnd.RETURNED, Why.NOT_PAYABLE)
    assert late.step() is Step.EXPIRED
    assert late.money() == {"clearing": DEPOSIT, "wallet": 0, "escrow": 0}
    assert late.provider.kept_minor() == DEPOSIT
    assert accounts_that_disagree() == []


def newest(till: Till) -> PaymentFacts:
    return payments_of_purchase(purchase_id=till.purchase_id)[0]
