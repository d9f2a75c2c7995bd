"""Whatever goes back of an order, in any parts and order: the parts add up, and end where one refund would."""

from hypothesis import given
from hypothesis import strategies as st

from fairground.promotions.rules.refunding import Ahead, SoldLine, refund_left
from fairground.promotions.rules.terms import Discount, DiscountStep
from fairground.settlement.rules.parting import NOTHING, Gone, Kept, Parts, Shares, Sold, difference, target

BPS = st.integers(0, 10_000)
SHARES = st.builds(Shares, BPS, BPS, BPS)
# A line of an order, and its commission; two lines of one have the same more often than not.
Charged = tuple[SoldLine, int]


@st.composite
def lines(draw: st.DrawFn) -> Charged:
    """Draw a line that two funders made cheaper, with tax inside."""
    units, unit_minor = draw(st.integers(1, 6)), draw(st.integers(1, 100_000))
    merchants = draw(st.integers(0, units * unit_minor))
    platforms = draw(st.integers(0, units * unit_minor - merchants))
    given = [
        Discount(DiscountStep.CROSS_SHOP, "promotion:1", "merchant:1", merchants),
        Discount(DiscountStep.PLATFORM_COUPON, "coupon:2", "platform", platforms),
    ]
    commission_bps = draw(st.sampled_from([0, 333, 500, 10_000]) | BPS)
    return SoldLine(units, unit_minor, tuple(one for one in given if one.amount_minor)), commission_bps


ORDERS = st.lists(lines(), min_size=1, max_size=4)


def after(order: list[Charged], units: list[int], shares: Shares) -> Parts:
    """Return who should have what after so many units of each line went back at once."""
    total = platforms = paid = ended = 0
    kept: dict[int, list[int]] = {}
    for (line, commission_bps), count in zip(order, units, strict=True):
        at_rate = kept.setdefault(commission_bps, [0, 0])
        at_rate[0] += line.quantity * line.unit_minor
        total += line.quantity * line.unit_minor
        for one in line.discounts:
            total -= one.amount_minor
            if one.funder == "platform":
                platforms += one.amount_minor
            else:
                at_rate[1] += one.amount_minor
        if count:
            left = refund_left(line, refunded_units=0, units=count, ahead=Ahead())
            paid += left.paid_minor
            at_rate[0] -= left.parts.goods_minor
            for one, minor in zip(line.discounts, left.parts.discounts_minor, strict=True):
                if one.funder == "platform":
                    ended += minor
                else:
                    at_rate[1] -= minor
    goods = [Kept(commission_bps, *sums) for commission_bps, sums in sorted(kept.items())]
    return target(Sold(total, platforms), Gone(paid, ended), goods, shares)


def plus(one: Parts, other: Parts) -> Parts:
    return difference(one, difference(NOTHING, other))


@given(order=ORDERS, shares=SHARES, data=st.data())
def test_refunds_in_any_order_end_at_the_same_parts_and_all_of_them_at_nothing(
    order: list[Charged], shares: Shares, data: st.DataObject
) -> None:
    back = [0] * len(order)
    posted = before = after(order, back, shares)
    one_by_one = [place for place, (line, _) in enumerate(order) for _ in range(line.quantity)]
    for place in data.draw(st.permutations(one_by_one)):
        back[place] += 1
        now = after(order, back, shares)
        posted, before = plus(posted, difference(now, before)), now
        assert posted == after(order, back, shares)

    assert posted == NOTHING


@given(order=ORDERS, shares=SHARES, data=st.data())
def test_the_parts_add_up_to_what_came_and_none_is_below_nothing(
    order: list[Charged], shares: Shares, data: st.DataObject
) -> None:
    units = [data.draw(st.integers(0, line.quantity)) for line, _ in order]

    parts = after(order, units, shares)

    given_out = parts.commission_minor + parts.fee_tax_minor + parts.creator_minor + parts.reserve_minor
    assert parts.escrow_minor + parts.discounts_minor == given_out + parts.payable_minor
    assert min(getattr(parts, name) for name in Parts.__struct_fields__) >= 0


@given(order=ORDERS, data=st.data())
def test_what_is_kept_is_charged_as_if_only_that_had_been_bought(order: list[Charged], data: st.DataObject) -> None:
    """Nobody gains by buying goods together and giving those back whose commission is the higher one."""
    kept = data.draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order)))
    units = [0 if keeps else line.quantity for keeps, (line, _) in zip(kept, order, strict=True)]

    alone = [one for keeps, one in zip(kept, order, strict=True) if keeps]

    assert after(order, units, Shares()) == after(alone, [0] * len(alone), Shares())
