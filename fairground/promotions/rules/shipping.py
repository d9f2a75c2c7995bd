"""The shipping of a cart's merchants, as the last step takes from it; what counts to its thresholds are the goods."""

from collections.abc import Mapping

from fairground.promotions.rules.goods import Goods
from fairground.promotions.rules.stacking import Offer, off_minor, take_off, within
from fairground.promotions.rules.terms import Discount, Promotion, covers


class Shipping:
    """What is left to pay of each merchant's shipping. Places are merchants, in the order of their ids."""

    __slots__ = ("given", "goods", "left", "may_give_minor", "merchant_ids")

    def __init__(self, goods: Goods, shipping_minor: Mapping[int, int]) -> None:
        self.goods = goods
        self.may_give_minor = goods.may_give_minor
        self.merchant_ids = sorted({line.merchant_id for line in goods.lines})
        self.left = [shipping_minor.get(merchant_id, 0) for merchant_id in self.merchant_ids]
        self.given: list[list[Discount]] = [[] for _ in self.merchant_ids]

    def covered(self, promotion: Promotion) -> list[int]:
        """Return the merchants with goods that a promotion is for, whose shipping still costs something."""
        theirs = {line.merchant_id for line in self.goods.lines if covers(promotion, line)}
        return [place for place, who in enumerate(self.merchant_ids) if self.left[place] and who in theirs]

    def reckon(self, promotion: Promotion, covered: list[int]) -> Offer | None:
        """Return what a promotion would take off the shipping of these merchants, or None where that is nothing."""
        weights = [self.left[place] for place in covered]
        counted_minor, due_minor = self.standing(promotion, covered)
        saving_minor = off_minor(promotion, counted_minor=counted_minor, due_minor=due_minor)
        if not saving_minor or not within(promotion, saving_minor, self.may_give_minor):
            return None
        return Offer(promotion, covered, covered, weights, saving_minor)

    def standing(self, promotion: Promotion, covered: list[int]) -> tuple[int, int]:
        """Return what counts of the goods of these merchants that a promotion is for, and what their shipping costs."""
        goods, theirs = self.goods, {self.merchant_ids[place] for place in covered}
        at = [place for place, line in enumerate(goods.lines) if line.merchant_id in theirs and covers(promotion, line)]
        counted_minor, _ = goods.standing(promotion, at)
        return counted_minor, sum(self.left[place] for place in covered)

    def give(self, offer: Offer) -> None:
        """Take an offer off the shipping of its merchants, by what each of them still asks."""
        take_off(offer, left=self.left, given=self.given, merchant_ids=self.merchant_ids)
        self.goods.used[offer.promotion.id] = offer.saving_minor
