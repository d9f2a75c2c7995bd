"""Which promotions touch which products of a listing, however long it is."""

from collections.abc import Iterable

from msgspec import Struct

from fairground.catalog.rules import category_path
from fairground.promotions.rules.terms import PricedLine, Promotion, PromotionBook, covers


class ListedProduct(Struct, frozen=True):
    """A product of a listing: `deals` are those of its SKUs that have an open deal, each with the deal's hall."""

    id: int
    merchant_id: int
    category: str | None
    sku_ids: tuple[int, ...]
    deals: dict[int, int | None]

    def line(self, sku_id: int) -> PricedLine:
        """Return one unit of a SKU as promotions look at it; its price is none of theirs here."""
        return PricedLine(
            sku_id=sku_id,
            merchant_id=self.merchant_id,
            quantity=1,
            unit_minor=0,
            in_deal=sku_id in self.deals,
            hall_id=self.deals.get(sku_id),
            categories=frozenset(category_path(self.category)) if self.category else frozenset(),
        )


def promotions_touching(
    products: Iterable[ListedProduct], *, book: PromotionBook, now_ms: int
) -> dict[int, tuple[int, ...]]:
    """Return by product the ids of the promotions open now that are for at least one of its SKUs, ascending.

    Products of one merchant, category and hall stand on the same shelf and are looked at once; only promotions that
    name SKUs are looked at SKU by SKU. A product without any is left out.
    """
    open_now = [one for one in book.promotions() if one.opens_at_ms <= now_ms < one.closes_at_ms]
    by_sku: dict[int, list[Promotion]] = {}
    for promotion in open_now:
        for sku_id in promotion.scope.sku_ids if promotion.scope is not None else ():
            by_sku.setdefault(sku_id, []).append(promotion)
    by_shelf: dict[tuple[object, ...], tuple[int, ...]] = {}
    found: dict[int, tuple[int, ...]] = {}
    for product in products:
        ways = {(sku_id in product.deals, product.deals.get(sku_id)): sku_id for sku_id in product.sku_ids}
        shelf = (product.merchant_id, product.category, frozenset(ways))
        touching = by_shelf.get(shelf)
        if touching is None:
            lines = [product.line(sku_id) for sku_id in ways.values()]
            by_shelf[shelf] = touching = _touching(lines, open_now)
        if by_sku:
            named = {
                promotion.id
                for sku_id in product.sku_ids
                for promotion in by_sku.get(sku_id, ())
                if covers(promotion, product.line(sku_id))
            }
            touching = tuple(sorted(named.union(touching))) if named else touching
        if touching:
            found[product.id] = touching
    return found


def _touching(lines: list[PricedLine], promotions: list[Promotion]) -> tuple[int, ...]:
    """What touches every product of a shelf: as if its SKUs had no ids, which only some promotions name."""
    nameless = [_nameless(line) for line in lines]
    return tuple(sorted(one.id for one in promotions if any(covers(one, line) for line in nameless)))


def _nameless(line: PricedLine) -> PricedLine:
    return PricedLine(0, line.merchant_id, line.quantity, line.unit_minor, line.in_deal, line.hall_id, line.categories)
