"""Giving money back for part of a line, and for a price that fell: what is returned is what was paid."""

from collections.abc import Sequence

from msgspec import Struct

from fairground.promotions.rules.terms import Discount

MS_PER_DAY = 86_400_000


class SoldLine(Struct, frozen=True, gc=False):
    """What was frozen of a line: units, goods before discounts, its discounts by step, source and funder, and tax."""

    quantity: int
    unit_minor: int
    discounts: tuple[Discount, ...] = ()
    tax_minor: int = 0
    tax_included: bool = True

    @property
    def paid_minor(self) -> int:
        """Return what the shopper paid for the line, with its tax."""
        goods_minor = self.quantity * self.unit_minor - sum(one.amount_minor for one in self.discounts)
        return goods_minor if self.tax_included else goods_minor + self.tax_minor


class Refund(Struct, frozen=True, gc=False):
    """What goes back for some units: `paid_minor` to the shopper, of which `tax_minor` is tax.

    `discounts_minor` is what of each of the line's discounts ends with these units, in their order.
    """

    units: int
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
    net_minor, tax_minor, *discounts = (then - was for then, was in zip(after, before, strict=True))
    return Refund(units, units * line.unit_minor, tax_minor, tuple(discounts), net_minor + tax_minor)


def _parts_until(line: SoldLine, units: int) -> list[int]:
    """Return net, tax and each discount of the first `units` of a line.

    What the shopper paid net, tax inside the price and the discounts are together the goods, so `units` times the unit
    price is shared out among them by what each is of the whole line.
    """
    discounts = [one.amount_minor for one in line.discounts]
    goods_minor = line.quantity * line.unit_minor
    if line.tax_included:
        net_minor = goods_minor - sum(discounts) - line.tax_minor
        return share_seats(units * line.unit_minor, [net_minor, line.tax_minor, *discounts])
    net, *shares = share_seats(units * line.unit_minor, [goods_minor - sum(discounts), *discounts])
    tax_minor = (2 * line.tax_minor * units + line.quantity) // (2 * line.quantity)
    return [net, tax_minor, *shares]


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


def price_gap_minor(
    *,
    paid_minor: int,
    units: int,
    today_minor: int,
    given_back_minor: int = 0,
    bought_at_ms: int,
    asked_at_ms: int,
    days: int,
) -> int:
    """Return what price protection gives back: what was paid for the units still kept, less what they cost today.

    `paid_minor` is for all `units` that are still kept; `given_back_minor` was given back for them before. 0 where
    nothing fell, or where it is asked more than `days` after the purchase.
    """
    if not 0 <= asked_at_ms - bought_at_ms < days * MS_PER_DAY:
        return 0
    return max(0, paid_minor - given_back_minor - today_minor * units)
