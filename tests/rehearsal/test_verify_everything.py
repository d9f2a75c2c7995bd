"""A realm in which everything happened that can happen to money: every check passes, and reports equal the ledger."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from fairground.checkout.actions.accept_disputes import charge_dispute
from fairground.checkout.actions.ask_again import ask_return_again
from fairground.checkout.actions.attend_disputes import attend_dispute
from fairground.checkout.actions.book_provider_lines import book_provider_lines
from fairground.checkout.actions.end_purchases import break_off_presales, expire_purchases
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.rules.refunding import UnitsInCase
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.markets.rules import DepositMode
from fairground.orders.models import Order, Refund
from fairground.orders.rules import RefundReason, Step
from fairground.orders.tasks import follow_purchases
from fairground.payments.models import Dispute, PaymentRefund
from fairground.payments.providers.provider import FileKind, FileLine
from fairground.payments.reading import payments_of_purchase
from fairground.rehearsal.verify import verify_realm
from fairground.settlement.actions.advance_payouts import advance_payout
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.actions.release_orders import release_orders
from fairground.settlement.actions.return_reserves import return_reserves
from fairground.settlement.actions.settle_deposits import settle_deposits
from fairground.settlement.models import Payout, Release
from fairground.settlement.reports.duties import duties_owed
from fairground.settlement.reports.refunded import RefundsAsked, refunds_summed
from fairground.settlement.reports.rules import Period
from fairground.settlement.reports.sellers import sellers_of_year
from fairground.settlement.reports.taxes import tax_by_region
from fairground.settlement.reports.trial_balance import disagreements, trial_balance_by_family
from fairground.settlement.rules.payouts import PayoutState
from tests.cases import confirm, exchange, make_variant, send_other, ship
from tests.duties import customs_minor
from tests.factories import SkuMade, make_duty, make_market, make_sku, place_one, place_request
from tests.payments.local_provider import LocalProvider
from tests.payments.paying import Till, stopped_at
from tests.payments.test_presales_by_provider import pay_by_provider
from tests.presales import BALANCE, CLOSES_MS, DEPOSIT, OPENS_MS, ORDERED_MS, make_presale, place_presale
from tests.refunding import LATER_MS, Scene, back, begin_sale, make_scene
from tests.settlement.making import DAY_MS, SETTLED_MS, complete, make_terms

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]
EVER = RefundsAsked(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))


def by(now_ms: int) -> By:
    return By(user_id=None, now=from_unix_ms(now_ms), reason="so it happened")


def bought(scene: Scene, sku: SkuMade, provider: LocalProvider, *, units: int = 2) -> Till:
    """Buy goods of a merchant that asks for sending, and let the provider take the money."""
    placed = place_one(place_request(sku.line(units), shopper_id=scene.shopper_id))
    till = Till(sku, scene.shopper_id, placed, provider)
    till.ask(till.begin(due_minor=placed.total_minor))
    return till


def presale(scene: Scene, sku: SkuMade, provider: LocalProvider) -> Till:
    till = Till(sku, scene.shopper_id, place_presale(sku, shopper_id=scene.shopper_id), provider)
    pay_by_provider(till, DEPOSIT, at_ms=ORDERED_MS + 1)
    return till


def take_back(till: Till, amount_minor: int, *, now_ms: int, which: int = 0) -> int:
    payment = payments_of_purchase(purchase_id=till.purchase_id)[which]
    line = FileLine(FileKind.DISPUTE, payment.ref, "", amount_minor, "EUR", from_unix_ms(now_ms), uuid4().hex)
    book_provider_lines(provider="local", lines=[line], by=by(now_ms))
    (dispute_id,) = Dispute.objects.filter(ref=payment.ref).values_list("id", flat=True)
    attend_dispute(dispute_id=dispute_id, providers=till.providers, clock_ms=stopped_at(now_ms))
    return dispute_id


def refund(till: Till, *, now_ms: int) -> None:
    order_id = till.placed.orders[0].order_id
    refund_lines(units={(order_id, 1): 1}, reason=RefundReason.FAULTY, by=by(now_ms))


def pay_out(*, now_ms: int, then: tuple[PayoutState, ...]) -> None:
    propose_payouts(now_ms=now_ms)
    for payout in Payout.objects.filter(state=PayoutState.PROPOSED):
        for at, state in enumerate(then, 1):
            advance_payout(payout_id=payout.id, then=state, by=by(now_ms + at))


def fail_and_ask_again(till: Till) -> None:
    """Take one unit back, whose return fails, is asked for again, and arrives."""
    refund(till, now_ms=LATER_MS)
    till.provider.refunds_fail = True
    till.return_all()
    till.provider.refunds_fail = False
    ask_return_again(refund_id=PaymentRefund.objects.get().id, by=by(LATER_MS))
    till.return_all()


def exchange_in_dispute(scene: Scene, till: Till) -> None:
    """Exchange a unit of an order that is in dispute: nothing is charged until the other one is there."""
    (order,) = till.placed.orders
    ship(order.order_id)
    made = exchange(
        replace(scene, placed=till.placed), order.order_id, 1, swap_sku_id=make_variant(till.sku).id, sellable=1
    )
    dispute_id = take_back(till, till.placed.total_minor, now_ms=LATER_MS)
    for step in (send_other, lambda case_id: confirm(replace(scene, placed=till.placed), case_id)):
        with pytest.raises(UnitsInCase):
            charge_dispute(dispute_id=dispute_id, by=by(LATER_MS))
        step(made)
    assert charge_dispute(dispute_id=dispute_id, by=by(LATER_MS)) == till.placed.total_minor


def end_presales(scene: Scene, provider: LocalProvider) -> None:
    """Let four presales end: forfeited and taken back, doubled while it is in dispute, given up, and paid whole."""
    sku = make_presale(mode=DepositMode.EARNEST, merchant=scene.lamp.merchant)
    forfeited, doubled, given_up, paid = (presale(scene, sku, provider) for _ in range(4))
    take_back(doubled, 40, now_ms=OPENS_MS)
    break_off_presales(purchase_ids=[doubled.purchase_id], by=by(OPENS_MS))
    charge_dispute(dispute_id=take_back(given_up, DEPOSIT, now_ms=OPENS_MS), by=by(OPENS_MS))
    pay_by_provider(paid, paid.placed.total_minor - DEPOSIT, at_ms=OPENS_MS + 1)
    take_back(paid, BALANCE, now_ms=OPENS_MS + 2)
    refund(paid, now_ms=OPENS_MS + 3)
    expire_purchases(now_ms=CLOSES_MS)
    charge_dispute(dispute_id=take_back(forfeited, DEPOSIT, now_ms=CLOSES_MS), by=by(CLOSES_MS))
    forfeited.return_all(now_ms=CLOSES_MS)
    settle_deposits(now_ms=CLOSES_MS)


def trade() -> Scene:
    make_market()
    make_duty(value_max_minor=30_000)
    scene = make_scene(sent=True, creator_bps=250, abroad=True)
    begin_sale()
    make_terms(scene.chair.merchant.id, reserve_bps=1_000, reserve_days=30)
    provider = LocalProvider(needs_shopper=False)
    sku = make_sku(merchant=scene.chair.merchant, price_minor=3_000)
    lost, failing, swapped, won = (bought(scene, sku, provider) for _ in range(4))
    fail_and_ask_again(failing)
    exchange_in_dispute(scene, swapped)
    complete(lost.placed.orders[0].order_id, won.placed.orders[0].order_id, scene.lamps)
    release_orders(now_ms=SETTLED_MS)
    pay_out(now_ms=SETTLED_MS, then=(PayoutState.APPROVED, PayoutState.SENT, PayoutState.CONFIRMED))
    charge_dispute(dispute_id=take_back(lost, lost.placed.total_minor, now_ms=SETTLED_MS), by=by(SETTLED_MS))
    take_back(won, 3_000, now_ms=SETTLED_MS)
    refund(won, now_ms=SETTLED_MS)
    take_back(won, -3_000, now_ms=SETTLED_MS)
    end_presales(scene, provider)
    complete(scene.chairs)
    release_orders(now_ms=SETTLED_MS + DAY_MS)
    return_reserves(now_ms=SETTLED_MS + 40 * DAY_MS)
    pay_out(now_ms=SETTLED_MS + 41 * DAY_MS, then=(PayoutState.FAILED,))
    back(scene.lamps, 1, 1, now_ms=SETTLED_MS + 41 * DAY_MS)
    back(scene.chairs, 1, 1, now_ms=SETTLED_MS + 41 * DAY_MS)
    pay_out(now_ms=SETTLED_MS + 50 * DAY_MS, then=(PayoutState.APPROVED,))
    return scene


def everything_adds_up() -> None:
    found = verify_realm(settled=True)
    assert [(one.key, one.detail) for one in found.checks if not one.ok] == []
    (euro,) = trial_balance_by_family()
    assert euro.is_even
    assert disagreements() == []
    orders = list(Order.objects.exclude(paid_at=None))
    paid_back = sum(Refund.objects.values_list("paid_minor", flat=True))
    duties_back = sum(Refund.objects.filter(line_no__lt=0).values_list("paid_minor", flat=True))
    duties_minor = sum(one.duties_minor for one in orders)
    assert duties_minor > duties_back > 0
    sums = refunds_summed(asked=EVER)
    for group in ("all", "day", "reason", "market", "merchant"):
        assert sum(one.paid_minor for one in sums if one.by == group) == paid_back, group
    (taxes,) = tax_by_region(period=YEAR)
    total_minor = sum(one.total_minor for one in orders)
    assert taxes.sum_minor("net_minor") + taxes.sum_minor("tax_minor") + duties_minor == total_minor
    assert taxes.sum_minor("net_back_minor") + taxes.sum_minor("tax_back_minor") + duties_back == paid_back
    assert taxes.sum_minor("duty_left_minor") + taxes.sum_minor("duty_tax_left_minor") == duties_minor - duties_back
    (owed,) = duties_owed(period=YEAR)
    assert owed.total("owed_minor") == duties_minor - duties_back
    put_aside_minor = sum(Release.objects.values_list("duties_minor", flat=True))
    assert customs_minor() == put_aside_minor > 0
    funded_minor = taxes.sum_minor("funded_minor") - taxes.sum_minor("funded_back_minor")
    sellers = sellers_of_year(year=2026)
    got_minor = sum(one.consideration_minor + one.fees_minor for one in sellers)
    assert got_minor == total_minor - paid_back + funded_minor - (duties_minor - duties_back)
    assert sum(one.activities for one in sellers) == sum(one.state != Step.CANCELLED for one in orders)


def test_everything_that_can_happen_leaves_sound_books() -> None:
    trade()
    follow_purchases()

    everything_adds_up()
    # A deposit that was forfeited is its merchant's, and no order covers what a bank took of it.
    claims = {one.taken_minor - one.covered_minor for one in Dispute.objects.all()}
    assert (claims, Dispute.objects.count()) == ({0, DEPOSIT}, 7)
    states = {PayoutState.CONFIRMED, PayoutState.FAILED, PayoutState.APPROVED}
    assert {PayoutState(one) for one in Payout.objects.values_list("state", flat=True)} == states
