"""Whatever is bought, sent back, shipped and cancelled: every report adds up to the orders and to the ledger."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest
from django.db.models import F
from hypothesis import given, settings
from hypothesis import strategies as st

from fairground.checkout.actions.advance_orders import OrderNotReady, advance_orders
from fairground.checkout.rules.refunding import OrderNotRefundable, TooManyUnits
from fairground.kernel.clock import from_unix_ms
from fairground.ledger.models import Account
from fairground.orders.models import Order, OrderDuty, OrderLine, Refund
from fairground.orders.rules import Step
from fairground.settlement.models import Release
from fairground.settlement.reports.duties import duties_owed
from fairground.settlement.reports.escrow import by_age_minor, by_state_minor, escrow_by_age
from fairground.settlement.reports.fee_taxes import fee_tax_by_country
from fairground.settlement.reports.income import platform_income
from fairground.settlement.reports.listed import EVER as ALWAYS
from fairground.settlement.reports.refunded import RefundsAsked, all_refunds, refunds_summed
from fairground.settlement.reports.rules import Period
from fairground.settlement.reports.sellers import sellers_of_year
from fairground.settlement.reports.taxes import tax_by_region
from fairground.settlement.reports.trial_balance import disagreements, trial_balance_by_family
from tests.books import rolled_back
from tests.conftest import share_lanes
from tests.factories import NOW, make_duty, make_market, make_merchant, make_shipping, make_sku
from tests.refunding import LATER_MS, back, make_scene
from tests.settlement.making import SETTLED_MS, books, settle
from tests.settlement.trade_making import sell

LATER = from_unix_ms(LATER_MS)
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
EVER = RefundsAsked(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
# What one of the orders is bought by, and what is done to an order: units that go back, or a step.
BOUGHT = st.tuples(
    st.integers(1, 9_999),
    st.integers(1, 4),
    st.sampled_from(["DE", "ES"]),
    st.integers(0, 2_000),
    st.sampled_from(["ES", "CN"]),
)
DONE = st.tuples(st.integers(0, 5), st.sampled_from([1, 2, 3, Step.SHIPPED, Step.CANCELLED]))
# What no release moves.
NOTHING_OF = ("lapsed_minor", "provider_fees_minor", "given_minor")


Buying = tuple[int, int, str, int, str]


def trade(bought: list[Buying], done: list[tuple[int, int | Step]]) -> None:
    """Buy the scene with its discounts and the purchases asked for, and do to their orders what can be done."""
    make_duty(value_bps=333, value_max_minor=25_000)
    scene = make_scene(sent=True, abroad=True)
    orders = [scene.chairs, scene.lamps]
    for lane, (price_minor, units, country, commission_bps, origin) in enumerate(bought):
        merchant = make_merchant(lane=lane, country=origin, commission_bps=commission_bps)
        make_shipping(merchant, price_minor=price_minor // 3)
        sku = make_sku(merchant=merchant, price_minor=price_minor)
        orders.append(sell(sku, at=NOW, units=units, country=country, region=country))
    for which, deed in done:
        order_id = orders[which % len(orders)]
        try:
            if isinstance(deed, Step):
                advance_orders(order_ids=[order_id], then=deed, now_ms=LATER_MS)
            else:
                back(order_id, 1, deed)
        except (OrderNotReady, OrderNotRefundable, TooManyUnits):
            continue


def refunded() -> Mapping[str, int]:
    rows = Refund.objects.values_list("line_no", "paid_minor", "tax_minor")
    return {
        "paid": sum(paid for _, paid, _ in rows),
        "tax": sum(tax for line_no, _, tax in rows if line_no >= 0),
        "duties": sum(paid for line_no, paid, _ in rows if line_no < 0),
    }


def everything_adds_up() -> None:
    orders, went_back = list(Order.objects.all()), refunded()
    left_minor = sum(one.total_minor for one in orders) - went_back["paid"]

    (euro,) = trial_balance_by_family()
    families = {one.family: one.balance_minor for one in euro.families}
    assert euro.is_even
    assert families["merchant:escrow"] == left_minor
    assert sum(families.values()) == 0
    assert disagreements() == []

    escrows = escrow_by_age(now=LATER)
    assert sum(one.total_minor for one in escrows) == sum(by_age_minor(escrows)) == left_minor
    assert all(one.difference_minor == 0 for one in escrows)
    for state, amount_minor in by_state_minor(escrows).items():
        ids = [one.id for one in orders if one.state == state]
        gone = sum(Refund.objects.filter(order_id__in=ids).values_list("paid_minor", flat=True))
        assert amount_minor == sum(one.total_minor for one in orders if one.state == state) - gone

    assert sum(one.paid_minor for one in all_refunds(asked=EVER)) == went_back["paid"]
    sums = refunds_summed(asked=EVER)
    for by in ("all", "day", "reason", "market", "merchant"):
        assert sum(one.paid_minor for one in sums if one.by == by) == went_back["paid"], by

    (taxes,) = tax_by_region(period=YEAR)
    net_minor, tax_minor = taxes.sum_minor("net_minor"), taxes.sum_minor("tax_minor")
    duties_minor = sum(one.duties_minor for one in orders)
    assert net_minor + tax_minor + duties_minor == sum(one.total_minor for one in orders)
    assert taxes.sum_minor("duty_minor") + taxes.sum_minor("duty_tax_minor") == duties_minor
    assert taxes.sum_minor("duty_back_minor") + taxes.sum_minor("duty_tax_back_minor") == went_back["duties"]
    asked = duties_owed(period=YEAR)
    assert sum(one.total("owed_minor") for one in asked) == duties_minor - went_back["duties"]
    assert sum(one.total("consignments") for one in asked) == OrderDuty.objects.count()
    on_shipping_minor = sum(one.shipping_tax_minor for one in orders)
    assert tax_minor == sum(OrderLine.objects.values_list("tax_minor", flat=True)) + on_shipping_minor
    assert taxes.sum_minor("tax_back_minor") == went_back["tax"]
    assert taxes.sum_minor("net_back_minor") == went_back["paid"] - went_back["tax"] - went_back["duties"]

    platform_minor = taxes.sum_minor("funded_minor") - taxes.sum_minor("funded_back_minor")
    sellers = sellers_of_year(year=2026)
    got_minor = sum(one.consideration_minor + one.fees_minor for one in sellers)
    assert got_minor == left_minor + platform_minor - (duties_minor - went_back["duties"])
    assert sum(one.activities for one in sellers) == sum(one.state != Step.CANCELLED for one in orders)
    assert all(quarter.fees_minor >= 0 for one in sellers for quarter in one.quarters)


def release(done: list[tuple[int, int | Step]]) -> None:
    """Release what can be of the orders there are, and send back of them afterwards what can go back."""
    orders = [one.id for one in Order.objects.order_by("id")]
    for order_id in orders:
        if Order.objects.get(id=order_id).state == Step.PAID:
            settle(order_id)
    for which, deed in done:
        try:
            if not isinstance(deed, Step):
                back(orders[which % len(orders)], 1, deed, now_ms=SETTLED_MS + 1)
        except (OrderNotRefundable, TooManyUnits):
            continue


def fees_add_up() -> None:
    """Tax on commissions, by country and rate, is what the accounts of both hold, and what the releases say."""
    fees, held = fee_tax_by_country(period=YEAR), books()
    for name, account in (("commission", "platform:commission"), ("tax", "platform:fee_tax")):
        left_minor = sum(one.sum_minor(f"{name}_left_minor") for one in fees)
        assert left_minor == held.get(account, 0), account
    earned = platform_income(span=ALWAYS)
    assert sum(one.commission_minor for one in earned) == held.get("platform:commission", 0)
    assert sum(one.discounts_minor for one in earned) == -held.get("platform:discounts", 0)
    assert {name: sum(getattr(one, name) for one in earned) for name in NOTHING_OF} == dict.fromkeys(NOTHING_OF, 0)
    for one in Release.objects.values_list("fee_tax_bps").distinct():
        rows = [row for each in fees for row in each.rows if row.rate_bps == one[0]]
        parts = Release.objects.filter(fee_tax_bps=one[0]).values_list("commission_minor", "fee_tax_minor")
        assert sum(row.commission_left_minor for row in rows) == sum(commission for commission, _ in parts)
        assert sum(row.tax_left_minor for row in rows) == sum(tax for _, tax in parts)


@pytest.mark.django_db
@settings(max_examples=12)
@given(bought=st.lists(BOUGHT, max_size=4), done=st.lists(DONE, max_size=8), tax_included=st.booleans())
def test_every_report_adds_up_to_orders_and_ledger(
    bought: list[Buying], done: list[tuple[int, int | Step]], tax_included: bool
) -> None:
    with rolled_back():
        share_lanes(0, 64)
        make_market(tax_included=tax_included)
        trade(bought, done)

        everything_adds_up()


@pytest.mark.django_db
@settings(max_examples=12)
@given(bought=st.lists(BOUGHT, max_size=4), done=st.lists(DONE, max_size=8))
def test_tax_on_commissions_adds_up_to_its_account_after_any_releases_and_refunds(
    bought: list[Buying], done: list[tuple[int, int | Step]]
) -> None:
    with rolled_back():
        share_lanes(0, 64)
        make_market()
        trade(bought, [])
        release(done)

        fees_add_up()


@pytest.mark.django_db
@pytest.mark.parametrize("damaged", ["an account", "a release"])
def test_the_sum_of_tax_on_commissions_sees_a_cent_that_is_not_there(damaged: str) -> None:
    share_lanes(0, 64)
    make_market()
    trade([(1_000, 2, "DE", 500, "ES")], [])
    release([(0, 1)])
    fees_add_up()

    if damaged == "an account":
        account = Account.objects.filter(address__startswith="platform:fee_tax:")[0]
        Account.objects.filter(id=account.id).update(credits_posted_minor=account.credits_posted_minor + 1)
    else:
        one = Release.objects.exclude(fee_tax_minor=0).order_by("order_id")[0]
        more = {"fee_tax_minor": one.fee_tax_minor + 1, "payable_minor": one.payable_minor - 1}
        Release.objects.filter(order_id=one.order_id).update(**more)

    with pytest.raises(AssertionError):
        fees_add_up()


@pytest.mark.django_db
@pytest.mark.parametrize("damaged", ["an order", "a line", "a duty", "an account"])
def test_the_sums_see_a_cent_that_is_not_there(damaged: str) -> None:
    share_lanes(0, 64)
    make_market()
    trade([(1_000, 2, "DE", 500, "CN")], [(0, 1)])
    everything_adds_up()

    if damaged == "an order":
        one = Order.objects.order_by("id")[0]
        Order.objects.filter(id=one.id).update(goods_minor=one.goods_minor + 1, total_minor=one.total_minor + 1)
    elif damaged == "a line":
        line = OrderLine.objects.order_by("order_id")[0]
        OrderLine.objects.filter(order_id=line.order_id).update(discount_minor=line.discount_minor + 1)
    elif damaged == "a duty":
        OrderDuty.objects.filter(duty_no=1).update(duty_minor=F("duty_minor") + 1)
    else:
        account = Account.objects.filter(address__contains=":escrow:")[0]
        more = account.credits_posted_minor + 1
        Account.objects.filter(id=account.id).update(credits_posted_minor=more)

    with pytest.raises(AssertionError):
        everything_adds_up()
