"""Who gets a coupon, in arrival order; and how what is left of a limit is levelled between its slices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairground.kernel.money import split_minor
from fairground.kernel.refusal import Refusal


class UnknownCoupon(Refusal):
    """There is no such coupon in this market, or it was switched off."""


class CouponNotOpen(Refusal):
    """The coupon can be collected later."""


class CouponOver(Refusal):
    """The coupon's promotion is over."""


class CouponsGone(Refusal):
    """All coupons of the promotion were collected."""


class CouponNeedsVerified(Refusal):
    """Coupons are for verified shoppers."""


@dataclass(frozen=True, slots=True)
class CollectRequest:
    """A shopper wants a promotion's coupon; `verified` is what the pass or the session says."""

    promotion_id: int
    market: str
    shopper_id: int
    verified: bool


@dataclass(frozen=True, slots=True)
class Collected:
    """The shopper has the coupon; `again`: it was collected before, and nothing changed."""

    promotion_id: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class CouponFacts:
    """When a promotion's coupons can be collected, the end exclusive, and in which markets they are."""

    collects_from_ms: int
    closes_at_ms: int
    markets: frozenset[str]


CollectOutcome = Collected | Refusal


def decide_collecting(
    requests: Sequence[CollectRequest],
    *,
    facts: Mapping[int, CouponFacts],
    held: set[tuple[int, int]],
    left: dict[tuple[int, int, str], int],
    slice_of: Sequence[int],
    now_ms: int,
) -> list[CollectOutcome]:
    """Decide each request in turn; what is collected is gone for the next one.

    `held` has (promotion id, shopper id) of what was collected before, `left` how many coupons a slice still has by
    (lane of the slice, promotion id, market), absent where there is no bound; both go on with what is decided.
    `slice_of` is the lane of the slice from which each request takes.
    """
    outcomes: list[CollectOutcome] = []
    for request, lane in zip(requests, slice_of, strict=True):
        who = (request.promotion_id, request.shopper_id)
        where = (lane, request.promotion_id, request.market)
        refusal = _refused(request, facts.get(request.promotion_id), now_ms)
        if who in held:
            outcomes.append(Collected(request.promotion_id, again=True))
        elif refusal is not None:
            outcomes.append(refusal)
        elif left.get(where, 1) <= 0:
            outcomes.append(CouponsGone(promotion_id=request.promotion_id))
        else:
            if where in left:
                left[where] -= 1
            held.add(who)
            outcomes.append(Collected(request.promotion_id))
    return outcomes


def _refused(request: CollectRequest, facts: CouponFacts | None, now_ms: int) -> Refusal | None:
    if facts is None or request.market not in facts.markets:
        return UnknownCoupon(promotion_id=request.promotion_id)
    if not request.verified:
        return CouponNeedsVerified(promotion_id=request.promotion_id)
    if now_ms < facts.collects_from_ms:
        return CouponNotOpen(promotion_id=request.promotion_id, opens_at_ms=facts.collects_from_ms)
    return CouponOver(promotion_id=request.promotion_id) if now_ms >= facts.closes_at_ms else None


def level_slices(left: Sequence[int]) -> list[int]:
    """Return what each slice gets or gives so that all have the same left, to the unit; the sum is 0."""
    return [even - had for even, had in zip(split_minor(sum(left), [1] * len(left)), left, strict=True)]


def is_uneven(left: Sequence[int]) -> bool:
    """Return whether a slice has less than half of what it would have if all had the same: worth a turn."""
    even = sum(left) // len(left)
    return any(2 * had < even for had in left)
