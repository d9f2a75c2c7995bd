"""How the money of an order is shared out: a function of what was sold, what of it went back, and the terms.

Because it is a function of the order's state alone, any refunds, in any parts and order, end where one refund of all of
them would: what is posted is always the difference to what was posted before. Amounts are minor units of one currency.
"""

from msgspec import Struct

from fairground.kernel.money import Rounding, scale_minor

BPS = 10_000


class Sold(Struct, frozen=True):
    """What was frozen of a paid order: `total_minor` was paid; its goods were cheaper by what two funders gave."""

    total_minor: int
    goods_minor: int
    by_merchant_minor: int
    by_platform_minor: int


class Gone(Struct, frozen=True):
    """What of it went back so far: money, goods, discounts that ended, and price protection of units still kept."""

    paid_minor: int = 0
    goods_minor: int = 0
    by_merchant_minor: int = 0
    by_platform_minor: int = 0
    ahead_minor: int = 0


class Shares(Struct, frozen=True):
    """Who takes how much of an order, in basis points, frozen: the commission when it is placed, the rest at release.

    `reserve_bps` is 0 once the reserve's days are over.
    """

    commission_bps: int
    fee_tax_bps: int = 0
    creator_bps: int = 0
    reserve_bps: int = 0


class Parts(Struct, frozen=True):
    """What has come of an order: `escrow` and `discounts` to the merchant, the others from it.

    `payable_minor` is what is left for the merchant, and by definition the parts add up.
    """

    escrow_minor: int = 0
    discounts_minor: int = 0
    commission_minor: int = 0
    fee_tax_minor: int = 0
    creator_minor: int = 0
    reserve_minor: int = 0

    @property
    def payable_minor(self) -> int:
        """Return what the merchant gets: what came to it less what went from it."""
        came_minor = self.escrow_minor + self.discounts_minor
        taken_minor = self.commission_minor + self.fee_tax_minor + self.creator_minor
        return came_minor - taken_minor - self.reserve_minor


NOTHING = Parts()


def target(sold: Sold, gone: Gone, shares: Shares) -> Parts:
    """Return what each should have had of an order, when `gone` of it has gone back.

    Commission and the creator's part are taken of what the goods cost after what their merchant gave off: a discount
    that the platform funds lowers no merchant's price, so it lowers no commission, and the merchant gets it back.
    Shipping, and tax that comes on top, are passed on whole. The reserve is kept of what is left, rounded down.
    """
    kept_minor = sold.goods_minor - gone.goods_minor
    price_minor = kept_minor - (sold.by_merchant_minor - gone.by_merchant_minor) - gone.ahead_minor
    escrow_minor = sold.total_minor - gone.paid_minor
    discounts_minor = sold.by_platform_minor - gone.by_platform_minor
    assert min(price_minor, escrow_minor, discounts_minor) >= 0, (sold, gone)
    commission_minor = _share(price_minor, shares.commission_bps)
    fee_tax_minor = _share(commission_minor, shares.fee_tax_bps)
    creator_minor = _share(price_minor, shares.creator_bps)
    left_minor = escrow_minor + discounts_minor - commission_minor - fee_tax_minor - creator_minor
    reserve_minor = scale_minor(max(0, left_minor), shares.reserve_bps, BPS, Rounding.DOWN)
    return Parts(escrow_minor, discounts_minor, commission_minor, fee_tax_minor, creator_minor, reserve_minor)


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
    )
