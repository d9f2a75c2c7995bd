"""What an invoice prints adds up to the minor unit, whatever was bought: as decided, as frozen, as written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairground.checkout.rules.discounting import Giving
from fairground.checkout.rules.placing import LineAsked, PurchasePlan, Shelf, decide_purchases
from fairground.checkout.rules.plans import MarketFacts, Offer, OfferKey
from fairground.kernel.ids import LANES
from fairground.kernel.money import minor_digits
from fairground.orders.queries import PurchaseShown
from fairground.orders.rules import LineSums, invoice_sums
from fairground.promotions.rules.spending import Spending
from fairground.sites.storefront.invoices.words import invoice_words, order_sums
from tests.factories import NOW_MS, place_request
from tests.sites.invoice_making import make_line, make_order, make_purchase, reader_in

CURRENCIES = ["EUR", "JPY", "KWD", "VND"]
RATES_BPS = [0, 500, 888, 1_900, 2_550]


def minor(text: str, currency: str) -> int:
    """Return the minor units of an amount as English writes it."""
    digits = re.sub(r"[^0-9.]", "", text)
    whole, _, decimals = digits.partition(".")
    assert len(decimals) == minor_digits(currency), text
    return int(whole + decimals) * (-1 if "-" in text else 1)


@st.composite
def placed(draw: st.DrawFn) -> PurchaseShown:
    """Draw a purchase as placing decides it: its lines by merchant, with the tax that was frozen of each."""
    included, rate_bps = draw(st.booleans()), draw(st.sampled_from(RATES_BPS))
    currency = draw(st.sampled_from(CURRENCIES))
    wanted = draw(
        st.lists(st.tuples(st.integers(1, 3), st.integers(1, 10**9), st.integers(1, 999)), min_size=1, max_size=12)
    )
    offers: dict[OfferKey, Offer] = {
        (sku_id, None, "XX"): Offer(
            sku_id, None, "XX", 1, merchant, b"ES", 500, price, 1, b"", {"en": b"Chair"}, ((sku_id, 1),), None, 0, 0, 0
        )
        for sku_id, (merchant, price, _) in enumerate(wanted, 1)
    }
    shelf = Shelf(
        markets={"XX": MarketFacts("XX", currency, included, frozenset(["DE"]))},
        tax_rates_bps={"DE": rate_bps},
        offers=offers,
        keys={},
        free={sku_id: 999 for sku_id, _, _ in offers},
        taken={},
        giving=Giving({}, Spending({}, {}, {}), {}),
        slice_lanes=[0] * LANES,
    )
    lines = [LineAsked(sku_id, None, quantity, price) for sku_id, (_, price, quantity) in enumerate(wanted, 1)]
    request = place_request(*lines, shopper_id=1, market="XX", currency=currency, arrived_at_ms=NOW_MS)
    (plan,) = decide_purchases([request], shelf)
    assert isinstance(plan, PurchasePlan), plan
    orders = [
        make_order(
            *(
                make_line(
                    quantity=line.quantity,
                    unit_price_minor=line.offer.unit_price_minor,
                    tax_minor=line.tax_minor,
                    tax_rate_bps=line.tax_rate_bps,
                    tax_included=included,
                )
                for line in order.lines
            )
        )
        for order in plan.orders
    ]
    assert [order.total_minor for order in orders] == [order.total_minor for order in plan.orders]
    purchase = make_purchase(*orders, currency=currency)
    assert purchase.total_minor == plan.total_minor
    return purchase


@given(purchase=placed())
def test_net_and_taxes_of_the_orders_are_what_the_purchase_cost(purchase: PurchaseShown) -> None:
    sums = [order_sums(order) for order in purchase.orders]

    assert [one.net_minor + one.tax_minor for one in sums] == [order.total_minor for order in purchase.orders]
    assert sum(one.gross_minor for one in sums) == purchase.total_minor
    for one in sums:
        assert sum(tax.tax_minor for tax in one.taxes) == one.tax_minor
        assert sum(tax.net_minor for tax in one.taxes) == one.net_minor


@given(purchase=placed())
def test_every_amount_that_is_printed_adds_up(purchase: PurchaseShown) -> None:
    invoices = invoice_words(purchase, reader_in()).invoices
    printed_total = 0
    for invoice in invoices:
        total = minor(invoice.total, purchase.currency)
        assert sum(minor(amount, purchase.currency) for _, amount in invoice.sums) == total
        assert sum(minor(line.gross, purchase.currency) for line in invoice.lines) == total
        for line in invoice.lines:
            amounts = [minor(one, purchase.currency) for one in (line.net, line.tax, line.gross)]
            assert amounts[0] + amounts[1] == amounts[2]
        printed_total += total

    assert printed_total == purchase.total_minor


sums_of_lines = st.builds(
    lambda goods, off, tax, rate, included: LineSums(goods, off * goods // 100, tax * goods // 100, rate, included),
    st.integers(1, 10**12),
    st.integers(0, 50),
    st.integers(0, 30),
    st.sampled_from(RATES_BPS),
    st.booleans(),
)


@given(
    lines=st.lists(sums_of_lines, min_size=1, max_size=50),
    shipping_minor=st.integers(0, 10**6),
    tax_percent=st.integers(0, 30),
)
def test_with_discounts_and_shipping_too_the_parts_are_the_whole(
    lines: list[LineSums], shipping_minor: int, tax_percent: int
) -> None:
    rate_bps, is_inside = lines[0].tax_rate_bps, lines[0].tax_included
    shipping = LineSums(shipping_minor, 0, tax_percent * shipping_minor // 100, rate_bps, is_inside)
    sums = invoice_sums([*lines, shipping])
    added = sum(line.tax_minor for line in (*lines, shipping) if not line.tax_included)
    cost = sum(line.goods_minor - line.discount_minor for line in lines) + added + shipping_minor

    assert sums.gross_minor == cost
    assert sum(one.net_minor + one.tax_minor for one in sums.taxes) == cost
    assert [one.rate_bps for one in sums.taxes] == sorted({line.tax_rate_bps for line in lines})


def test_an_order_that_does_not_add_up_is_not_printed() -> None:
    order = make_order(make_line(tax_included=False))
    wrong = type(order)(**{name: getattr(order, name) for name in order.__slots__} | {"total_minor": 1})

    with pytest.raises(AssertionError):
        order_sums(wrong)
