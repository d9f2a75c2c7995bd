"""How the money of an order is shared out: a function of what was sold, what of it went back, and the terms.

Because it is a function of the order's state alone, any refunds, in any parts and order, end where one refund of all of
them would: what is posted is always the difference to what was posted before. Amounts are minor units of one currency.
"""

from collections.abc import Sequence

from msgspec import Struct

from fairground.kernel.money import Rounding, scale_minor

BPS = 10_000


class Sold(Struct, frozen=True):
    """What was frozen of a paid order: `total_minor` was paid, after what the platform gave off, duties with it."""

    total_minor: int
    by_platform_minor: int
    duties_minor: int = 0


class Gone(Struct, frozen=True):
    """What of it went back so far: money, duties with it, and discounts of the platform that ended."""

    paid_minor: int = 0
    by_platform_minor: int = 0
    duties_minor: int = 0


class Kept(Struct, frozen=True):
    """Goods of an order with the same commission, as many as did not go back: what they cost and cost less.

    Their merchant gave `by_merchant_minor` off when they were sold, and `ahead_minor` later, by price protection.
    """

    commission_bps: int
    goods_minor: int
    by_merchant_minor: int = 0
    ahead_minor: int = 0

    @property
    def price_minor(self) -> int:
        """Return the price that their merchant made."""
        return self.goods_minor - self.by_merchant_minor - self.ahead_minor


class Shares(Struct, frozen=True):
    """Who else takes how much of an order, in basis points: the creator's is frozen when it is placed, others later.

    `reserve_bps` is 0 once the reserve's days are over.
    """

    fee_tax_bps: int = 0
    creator_bps: int = 0
    reserve_bps: int = 0


class Parts(Struct, frozen=True):
    """What has come of an order: `escrow` and `discounts` to the merchant, the others from it.

    `payable_minor` is what is left for the merchant, and by definition the parts add up. Duties go out of escrow beside
    that: they never are the merchant's.
    """

    escrow_minor: int = 0
    discounts_minor: int = 0
    commission_minor: int = 0
    fee_tax_minor: int = 0
    creator_minor: int = 0
    reserve_minor: int = 0
    duties_minor: int = 0

    @property
    def payable_minor(self) -> int:
        """Return what the merchant gets: what came to it less what went from it."""
        came_minor = self.escrow_minor + self.discounts_minor
        taken_minor = self.commission_minor + self.fee_tax_minor + self.creator_minor
        return came_minor - taken_minor - self.reserve_minor


NOTHING = Parts()


def target(sold: Sold, gone: Gone, kept: Sequence[Kept], shares: Shares) -> Parts:
    """Return what each should have had of an order, when `gone` of it has gone back and `kept` is left of its goods.

    Commission and the creator's part are taken of what the goods cost after what their merchant gave off: a discount
    that the platform funds lowers no merchant's price, so it lowers no commission, and the merchant gets it back. The
    commission is rounded once for all goods that have the same; of these there is one in `kept`.
    Shipping, and tax that comes on top, are passed on whole; what customs asks, with the tax on that, is put aside for
    it. The reserve is kept of what is left, rounded down.
    """
    prices_minor = [one.price_minor for one in kept]
    duties_minor = sold.duties_minor - gone.duties_minor
    escrow_minor = sold.total_minor - gone.paid_minor - duties_minor
    discounts_minor = sold.by_platform_minor - gone.by_platform_minor
    assert min(*prices_minor, escrow_minor, discounts_minor, duties_minor) >= 0, (sold, gone, kept)
    commission_minor = sum([_share(one.price_minor, one.commission_bps) for one in kept])
    fee_tax_minor = _share(commission_minor, shares.fee_tax_bps)
    creator_minor = _share(sum(prices_minor), shares.creator_bps)
    left_minor = escrow_minor + discounts_minor - commission_minor - fee_tax_minor - creator_minor
    reserve_minor = scale_minor(max(0, left_minor), shares.reserve_bps, BPS, Rounding.DOWN)
    taken = (commission_minor, fee_tax_minor, creator_minor, reserve_minor)
    return Parts(escrow_minor, discounts_minor, *taken, duties_minor)


def _share(amount_minor: int, bps: int) -> int:
    return scale_minor(amount_minor, bps, BPS, Rounding.HALF_UP)


def difference(now: Parts, before: Parts) -> Parts:
    """Return what is to be moved so that what was `before` becomes what it is `now`; below nothing: back."""
    return Parts(
        now.escrow_minor - before.escrow_minor,
        now.discounts_minor - before.discounts_minor,
        now.commission_minor - before.commission_minor,
        now.fee_tax_minor - before.fee_tax_minor,
        now.creator_minor - before.creator_minor,
        now.reserve_minor - before.reserve_minor,
        now.duties_minor - before.duties_minor,
    )
