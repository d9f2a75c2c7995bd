"""What promotions may still give while a batch decides: read once under the turn, then only counted down here."""

from collections.abc import Collection, Mapping

from msgspec import Struct

from fairground.promotions.rules.terms import Promotion, Quote

# A slice of what a promotion may still give: (lane of the slice, promotion id, market).
SliceKey = tuple[int, int, str]
# A shopper at a promotion: (promotion id, shopper id).
WhoUses = tuple[int, int]


class Left(Struct):
    """What a limited promotion may still do in one slice: uses and minor units; None is without a bound."""

    uses: int | None
    amount_minor: int | None


class Spending(Struct):
    """What is left of limited promotions, how often shoppers used those that bound it, and coupons not used yet.

    `coupons` by shopper and promotion.
    """

    allowances: dict[SliceKey, Left]
    uses: dict[WhoUses, int]
    coupons: dict[int, dict[int, int]]

    def coupons_of(self, shopper_id: int) -> list[int]:
        """Return the promotions whose coupons the shopper may still use."""
        return [promotion_id for promotion_id, left in self.coupons.get(shopper_id, {}).items() if left > 0]

    def may_give_minor(
        self,
        promotions: Collection[Promotion],
        *,
        lane: int,
        market: str,
        shopper_id: int,
        is_verified: bool = True,
    ) -> dict[int, int]:
        """Return what each of these may still give to this shopper, by id, as `price_lines` takes it.

        What is bounded a shopper is nothing for one who is not verified: a guest could come again as another.
        """
        bounds: dict[int, int] = {}
        for promotion in promotions:
            left = self.allowances.get((lane, promotion.id, market)) if promotion.limited else None
            most = promotion.shopper_uses_max
            used_up = left is not None and left.uses is not None and left.uses <= 0
            may_not = most and (not is_verified or self.uses.get((promotion.id, shopper_id), 0) >= most)
            if used_up or may_not:
                bounds[promotion.id] = 0
            elif left is not None and left.amount_minor is not None:
                bounds[promotion.id] = left.amount_minor
        return bounds

    def take(
        self, quote: Quote, *, promotions: Mapping[int, Promotion], lane: int, market: str, shopper_id: int
    ) -> None:
        """Count a quote's uses, one a promotion: what it takes is gone for the next one."""
        for promotion_id, amount_minor in quote.used.items():
            promotion = promotions[promotion_id]
            who = (promotion_id, shopper_id)
            if promotion.shopper_uses_max:
                self.uses[who] = self.uses.get(who, 0) + 1
            if promotion.needs_coupon:
                self.coupons[shopper_id][promotion_id] -= 1
            left = self.allowances.get((lane, promotion_id, market)) if promotion.limited else None
            if left is not None:
                left.uses = None if left.uses is None else left.uses - 1
                left.amount_minor = None if left.amount_minor is None else left.amount_minor - amount_minor
