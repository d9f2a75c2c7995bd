"""How promotions of one step meet: what saves the shopper most comes first, and nothing takes part in two of them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from fairground.kernel.money import Rounding, scale_minor, split_minor
from fairground.promotions.rules.terms import PLATFORM, WHOLE_BPS, Discount, Promotion, PromotionKind

# Plain numbers: to look at an enum's member costs ten times as much, and a batch compares them for every cart.
_AMOUNT_OFF = PromotionKind.AMOUNT_OFF.value


class Offer(Struct, gc=False):
    """What a promotion would take off now. `covered` are the places it is for, `at` those that take part in it."""

    promotion: Promotion
    covered: list[int]
    at: list[int]
    weights: list[int]
    saving_minor: int


class Base(Protocol):
    """What a step takes from, in places by number: the lines of a cart, or the shipping of its merchants."""

    def covered(self, promotion: Promotion) -> list[int]:
        """Return the places that a promotion is for, in an order that does not depend on how the cart is written."""
        ...

    def reckon(self, promotion: Promotion, covered: list[int]) -> Offer | None:
        """Return what a promotion would take off these places, or None where that is nothing."""
        ...

    def give(self, offer: Offer) -> None:
        """Take an offer off the places that take part in it."""
        ...


def stack(promotions: Sequence[Promotion], base: Base) -> None:
    """Apply the promotions of one step: greatest saving first, ties to the lower id; a place takes part in one."""
    if len(promotions) == 1:
        covered = base.covered(promotions[0])
        alone = base.reckon(promotions[0], covered) if covered else None
        if alone is not None:
            base.give(alone)
        return
    offers: list[Offer] = []
    for promotion in promotions:
        covered = base.covered(promotion)
        offer = base.reckon(promotion, covered) if covered else None
        if offer is not None:
            offers.append(offer)
    while offers:
        best = offers[0]
        for offer in offers:
            if offer.saving_minor > best.saving_minor or (
                offer.saving_minor == best.saving_minor and offer.promotion.id < best.promotion.id
            ):
                best = offer
        base.give(best)
        if len(offers) == 1:
            return
        offers = _still_open(offers, best, base)


def _still_open(offers: list[Offer], given: Offer, base: Base) -> list[Offer]:
    taken = set(given.at)
    rest: list[Offer] = []
    for offer in offers:
        if offer is given:
            continue
        if not taken.isdisjoint(offer.covered):
            covered = [place for place in offer.covered if place not in taken]
            again = base.reckon(offer.promotion, covered) if covered else None
            if again is None:
                continue
            offer = again  # noqa: PLW2901 - the same offer, over what is left for it
        rest.append(offer)
    return rest


def off_minor(promotion: Promotion, *, counted_minor: int, due_minor: int) -> int:
    """Return what is taken off `due_minor` when `counted_minor` counts to the threshold; never more than is due.

    A percentage is rounded half up to the minor unit, once for all it is of.
    """
    threshold_minor = promotion.threshold_minor
    if counted_minor < threshold_minor:
        return 0
    if promotion.kind == _AMOUNT_OFF:
        times = counted_minor // threshold_minor if promotion.repeats and threshold_minor else 1
        amount_minor = promotion.off_minor * times
    else:
        amount_minor = (2 * due_minor * promotion.percent_bps + WHOLE_BPS) // (2 * WHOLE_BPS)
        if promotion.ceiling_minor and amount_minor > promotion.ceiling_minor:
            amount_minor = promotion.ceiling_minor
    return amount_minor if amount_minor < due_minor else due_minor


def within(promotion: Promotion, saving_minor: int, may_give_minor: Mapping[int, int]) -> bool:
    """Return whether a promotion may still give so much; one that can't give all of it gives nothing."""
    return not may_give_minor or saving_minor <= may_give_minor.get(promotion.id, saving_minor)


def split_over(saving_minor: int, weights: list[int]) -> list[int]:
    """Return the parts of a saving by weight, to the minor unit; none is above its weight, as the saving is not."""
    return [saving_minor] if len(weights) == 1 else split_minor(saving_minor, weights)


def take_off(offer: Offer, *, left: list[int], given: list[list[Discount]], merchant_ids: list[int]) -> None:
    """Take an offer off the places that take part in it, by weight, and note each part with who funds it."""
    promotion, at = offer.promotion, offer.at
    parts = split_over(offer.saving_minor, offer.weights)
    step, source, bps = promotion.step, promotion.source, promotion.merchant_bps
    if bps in (0, WHOLE_BPS):
        for number, place in enumerate(at):
            part = parts[number]
            if part:
                left[place] -= part
                funder = f"merchant:{merchant_ids[place]}" if bps else PLATFORM
                given[place].append(Discount(step, source, funder, part))
        return
    of_merchants = _merchants_parts([merchant_ids[place] for place in at], parts, bps)
    for place, part, merchants_minor in zip(at, parts, of_merchants, strict=True):
        left[place] -= part
        if merchants_minor:
            given[place].append(Discount(step, source, f"merchant:{merchant_ids[place]}", merchants_minor))
        if part > merchants_minor:
            given[place].append(Discount(step, source, PLATFORM, part - merchants_minor))


def _merchants_parts(merchant_ids: list[int], parts: list[int], bps: int) -> list[int]:
    """A merchant's share is rounded once, over all that it sells here, so that no line adds a unit to it."""
    shares = [0] * len(parts)
    places: dict[int, list[int]] = {}
    for number, merchant_id in enumerate(merchant_ids):
        places.setdefault(merchant_id, []).append(number)
    for mine in places.values():
        of_mine = [parts[number] for number in mine]
        share_minor = scale_minor(sum(of_mine), bps, WHOLE_BPS, Rounding.HALF_UP)
        for number, share in zip(mine, split_over(share_minor, of_mine), strict=True):
            shares[number] = share
    return shares
