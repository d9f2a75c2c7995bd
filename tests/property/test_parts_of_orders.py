"""Whatever goes back of an order, in any parts and order: the parts add up, and end where one refund would."""

from hypothesis import given
from hypothesis import strategies as st

from fairground.promotions.rules.refunding import Ahead, SoldLine, refund_left
from fairground.promotions.rules.terms import Discount, DiscountStep
from fairground.settlement.rules.parting import NOTHING, Gone, Parts, Shares, Sold, difference, target

BPS = st.integers(0, 10_000)
SHARES = st.builds(Shares, BPS, BPS, BPS, BPS)


@st.composite
def lines(draw: st.DrawFn) -> SoldLine:
    """Draw a line that two funders made cheaper, with tax inside."""
    units, unit_minor = draw(st.integers(1, 6)), draw(st.integers(1, 100_000))
    merchants = draw(st.integers(0, units * unit_minor))
    platforms = draw(st.integers(0, units * unit_minor - merchants))
    given = [
        Discount(DiscountStep.CROSS_SHOP, "promotion:1", "merchant:1", merchants),
        Discount(DiscountStep.PLATFORM_COUPON, "coupon:2", "platform", platforms),
    ]
    return SoldLine(units, unit_minor, tuple(one for one in given if one.amount_minor))


def sold(sold_lines: list[SoldLine]) -> Sold:
    goods = sum(line.quantity * line.unit_minor for line in sold_lines)
    by_merchant, by_platform = (
        sum(one.amount_minor for line in sold_lines for one in line.discounts if (one.funder == "platform") is platform)
        for platform in (False, True)
    )
    return Sold(goods - by_merchant - by_platform, goods, by_merchant, by_platform)


def gone(sold_lines: list[SoldLine], units: list[int]) -> Gone:
    """Return what so many units of each line were, given back at once."""
    sums = [0, 0, 0, 0]
    for line, count in zip(sold_lines, units, strict=True):
        if count:
            left = refund_left(line, refunded_units=0, units=count, ahead=Ahead())
            sums[0] += left.paid_minor
            sums[1] += left.parts.goods_minor
            for one, minor in zip(line.discounts, left.parts.discounts_minor, strict=True):
                sums[3 if one.funder == "platform" else 2] += minor
    return Gone(*sums)


def plus(one: Parts, other: Parts) -> Parts:
    return difference(one, difference(NOTHING, other))


@given(some=st.lists(lines(), min_size=1, max_size=3), shares=SHARES, data=st.data())
def test_refunds_in_any_order_end_at_the_same_parts_and_all_of_them_at_nothing(
    some: list[SoldLine], shares: Shares, data: st.DataObject
) -> None:
    what = sold(some)
    posted = before = target(what, Gone(), shares)
    one_by_one = [place for place, line in enumerate(some) for _ in range(line.quantity)]
    back = [0] * len(some)
    for place in data.draw(st.permutations(one_by_one)):
        back[place] += 1
        now = target(what, gone(some, back), shares)
        posted, before = plus(posted, difference(now, before)), now
        assert posted == target(what, gone(some, back), shares)

    assert posted == NOTHING


@given(some=st.lists(lines(), min_size=1, max_size=3), shares=SHARES, data=st.data())
def test_the_parts_add_up_to_what_came_and_none_is_below_nothing(
    some: list[SoldLine], shares: Shares, data: st.DataObject
) -> None:
    what = sold(some)
    units = [data.draw(st.integers(0, line.quantity)) for line in some]

    parts = target(what, gone(some, units), shares)

    given_out = parts.commission_minor + parts.fee_tax_minor + parts.creator_minor + parts.reserve_minor
    assert parts.escrow_minor + parts.discounts_minor == given_out + parts.payable_minor
    assert min(getattr(parts, name) for name in Parts.__struct_fields__) >= 0
