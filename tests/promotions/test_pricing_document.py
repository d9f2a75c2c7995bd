"""The worked examples of docs/algorithms/pricing.md, performed."""

import re

from fairground.merchants.rules import ShippingRate
from fairground.promotions.rules.pricing import price_lines
from fairground.promotions.rules.refunding import SoldLine, refund_units
from fairground.promotions.rules.terms import (
    DiscountStep,
    Packet,
    PricedLine,
    Promotion,
    PromotionKind,
    Quote,
    make_book,
)
from tests.factories import NOW_MS
from tests.promotion_making import promotion
from tests.tidy.house import ROOT

DOCUMENT = (ROOT / "docs/algorithms/pricing.md").read_text("utf-8")


def table(first_head: str) -> list[list[str]]:
    """Return the rows of the table whose first column has this head."""
    block = re.search(rf"^\| {re.escape(first_head)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", DOCUMENT, re.MULTILINE)
    assert block is not None, first_head
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in block[1].splitlines()]


def quote() -> Quote:
    """Price the example's cart as its tables say."""
    lines = [
        PricedLine(number, int(merchant), int(units), int(unit_minor))
        for number, (_, merchant, units, unit_minor) in enumerate(table("line"), 1)
    ]
    promotions = [
        Promotion(
            id=int(number),
            step=int(step),
            kind=int(kind),
            opens_at_ms=0,
            closes_at_ms=NOW_MS + 1,
            merchant_id=int(merchant) if merchant else None,
            threshold_minor=int(threshold),
            off_minor=int(off),
            repeats=number == "12",
            percent_bps=int(percent),
            ceiling_minor=int(ceiling),
            merchant_bps=int(share),
            needs_coupon=number == "13",
        )
        for number, step, kind, merchant, threshold, off, percent, ceiling, share in table("id")
    ]
    return price_lines(
        lines,
        book=make_book(promotions),
        now_ms=NOW_MS,
        coupons={13},
        packets=[Packet(9, 888)],
        shipping_minor={1: 490, 2: 490},
        with_hints=True,
    )


def test_the_worked_example_comes_out_as_written() -> None:
    found = quote()
    left_minor = found.goods_minor
    for source, *amounts in table("source"):
        by_line = [sum(one.amount_minor for one in line.discounts if one.source == source) for line in found.lines]
        left_minor -= sum(by_line)
        assert [str(one) for one in (*by_line, sum(by_line), left_minor)] == amounts, source
    assert {one.source for line in found.lines for one in line.discounts} == {row[0] for row in table("source")}
    assert (found.payable_minor, left_minor) == (41_432, 41_432)
    funded = {
        funder: sum(
            one.amount_minor
            for line in found.lines
            for one in line.discounts
            if (one.source, one.funder) == ("promotion:12", funder)
        )
        for funder in ("merchant:1", "merchant:2", "platform")
    }
    assert funded == {"merchant:1": 1_457, "merchant:2": 544, "platform": 1_999}
    (hint,) = found.hints
    words = re.search(r"add\s+(\d+)\s+more\s+to\s+save\s+(\d+)", DOCUMENT)
    assert words is not None
    assert (hint.more_minor, hint.saves_minor) == (int(words[1]), int(words[2]))


def test_the_lamps_go_back_as_written() -> None:
    lamp = quote().lines[0]
    sold = SoldLine(2, 14_900, tuple(lamp.discounts))
    sums = [0] * 7
    for row in table("units back"):
        refund = refund_units(sold, refunded_units=int(row[0]) - 1, units=1)
        parts = (refund.goods_minor, refund.paid_minor, *refund.discounts_minor)
        sums = [so_far + part for so_far, part in zip(sums, parts, strict=True)]
        assert [str(one) for one in sums] == row[1:]


def test_shipping_costs_what_is_written() -> None:
    rate = ShippingRate(490, 5_000, 1, 2)
    for goods, coupon, percent, asked, shipping in (map(int, row) for row in table("goods")):
        some = [
            promotion(step=DiscountStep.PLATFORM_COUPON, off_minor=coupon),
            promotion(PromotionKind.SHIPPING_OFF, DiscountStep.SHIPPING, percent_bps=100 * percent),
        ]
        found = price_lines(
            [PricedLine(1, 1, 1, goods)],
            book=make_book([one for one in some if one.off_minor or one.percent_bps]),
            now_ms=NOW_MS,
            shipping_minor={1: rate.asked_minor(goods)},
        )
        assert (found.merchants[1].shipping_minor, found.merchants[1].shipping_payable_minor) == (asked, shipping)
        assert found.payable_minor == goods - coupon + shipping
