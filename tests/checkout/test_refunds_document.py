"""The tables of docs/algorithms/refunds.md, performed."""

from pathlib import Path

import pytest

from fairground.checkout.rules.charges import ShippingSold
from fairground.checkout.rules.customs import DutySold
from fairground.checkout.rules.paying import OrderOfPurchase
from fairground.checkout.rules.refunding import LineSold, units_back, with_charges
from fairground.orders.rules import RefundReason
from fairground.promotions.rules.refunding import Ahead, SoldLine, price_fall, refund_left, refund_units
from fairground.promotions.rules.terms import Discount, DiscountStep

DOCUMENT = (Path(__file__).parents[2] / "docs/algorithms/refunds.md").read_text("utf-8")


def rows(heading: str) -> list[list[int]]:
    """Return the cells of the table below a heading, without its head."""
    section = DOCUMENT.split(f"## {heading}")[1].split("\n## ")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[int(cell) for cell in line] for line in lines[2:]]


def test_units_go_back_as_written() -> None:
    given = tuple(
        Discount(DiscountStep.CROSS_SHOP, "promotion:1", funder, minor)
        for funder, minor in (("merchant:1", 7), ("platform", 3))
    )
    sold = SoldLine(3, 1_000, given, tax_minor=477)
    gone = 0
    for units, *expected in rows("Units in parts"):
        found = refund_units(sold, refunded_units=gone, units=units)
        assert [found.goods_minor, *found.discounts_minor, found.tax_minor, found.paid_minor] == expected
        gone += units
    assert gone == sold.quantity


@pytest.mark.parametrize("row", rows("A price that fell"), ids=str)
def test_a_difference_comes_out_as_written(row: list[int]) -> None:
    units, unit_minor, own, platform, today_minor, before_minor, expected = row
    given = [
        Discount(DiscountStep.MERCHANT_DISCOUNT, "promotion:1", "merchant:1", own),
        Discount(DiscountStep.PLATFORM_COUPON, "coupon:2", "platform", platform),
    ]
    sold = SoldLine(units, unit_minor, tuple(one for one in given if one.amount_minor))

    fall = price_fall(sold, refunded_units=0, ahead=Ahead(before_minor), today_minor=today_minor)

    assert fall.price_minor == expected


def test_units_go_back_after_a_fall_as_written() -> None:
    sold, ahead, gone = SoldLine(3, 1_000), Ahead(100), 0
    for units, ends, paid in rows("Units after a fall"):
        found = refund_left(sold, refunded_units=gone, units=units, ahead=ahead)
        assert [found.ahead.price_minor, found.paid_minor] == [ends, paid]
        ahead, gone = Ahead(ahead.price_minor - ends), gone + units
    assert (gone, ahead) == (3, Ahead())


def test_shipping_goes_back_as_written() -> None:
    off = Discount(DiscountStep.SHIPPING, "promotion:1", "platform", 245)
    shipping = ShippingSold(245, discounts=(off,), is_kept=True)
    order = OrderOfPurchase(1, 1, b"EU", b"DE", b"ES", 1, 2, None, 3_245, 2, [1], [3], [0], shipping)
    reason, gone = RefundReason.WITHDRAWN, 0
    for units, kept, expected in rows("Shipping"):
        line = LineSold(1, 1, 1, 1, None, SoldLine(3, 1_000), refunded_units=gone, refunds=gone)
        plans = [units_back(line, units=units, reason=reason, restocked=False)]
        back = with_charges(order, [line], plans, reason=reason)
        assert sum(one.paid_minor for one in back if not one.line.line_no) == expected
        gone += units
        assert (line.sold.quantity - gone, len(back)) == (kept, 1 if kept else 2)


def test_duties_go_back_as_written() -> None:
    duties, quantities, headings = [1, 2], {1: 2, 2: 1, 3: 1}, {1: 1, 2: 1, 3: 2}
    reason, gone, back_of = RefundReason.FAULTY, dict.fromkeys(quantities, 0), dict.fromkeys(duties, 0)
    for line_no, units, *expected in rows("Duties"):
        lines = [
            LineSold(
                *(1, one, 1, 1, None, SoldLine(quantities[one], 1_000)),
                refunded_units=gone[one],
                refunds=gone[one],
                duty_no=headings[one],
            )
            for one in quantities
        ]
        kept = tuple(DutySold(one, 300, 57) for one in duties if not back_of[one])
        order = OrderOfPurchase(
            1, 1, b"EU", b"DE", b"CN", 1, 2, None, 4_714, 3, [1, 2, 3], [2, 1, 1], [0, 0, 0], duties=kept
        )
        plans = [units_back(lines[line_no - 1], units=units, reason=reason, restocked=False)]
        back = with_charges(order, lines, plans, reason=reason)
        found = {-one.line.line_no: one.paid_minor for one in back if one.line.line_no < 0}
        assert [found.get(one, 0) for one in duties] == expected
        back_of |= found
        gone[line_no] += units
    assert (gone, back_of) == (quantities, {1: 357, 2: 357})
