"""What little more a shopper would have to take to save more: "add 37.00 more to save 40.00"."""

from collections.abc import Mapping, Sequence

from fairground.promotions.rules.stacking import off_minor, within
from fairground.promotions.rules.terms import Hint, Promotion, PromotionKind

_WITH_THRESHOLD = (
    PromotionKind.AMOUNT_OFF.value,
    PromotionKind.PERCENT_OFF.value,
    PromotionKind.SHIPPING_OFF.value,
)
_SHIPPING_OFF = PromotionKind.SHIPPING_OFF.value


def missing_minor(promotion: Promotion, counted_minor: int) -> int:
    """Return how much more must count until the next threshold is full; 0 where there is none to come."""
    threshold_minor = promotion.threshold_minor
    if promotion.kind not in _WITH_THRESHOLD or not threshold_minor:
        return 0
    if counted_minor < threshold_minor:
        return threshold_minor - counted_minor
    return threshold_minor - counted_minor % threshold_minor if promotion.repeats else 0


def nearest_hint(
    standings: Sequence[tuple[Promotion, int, int, int]], may_give_minor: Mapping[int, int]
) -> Hint | None:
    """Return the hint of one step that asks least, then the one that saves most; None where none is worth it.

    A standing is a promotion, what counts to its threshold now, what it would take from, and what was saved there in
    this step. What the hint saves is on top of that, if nothing else is added.
    """
    best: Hint | None = None
    for promotion, counted_minor, due_minor, saved_minor in standings:
        more_minor = missing_minor(promotion, counted_minor)
        if not more_minor:
            continue
        due_then_minor = due_minor if promotion.kind == _SHIPPING_OFF else due_minor + more_minor
        then_minor = off_minor(promotion, counted_minor=counted_minor + more_minor, due_minor=due_then_minor)
        saves_minor = then_minor - saved_minor
        if saves_minor <= 0 or not within(promotion, then_minor, may_give_minor):
            continue
        hint = Hint(promotion.id, promotion.step, more_minor, saves_minor)
        if best is None or (more_minor, -saves_minor, promotion.id) < (
            best.more_minor,
            -best.saves_minor,
            best.promotion_id,
        ):
            best = hint
    return best
