"""Prices to bands that one can choose, each with about as many products."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# 1, 2, 5, 10, 20, 50, … minor units: where a band may begin in any currency, beyond the dearest.
EDGES_MINOR = tuple(step * 10**power for power in range(17) for step in (1, 2, 5))
BANDS_MAX = 5


@dataclass(frozen=True, slots=True)
class PriceBand:
    """Prices from `from_minor` to below `below_minor`, and how many products have one."""

    from_minor: int
    below_minor: int
    products: int


def price_bands(counts: Mapping[int, int], *, edges_minor: Sequence[int] = EDGES_MINOR) -> list[PriceBand]:
    """Return at most `BANDS_MAX` bands that hold all products, none of them empty, in the prices' order.

    `counts` has the products of each bucket: bucket n begins at edge n - 1. One band would narrow nothing: none.
    """
    share = sum(counts.values()) / BANDS_MAX
    bands: list[PriceBand] = []
    for bucket in sorted(counts):
        assert 0 < bucket < len(edges_minor), bucket
        band = PriceBand(edges_minor[bucket - 1], edges_minor[bucket], counts[bucket])
        last = bands[-1] if bands else None
        if last and (last.products + band.products <= share or len(bands) == BANDS_MAX):
            bands[-1] = PriceBand(last.from_minor, band.below_minor, last.products + band.products)
        else:
            bands.append(band)
    return bands if len(bands) > 1 else []
