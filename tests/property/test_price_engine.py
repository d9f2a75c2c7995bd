"""The price engine under any cart and any promotions: exact sums, nothing below zero, no hidden order."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fairground.promotions.rules.bundles import Run, bundle_saving
from fairground.promotions.rules.pricing import may_save, price_lines
from fairground.promotions.rules.refunding import SoldLine, refund_units, share_seats
from fairground.promotions.rules.terms import (
    Discount,
    DiscountStep,
    Packet,
    PricedLine,
    Promotion,
    PromotionKind,
    Scope,
    make_book,
)
from tests.factories import NOW_MS

MERCHANTS = (1, 2, 3)
SKUS = range(1, 9)
AMOUNTS = st.integers(0, 40_000)


@st.composite
def promotions(draw: st.DrawFn) -> list[Promotion]:
    """Return up to eight promotions of any step and kind, all open."""
    return [_promotion(draw, number) for number in range(1, 1 + draw(st.integers(0, 8)))]


def _promotion(draw: st.DrawFn, number: int) -> Promotion:
    step = draw(st.sampled_from([2, 3, 4, 5, 7]))
    kind = draw(st.sampled_from([1, 2, 3, 4])) if step != DiscountStep.SHIPPING else 5
    units = draw(st.integers(2, 5))
    own = step in (DiscountStep.MERCHANT_DISCOUNT, DiscountStep.MERCHANT_COUPON)
    return Promotion(
        id=number,
        step=step,
        kind=kind,
        opens_at_ms=0,
        closes_at_ms=NOW_MS + 1,
        merchant_id=draw(st.sampled_from(MERCHANTS)) if own else None,
        scope=draw(
            st.none() | st.builds(Scope, sku_ids=st.frozensets(st.sampled_from(list(SKUS)), min_size=1, max_size=4))
        ),
        excludes_deals=draw(st.booleans()),
        threshold_minor=draw(AMOUNTS),
        off_minor=draw(AMOUNTS),
        repeats=draw(st.booleans()),
        percent_bps=draw(st.integers(1, 10_000)),
        ceiling_minor=draw(st.just(0) | AMOUNTS),
        bundle_units=units,
        bundle_minor=draw(st.integers(1, 3_000)),
        bundle_paid_units=draw(st.integers(1, units - 1)),
        merchant_bps=draw(st.sampled_from([0, 1, 3_333, 5_000, 10_000])),
        limited=True,
    )


LINE = st.builds(
    PricedLine,
    sku_id=st.sampled_from(list(SKUS)),
    merchant_id=st.sampled_from(MERCHANTS),
    quantity=st.integers(1, 12),
    unit_minor=st.integers(1, 20_000),
    in_deal=st.booleans(),
    kept_minor=st.just(0) | st.integers(0, 30_000),
)
LINES = st.lists(LINE, min_size=1, max_size=6, unique_by=lambda line: (line.sku_id, line.in_deal))
PACKETS = st.lists(
    st.builds(Packet, id=st.integers(1, 5), left_minor=AMOUNTS), max_size=2, unique_by=lambda one: one.id
)
BOUNDS = st.dictionaries(st.integers(1, 8), AMOUNTS, max_size=3)
SHIPPING = st.dictionaries(st.sampled_from(MERCHANTS), st.integers(0, 900), max_size=3)


@settings(max_examples=300)
@given(lines=LINES, some=promotions(), packets=PACKETS, bounds=BOUNDS, shipping=SHIPPING)
def test_every_sum_is_exact_and_nothing_falls_below_zero(
    lines: list[PricedLine],
    some: list[Promotion],
    packets: list[Packet],
    bounds: dict[int, int],
    shipping: dict[int, int],
) -> None:
    quote = price_lines(
        lines, book=make_book(some), now_ms=NOW_MS, packets=packets, may_give_minor=bounds, shipping_minor=shipping
    )

    given_by_source: dict[str, int] = {}
    rows = [row for line in quote.lines for row in line.discounts]
    rows += [row for one in quote.merchants.values() for row in one.shipping_discounts]
    for row in rows:
        assert row.amount_minor > 0
        given_by_source[row.source] = given_by_source.get(row.source, 0) + row.amount_minor
    for asked, line in zip(lines, quote.lines, strict=True):
        assert line.payable_minor >= min(asked.kept_minor, line.goods_minor)
        assert line.goods_minor - sum(row.amount_minor for row in line.discounts) == line.payable_minor
        assert len({(row.step, row.source, row.funder) for row in line.discounts}) == len(line.discounts)
        steps = [row.step for row in line.discounts]
        assert steps == sorted(steps)
    for one in quote.merchants.values():
        assert one.shipping_payable_minor >= 0
        off_minor = sum(row.amount_minor for row in one.shipping_discounts)
        assert one.shipping_minor - off_minor == one.shipping_payable_minor
    assert given_by_source == {
        **{f"promotion:{number}": amount for number, amount in quote.used.items()},
        **{f"packet:{number}": amount for number, amount in quote.packets.items()},
    }
    assert all(quote.used[number] <= bounds[number] for number in quote.used.keys() & bounds.keys())
    assert all(quote.packets.get(one.id, 0) <= one.left_minor for one in packets)
    assert quote.goods_minor - quote.discount_minor == sum(line.payable_minor for line in quote.lines)


@settings(max_examples=300)
@given(lines=LINES, some=promotions())
def test_what_may_save_nothing_saves_nothing(lines: list[PricedLine], some: list[Promotion]) -> None:
    book = make_book(some)
    goods_minor = [line.quantity * line.unit_minor for line in lines]
    may = may_save(
        book,
        merchant_ids={line.merchant_id for line in lines},
        goods_minor=sum(goods_minor),
        usual_minor=sum(minor for line, minor in zip(lines, goods_minor, strict=True) if not line.in_deal),
    )

    assert may or not price_lines(lines, book=book, now_ms=NOW_MS).used


@settings(max_examples=300)
@given(lines=LINES, some=promotions(), shipping=SHIPPING, data=st.data())
def test_neither_the_order_of_the_lines_nor_of_the_promotions_changes_anything(
    lines: list[PricedLine], some: list[Promotion], shipping: dict[int, int], data: st.DataObject
) -> None:
    one = price_lines(lines, book=make_book(some), now_ms=NOW_MS, shipping_minor=shipping, with_hints=True)

    mixed, others = data.draw(st.permutations(lines)), data.draw(st.permutations(some))
    other = price_lines(mixed, book=make_book(others), now_ms=NOW_MS, shipping_minor=shipping, with_hints=True)

    assert dict(zip(mixed, other.lines, strict=True)) == dict(zip(lines, one.lines, strict=True))
    assert (other.merchants, other.used, other.hints) == (one.merchants, one.used, one.hints)


@settings(max_examples=300)
@given(lines=LINES, some=promotions())
def test_the_funders_shares_of_a_promotion_are_its_saving_and_the_merchants_is_its_share_of_it(
    lines: list[PricedLine], some: list[Promotion]
) -> None:
    quote = price_lines(lines, book=make_book(some), now_ms=NOW_MS)

    by_funder: dict[tuple[int, int], list[int]] = {}
    for line, priced in zip(lines, quote.lines, strict=True):
        for row in priced.discounts:
            who = int(row.source.partition(":")[2]), line.merchant_id
            sums = by_funder.setdefault(who, [0, 0])
            sums[0] += row.amount_minor
            sums[1] += row.amount_minor if row.funder == f"merchant:{line.merchant_id}" else 0
    bps = {one.id: one.merchant_bps for one in some}
    for (number, _), (all_minor, merchants_minor) in by_funder.items():
        assert merchants_minor == (all_minor * bps[number] * 2 + 10_000) // 20_000


@given(lines=LINES, bps=st.integers(1, 10_000), merchant_bps=st.integers(0, 10_000), data=st.data())
def test_more_goods_never_cost_less_by_the_rounding_of_a_percentage_and_its_split(
    lines: list[PricedLine], bps: int, merchant_bps: int, data: st.DataObject
) -> None:
    off = Promotion(1, DiscountStep.CROSS_SHOP, PromotionKind.PERCENT_OFF, 0, NOW_MS + 1, percent_bps=bps,
                    merchant_bps=merchant_bps)  # fmt: skip
    at = data.draw(st.integers(0, len(lines) - 1))
    was = lines[at]
    more = [*lines[:at], replace(was, quantity=was.quantity + 1), *lines[at + 1 :]]

    def payable_minor(cart: list[PricedLine]) -> int:
        return price_lines(cart, book=make_book([off]), now_ms=NOW_MS).payable_minor

    assert payable_minor(more) >= payable_minor(lines)


RUNS = st.lists(st.builds(Run, place=st.just(0), unit_minor=st.integers(1, 30), units=st.integers(1, 5)), min_size=1,
                max_size=4)  # fmt: skip


def one_by_one(runs: list[Run], size: int) -> list[list[int]]:
    """Return whole bundles of single units, the dearest first."""
    units = sorted((run.unit_minor for run in runs for _ in range(run.units)), reverse=True)
    return [units[at : at + size] for at in range(0, len(units) - size + 1, size)]


@given(runs=RUNS, size=st.integers(2, 6), data=st.data())
def test_bundles_of_runs_are_those_of_single_units(runs: list[Run], size: int, data: st.DataObject) -> None:
    paid, price_minor = data.draw(st.integers(1, size - 1)), data.draw(st.integers(1, 90))
    fewer = Promotion(1, DiscountStep.CROSS_SHOP, PromotionKind.BUNDLE_FOR_FEWER, 0, 1, bundle_units=size,
                      bundle_paid_units=paid)  # fmt: skip
    at_price = Promotion(2, DiscountStep.CROSS_SHOP, PromotionKind.BUNDLE_FOR_PRICE, 0, 1, bundle_units=size,
                         bundle_minor=price_minor)  # fmt: skip
    placed = [Run(place, run.unit_minor, run.units) for place, run in enumerate(runs)]

    bundles = one_by_one(runs, size)
    worth = [sum(bundle) for bundle in bundles]

    saving_minor, inside = bundle_saving(fewer, placed)
    assert saving_minor == sum(sum(bundle[paid:]) for bundle in bundles)
    assert sum(inside.values()) == sum(worth)
    saving_minor, inside = bundle_saving(at_price, placed)
    assert saving_minor == sum(one - price_minor for one in worth if one > price_minor)
    assert sum(inside.values()) == sum(one for one in worth if one > price_minor)


@settings(max_examples=300)
@given(
    quantity=st.integers(1, 40),
    unit_minor=st.integers(1, 5_000),
    shares=st.lists(st.integers(0, 100), max_size=4),
    tax_bps=st.integers(0, 3_000),
    tax_included=st.booleans(),
    data=st.data(),
)
def test_any_sequence_of_part_refunds_ends_at_what_was_paid(
    quantity: int, unit_minor: int, shares: list[int], tax_bps: int, tax_included: bool, data: st.DataObject
) -> None:
    goods_minor = left_minor = quantity * unit_minor
    discounts = []
    for number, share in enumerate(shares):
        amount_minor = left_minor * share // 100
        left_minor -= amount_minor
        discounts.append(Discount(DiscountStep.CROSS_SHOP, f"promotion:{number}", "platform", amount_minor))
    # Of the whole price, as where the platform funds the discounts: it may be more than is left to pay.
    tax_minor = goods_minor * tax_bps // (10_000 + tax_bps if tax_included else 10_000)
    sold = SoldLine(quantity, unit_minor, tuple(discounts), tax_minor, tax_included)
    cuts = sorted(data.draw(st.sets(st.integers(1, quantity - 1)))) if quantity > 1 else []

    parts = [(first, end - first) for first, end in pairwise([0, *cuts, quantity])]
    refunds = [refund_units(sold, refunded_units=before, units=units) for before, units in parts]

    for (_, units), one in zip(parts, refunds, strict=True):
        assert min(one.paid_minor, one.tax_minor, *one.discounts_minor, 0) == 0
        assert one.goods_minor == units * unit_minor
        net_minor = one.paid_minor if tax_included else one.paid_minor - one.tax_minor
        assert net_minor + sum(one.discounts_minor) == one.goods_minor
    assert sum(one.goods_minor for one in refunds) == goods_minor
    assert sum(one.paid_minor for one in refunds) == (left_minor if tax_included else left_minor + tax_minor)
    assert sum(one.tax_minor for one in refunds) == tax_minor
    ended = [sum(one.discounts_minor[at] for one in refunds) for at in range(len(discounts))]
    assert ended == [one.amount_minor for one in discounts]


@given(weights=st.lists(st.integers(0, 60), min_size=1, max_size=5), seats=st.integers(0, 200))
def test_with_one_seat_more_nobody_has_fewer(weights: list[int], seats: int) -> None:
    seats = min(seats, max(0, sum(weights) - 1))

    fewer, more = share_seats(seats, weights), share_seats(min(seats + 1, sum(weights)), weights)

    assert sum(fewer) == seats
    assert all(then >= was for was, then in zip(fewer, more, strict=True))
    assert all(share <= weight for share, weight in zip(more, weights, strict=True))
