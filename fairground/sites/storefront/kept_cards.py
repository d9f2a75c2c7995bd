"""Cards of products that somebody was shown within the last second, for the next who looks at the same goods.

What is popular stands on most pages that are made, and reading sixty cards takes the database as long as making the
page takes the shop.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fairground.inventory.queries import ProductCard, product_cards_by_id
from fairground.sites import moment

# About 1 KB each, those of a minute of a busy shop: who looks through a million goods makes it begin anew.
CARDS_READ_KEPT_MAX = 20_000


@dataclass(frozen=True, slots=True)
class SeenIn:
    """For whom cards are read; `deals_only`: a product is what of it has a deal of the festival."""

    market: str
    language: str
    festival: str | None
    deals_only: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    """A card, or that there is none; `until` by the process's own clock."""

    card: ProductCard | None
    until: float

    def holds(self, now: datetime) -> bool:
        """Return whether it is still so."""
        if self.until <= time.monotonic():
            return False
        return self.card is None or self.card.changes_at is None or now < self.card.changes_at


class KeptCards:
    """Cards by product and for whom. Two threads may read the same at once: no harm is done."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, SeenIn], _Kept] = {}
        moment.forget_with(self._kept.clear)

    def cards(self, product_ids: Sequence[int], *, seen_in: SeenIn, now: datetime) -> list[ProductCard]:
        """Return the cards in the order given, those that are missing or old read in one statement."""
        kept = {one: self._kept.get((one, seen_in)) for one in product_ids}
        missing = [one for one, found in kept.items() if found is None or not found.holds(now)]
        if missing:
            kept |= self._read(missing, seen_in, now)
        return [found.card for one in product_ids if (found := kept[one]) is not None and found.card is not None]

    def _read(self, product_ids: Sequence[int], seen_in: SeenIn, now: datetime) -> dict[int, _Kept]:
        cards = product_cards_by_id(
            product_ids=product_ids,
            market=seen_in.market,
            language=seen_in.language,
            festival=seen_in.festival,
            now=now,
            deals_only=seen_in.deals_only,
        )
        by_id = {card.product_id: card for card in cards}
        until = time.monotonic() + moment.KEPT_FOR_S
        read = {one: _Kept(by_id.get(one), until) for one in product_ids}
        if len(self._kept) + len(read) > CARDS_READ_KEPT_MAX:
            self._kept.clear()
        self._kept.update({(one, seen_in): found for one, found in read.items()})
        return read
