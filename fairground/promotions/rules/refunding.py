"""Giving money back for part of a line, and for a price that fell: what is returned is what was paid."""

from collections.abc import Sequence

from msgspec import Struct

from fairground.kernel.money import Rounding, scale_minor
from fairground.promotions.rules.terms import PLATFORM, Discount, DiscountStep

_OF_MERCHANT = frozenset({DiscountStep.MERCHANT_DISCOUNT, DiscountStep.MERCHANT_COUPON})


class SoldLine(Struct, frozen=True, gc=False):
    """What was frozen of a line: units, goods before discounts, its discounts by step, source and funder, and tax."""

    quantity: int
    unit_minor: int
    discounts: tuple[Discount, ...] = ()
    tax_minor: int = 0
    tax_included: bool = True


class Refund(Struct, frozen=True, gc=False):
    """What goes back for some units: `paid_minor` to the shopper, of which `tax_minor` is tax.

    `discounts_minor` is what of each of the line's discounts ends with these units, in their order.
    """

    goods_minor: int
    tax_minor: int
    discounts_minor: tuple[int, ...]
    paid_minor: int


def refund_units(line: SoldLine, *, refunded_units: int, units: int) -> Refund:
    """Return what goes back for `units` more of a line of which `refunded_units` went back before.

    It is the difference of two sums that hang on nothing but how many units went back: so any sequence of part refunds
    ends at the same totals as one of all units, for goods, tax and each discount by its funder, and no part of any
    of them is ever below zero.
    """
    assert units > 0, units
    assert 0 <= refunded_units <= line.quantity - units, (refunded_units, units, line.quantity)
    before = _parts_until(line, refunded_units)
    after = _parts_until(line, refunded_units + units)
    payable_minor, tax_minor, *discounts = (then - was for then, was in zip(after, before, strict=True))
    paid_minor = payable_minor if line.tax_included else payable_minor + tax_minor
    return Refund(units * line.unit_minor, tax_minor, tuple(discounts), paid_minor)


def _parts_until(line: SoldLine, units: int) -> list[int]:
    """Return what is payable, the tax, and each discount of the first `units` of a line.

    What is payable (with the tax inside it) and the discounts are together the goods, so `units` times the unit price
    is shared out among them by what each is of the whole line. Tax is so many units' part of the line's, half up: it
    may be more than is payable, where the platform or a red packet paid for goods.
    """
    discounts = [one.amount_minor for one in line.discounts]
    payable_minor = line.quantity * line.unit_minor - sum(discounts)
    payable, *shares = share_seats(units * line.unit_minor, [payable_minor, *discounts])
    return [payable, (2 * line.tax_minor * units + line.quantity) // (2 * line.quantity), *shares]


def share_seats(seats: int, weights: Sequence[int]) -> list[int]:
    """Return how many of `seats` go to each weight by Webster's method; with one more seat nobody gets fewer.

    That is what largest remainders (`split_minor`) can't promise, and why they don't serve here. Method: round each
    quota half up, then give or take single seats by the quotients weight / (seats + 1/2); equal quotients go by place.
    Source: Pukelsheim, "Proportional Representation", 4.6 (jump-and-step).
    """
    total = sum(weights)
    assert min(weights) >= 0, weights
    if total == 0:
        return [0] * len(weights)
    shares = [(2 * seats * weight + total) // (2 * total) for weight in weights]
    missing = seats - sum(shares)
    while missing > 0:
        # The next seat of the greatest weight / (2 shares + 1), compared without dividing.
        best = 0
        for place in range(1, len(weights)):
            if weights[place] * (2 * shares[best] + 1) > weights[best] * (2 * shares[place] + 1):
                best = place
        shares[best] += 1
        missing -= 1
    while missing < 0:
        worst = -1
        for place, share in enumerate(shares):
            if share and (worst < 0 or weights[place] * (2 * shares[worst] - 1) <= weights[worst] * (2 * share - 1)):
                worst = place
        shares[worst] -= 1
        missing += 1
    return shares


class Ahead(Struct, frozen=True, gc=False):
    """What price protection gave for the units that are still kept: of the price, and of the tax in or on top of it."""

    price_minor: int = 0
    tax_minor: int = 0


class RefundLeft(Struct, frozen=True, gc=False):
    """What goes back for some units after part of their price went back before: `paid_minor` to the shopper.

    `ahead` is the part of it that these units had already.
    """

    parts: Refund
    ahead: Ahead
    tax_minor: int
    paid_minor: int


def refund_left(line: SoldLine, *, refunded_units: int, units: int, ahead: Ahead) -> RefundLeft:
    """Return what still goes back for `units` more of a line, of whose kept units `ahead` was given back before.

    What was given ahead ends with its units: an even share of it for each, and with the last ones what is left. So
    after any sequence all that was paid has gone back, and never more.
    """
    kept_units = line.quantity - refunded_units
    parts = refund_units(line, refunded_units=refunded_units, units=units)
    left = parts if units == kept_units else refund_units(line, refunded_units=refunded_units, units=kept_units)
    price_minor = _share_ahead(ahead.price_minor, units, kept_units, _payable_minor(parts), _payable_minor(left))
    tax_ahead_minor = _share_ahead(ahead.tax_minor, units, kept_units, parts.tax_minor, left.tax_minor)
    tax_minor = parts.tax_minor - tax_ahead_minor
    paid_minor = _payable_minor(parts) - price_minor + (0 if line.tax_included else tax_minor)
    return RefundLeft(parts, Ahead(price_minor, tax_ahead_minor), tax_minor, paid_minor)


def _payable_minor(parts: Refund) -> int:
    """What the goods cost less their discounts; tax on top is not in it."""
    return parts.goods_minor - sum(parts.discounts_minor)


def _share_ahead(ahead_minor: int, units: int, kept_units: int, part_minor: int, left_minor: int) -> int:
    """What of an amount given ahead ends with these units, so that neither they nor the others are below nothing."""
    assert 0 <= ahead_minor <= left_minor, (ahead_minor, left_minor)
    least_minor = max(0, part_minor - (left_minor - ahead_minor))
    return max(least_minor, min(ahead_minor * units // kept_units, part_minor))


class PriceFall(Struct, frozen=True, gc=False):
    """What price protection gives for a line now, its tax, and what the kept units cost less today in all.

    `price_minor` has no tax on top; where tax is inside the prices, `tax_minor` is inside it.
    """

    fell_minor: int
    price_minor: int
    tax_minor: int


def price_fall(line: SoldLine, *, refunded_units: int, ahead: Ahead, today_minor: int) -> PriceFall:
    """Return what price protection gives for the kept units of a line that cost `today_minor` each.

    Compared is the merchant's price: what the units cost after the deal and before any promotion, with a unit's price
    today. The gap counts as much as the merchant's own discounts leave of it; what the platform gave off stays as it
    was. Never more goes back than was paid, and what went back before is not given again.
    """
    kept_units = line.quantity - refunded_units
    if not kept_units:
        return PriceFall(0, 0, 0)
    left = refund_units(line, refunded_units=refunded_units, units=kept_units)
    shares = list(zip(line.discounts, left.discounts_minor, strict=True))
    base_minor = left.goods_minor - sum(minor for one, minor in shares if one.step == DiscountStep.DEAL)
    gap_minor = base_minor - today_minor * kept_units
    if gap_minor <= 0:
        return PriceFall(0, 0, 0)
    own_minor = sum(minor for one, minor in shares if one.step in _OF_MERCHANT and one.funder != PLATFORM)
    fell_minor = min(gap_minor * (base_minor - own_minor) // base_minor, _payable_minor(left))
    price_minor = max(0, fell_minor - ahead.price_minor)
    if not price_minor:
        return PriceFall(fell_minor, 0, 0)
    # Tax is due on all but what merchants fund (checkout.rules.discounting.with_discounts).
    taxed_minor = left.goods_minor - sum(minor for one, minor in shares if one.funder != PLATFORM)
    until_minor = scale_minor(left.tax_minor, ahead.price_minor + price_minor, taxed_minor, Rounding.HALF_UP)
    return PriceFall(fell_minor, price_minor, max(0, until_minor - ahead.tax_minor))
