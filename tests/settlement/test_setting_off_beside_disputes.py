"""What a merchant owes for a dispute is paid by what it is owed in another currency, also when a payout failed."""

import pytest

from fairground.checkout.actions.accept_disputes import charge_dispute
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.ledger.queries import accounts_that_disagree
from fairground.settlement.actions.advance_payouts import advance_payout
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.models import Payout, SetOff
from fairground.settlement.rules.payouts import PayoutState
from tests.factories import give_wallet, make_market, make_sku, pay, pay_request, place_one, place_request
from tests.payments.paying import make_till
from tests.payments.test_booking_provider_lines import check
from tests.payments.test_disputes_beside_others import GIVEN_UP, take_back
from tests.settlement.making import DAY_MS, SETTLED_MS, books, settle
from tests.settlement.test_setting_off import store_yen

pytestmark = pytest.mark.usefixtures("two_writers")
WEEK_MS = 7 * DAY_MS
# Two chairs at 10.00, less 10 % and the tax on it.
EUROS = 1_879


def by(now_ms: int) -> By:
    return By(user_id=None, now=from_unix_ms(now_ms), reason="the bank said so")


def advance(payout_id: int, *states: PayoutState, now_ms: int) -> None:
    for at, then in enumerate(states):
        advance_payout(payout_id=payout_id, then=then, by=by(now_ms + at))


def test_euros_owed_for_a_dispute_are_paid_by_yen_and_a_payout_that_failed_is_paid_whole() -> None:
    till = make_till()
    payment = till.agree(till.begin())
    make_market(code="JP", currency="JPY", tax_rates_bps={"JP": 1_000})
    merchant_id = till.sku.merchant.id
    settle(till.placed.orders[0].order_id)
    propose_payouts(now_ms=SETTLED_MS)
    first = Payout.objects.get()
    advance(first.id, PayoutState.APPROVED, PayoutState.SENT, PayoutState.CONFIRMED, now_ms=SETTLED_MS)
    charge_dispute(dispute_id=take_back(till, payment, 2_000), by=GIVEN_UP)
    assert books(merchant_id)["merchant:payable"] == -first.amount_minor

    sku = make_sku(merchant=till.sku.merchant, market="JP", price_minor=500_000)
    give_wallet(shopper_id=till.shopper_id, amount_minor=500_000, currency="JPY")
    asked = place_request(
        sku.line(), shopper_id=till.shopper_id, market="JP", currency="JPY", country="JP", region="JP"
    )
    placed = place_one(asked)
    pay([pay_request(placed, shopper_id=till.shopper_id)])
    settle(placed.orders[0].order_id)
    store_yen()
    propose_payouts(now_ms=SETTLED_MS + WEEK_MS)
    (swap,) = SetOff.objects.all()
    second = Payout.objects.exclude(id=first.id).get()
    assert (swap.given_currency, swap.given_minor, second.currency) == ("EUR", first.amount_minor, "JPY")
    advance(second.id, PayoutState.FAILED, now_ms=SETTLED_MS + WEEK_MS)

    propose_payouts(now_ms=SETTLED_MS + 2 * WEEK_MS)

    third = Payout.objects.exclude(id__in=[first.id, second.id]).get()
    assert (third.amount_minor, third.currency, SetOff.objects.count()) == (second.amount_minor, "JPY", 1)
    assert accounts_that_disagree() == []
    for key in ("set_offs", "payouts", "releases", "disputes", "clearing", "escrow", "refunds"):
        assert check(key)[1:] == (0, 0), key
