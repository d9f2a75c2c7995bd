"""Bundles: so many units for a price, or for the price of fewer. The dearest units go together first."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from msgspec import Struct

from fairground.promotions.rules.terms import Promotion, PromotionKind

_FOR_PRICE = PromotionKind.BUNDLE_FOR_PRICE.value


class Run(Struct, frozen=True, gc=False):
    """Units of one line, all worth the same."""

    place: int
    unit_minor: int
    units: int


def bundle_saving(promotion: Promotion, runs: Sequence[Run]) -> tuple[int, dict[int, int]]:
    """Return what bundles of these units save, and what the units in them are worth by the place of their line.

    Units stand from the dearest to the cheapest and are bundled in that order: no other way saves more where units
    are free. Bundles at a price are made as long as each saves something. Equal units keep the order given.
    """
    ordered = sorted(runs, key=lambda run: -run.unit_minor)
    ends = list(accumulate(run.units for run in ordered))
    bundles = ends[-1] // promotion.bundle_units
    if promotion.kind == _FOR_PRICE:
        return _for_price(promotion, ordered, ends, bundles)
    return _for_fewer(promotion, ordered, ends, bundles)


def _for_price(promotion: Promotion, ordered: list[Run], ends: list[int], bundles: int) -> tuple[int, dict[int, int]]:
    size, price_minor = promotion.bundle_units, promotion.bundle_minor

    def worth(bundle: int) -> int:
        return sum(_worth(ordered, ends, bundle * size, (bundle + 1) * size).values())

    # Each bundle is worth at most what the one before it is.
    saving = bisect_left(range(bundles), True, key=lambda bundle: worth(bundle) <= price_minor)
    inside = _worth(ordered, ends, 0, saving * size)
    return sum(inside.values()) - saving * price_minor, inside


def _for_fewer(promotion: Promotion, ordered: list[Run], ends: list[int], bundles: int) -> tuple[int, dict[int, int]]:
    size, paid = promotion.bundle_units, promotion.bundle_paid_units

    def free_before(unit: int) -> int:
        return unit // size * (size - paid) + max(0, unit % size - paid)

    bundled = bundles * size
    saving_minor = 0
    for run, end in zip(ordered, ends, strict=True):
        first, last = min(end - run.units, bundled), min(end, bundled)
        saving_minor += run.unit_minor * (free_before(last) - free_before(first))
    return saving_minor, _worth(ordered, ends, 0, bundled)


def _worth(ordered: list[Run], ends: list[int], first: int, end: int) -> dict[int, int]:
    """Return what the units from `first` up to `end` are worth, by place; places without such a unit are left out."""
    found: dict[int, int] = {}
    for run, run_end in zip(ordered, ends, strict=True):
        units = min(run_end, end) - max(run_end - run.units, first)
        if units > 0:
            found[run.place] = found.get(run.place, 0) + units * run.unit_minor
    return found
