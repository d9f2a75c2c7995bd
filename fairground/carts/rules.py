"""What a cart may hold, what becomes of two that are put together, and how a line of it stands at a moment."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from fairground.catalog.rules import LINES_MAX, QUANTITY_MAX
from fairground.inventory.rules import Asking

# A cart has as many lines as a purchase (`LINES_MAX`); as many again may wait beside it.
ASIDE_LINES_MAX = 50
# All of them stand on one page.
WISHES_MAX = 200


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A line as it is kept; `aside`: saved for later. `seen_…`: the price last shown, None and "" before one was."""

    sku_id: int
    quantity: int
    aside: bool
    seen_minor: int | None
    seen_currency: str
    put_at: datetime


def merge_lines(*, mine: Collection[KeptLine], theirs: Iterable[KeptLine]) -> list[KeptLine]:
    """Return what to write of `theirs` into a cart that has `mine`, oldest first, by SKU.

    Quantities are added up to the bound; what stands in one cart and is set aside in the other is in the cart, with the
    quantity there. What finds no room in the cart is set aside, what finds none there either is left out.
    """
    kept = {line.sku_id: line for line in mine}
    room = {
        False: LINES_MAX - sum(not line.aside for line in mine),
        True: ASIDE_LINES_MAX - sum(line.aside for line in mine),
    }
    written = []
    for line in sorted(theirs, key=lambda one: (one.put_at, one.sku_id)):
        there = kept.get(line.sku_id)
        if there is not None and there.aside == line.aside:
            quantity = min(there.quantity + line.quantity, QUANTITY_MAX)
            written.append(replace(there, quantity=quantity))
        elif there is not None and there.aside and room[False] > 0:
            room[False] -= 1
            room[True] += 1
            written.append(line)
        elif there is None and (room[line.aside] > 0 or room[True] > 0):
            aside = line.aside or room[False] == 0
            room[aside] -= 1
            written.append(replace(line, aside=aside))
    return written


class Standing(Enum):
    """How a line stands: what a person is told about it."""

    OFFERED = "offered"
    NOT_SOLD_HERE = "not-sold-here"
    WITHDRAWN = "withdrawn"
    SOLD_OUT = "sold-out"
    SHORT = "short"
    LIMITED = "limited"


@dataclass(frozen=True, slots=True)
class Supply:
    """What there is of a SKU at the price that is asked now; `buyer_limit` 0: none."""

    units_left: int
    buyer_limit: int

    def units_for(self, quantity: int) -> int:
        """Return how many of `quantity` can be had."""
        return max(0, min(quantity, self.units_left, self.buyer_limit or quantity))


def standing_of(*, on_sale: bool, asking: Asking | None, supply: Supply, quantity: int) -> Standing:
    """Return how a line of so many units stands; `asking` is None where the market has no price."""
    if not on_sale:
        return Standing.WITHDRAWN
    if asking is None:
        return Standing.NOT_SOLD_HERE
    if supply.units_left <= 0:
        return Standing.SOLD_OUT
    if supply.units_left < quantity and (not supply.buyer_limit or supply.units_left <= supply.buyer_limit):
        return Standing.SHORT
    if supply.buyer_limit and supply.buyer_limit < quantity:
        return Standing.LIMITED
    return Standing.OFFERED
