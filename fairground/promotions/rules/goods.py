"""The lines of a cart, as the steps of merchants, shops together, coupons and red packets take from them."""

from collections.abc import Mapping, Sequence

from fairground.promotions.rules.bundles import Run, bundle_saving
from fairground.promotions.rules.stacking import Offer, off_minor, split_over, take_off, within
from fairground.promotions.rules.terms import (
    PACKET_SOURCE,
    PLATFORM,
    Discount,
    DiscountStep,
    Packet,
    PricedLine,
    Promotion,
    PromotionKind,
    covers,
)

# What is given for a number of units, whatever they cost.
BUNDLES = (PromotionKind.BUNDLE_FOR_PRICE.value, PromotionKind.BUNDLE_FOR_FEWER.value)
_RED_PACKET = DiscountStep.RED_PACKET.value


class Goods:
    """What is left to pay of each line, the discounts it got, and what each promotion gave by its id."""

    __slots__ = ("asked", "given", "keeps", "kept", "left", "lines", "may_give_minor", "merchant_ids", "order", "used")

    def __init__(self, lines: Sequence[PricedLine], may_give_minor: Mapping[int, int]) -> None:
        self.lines = lines
        self.asked = [line.quantity * line.unit_minor for line in lines]
        self.left = self.asked.copy()
        self.given: list[list[Discount]] = [[] for _ in lines]
        self.merchant_ids = [line.merchant_id for line in lines]
        self.kept = [min(line.kept_minor, line.quantity * line.unit_minor) for line in lines]
        self.keeps = max(self.kept) > 0
        self.may_give_minor = may_give_minor
        self.used: dict[int, int] = {}
        # A split's last minor units go by this order, so that what a cart costs does not hang on how it is written.
        self.order = [0]
        if len(lines) > 1:
            keys = [(line.sku_id, line.in_deal) for line in lines]
            self.order = sorted(range(len(lines)), key=keys.__getitem__)

    def covered(self, promotion: Promotion) -> list[int]:
        """Return the lines that a promotion is for and of which something may still be taken off."""
        lines, left, kept = self.lines, self.left, self.kept
        if promotion.scope is None and not promotion.excludes_deals:
            merchant_id = promotion.merchant_id
            if merchant_id is None:
                return [place for place in self.order if left[place] > kept[place]]
            ids = self.merchant_ids
            return [place for place in self.order if ids[place] == merchant_id and left[place] > kept[place]]
        return [place for place in self.order if left[place] > kept[place] and covers(promotion, lines[place])]

    def reckon(self, promotion: Promotion, covered: list[int]) -> Offer | None:
        """Return what a promotion would take off these lines, or None where that is nothing."""
        left = self.left
        if promotion.kind in BUNDLES:
            lines = self.lines
            # A unit that was made cheaper by part of a minor unit counts as the whole below: no saving is above it.
            runs = [Run(place, left[place] // lines[place].quantity, lines[place].quantity) for place in covered]
            saving_minor, inside = bundle_saving(promotion, runs)
            at = [place for place in covered if place in inside]
            weights = [inside[place] for place in at]
        else:
            at = covered
            weights = [left[place] for place in covered]
            due_minor = sum(weights)
            saving_minor = off_minor(promotion, counted_minor=due_minor, due_minor=due_minor)
        if self.keeps:
            weights = [min(weight, left[place] - self.kept[place]) for place, weight in zip(at, weights, strict=True)]
            saving_minor = min(saving_minor, sum(weights))
        if not saving_minor or not within(promotion, saving_minor, self.may_give_minor):
            return None
        return Offer(promotion, covered, at, weights, saving_minor)

    def standing(self, promotion: Promotion, covered: list[int]) -> tuple[int, int]:
        """Return what of these lines counts to a threshold of the promotion, and what is left to pay of them."""
        left = self.left
        due_minor = sum([left[place] for place in covered])
        return due_minor, due_minor

    def give(self, offer: Offer) -> None:
        """Take an offer off the lines that take part in it, by what each of them still costs."""
        take_off(offer, left=self.left, given=self.given, merchant_ids=self.merchant_ids)
        self.used[offer.promotion.id] = offer.saving_minor

    def take_packets(self, packets: Sequence[Packet]) -> dict[int, int]:
        """Pay with red packets, in their order, what is left of the goods; return what each gave by its id."""
        taken: dict[int, int] = {}
        left, kept = self.left, self.kept
        for packet in packets:
            at = [place for place in self.order if left[place] > kept[place]]
            weights = [left[place] - kept[place] for place in at]
            amount_minor = min(packet.left_minor, sum(weights))
            if amount_minor <= 0:
                continue
            for place, part in zip(at, split_over(amount_minor, weights), strict=True):
                if part:
                    left[place] -= part
                    self.given[place].append(Discount(_RED_PACKET, f"{PACKET_SOURCE}:{packet.id}", PLATFORM, part))
            taken[packet.id] = amount_minor
        return taken
