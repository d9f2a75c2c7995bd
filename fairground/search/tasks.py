"""What runs in the background for search."""

from dataclasses import dataclass

from fairground.search.actions import CHUNK_PRODUCTS_MAX, do_imports_index_themselves, index_products
from fairground.search.queries import product_ids_after


@dataclass(slots=True)
class _Lap:
    """How far this process has come on its way through all products; where it ends, it begins again."""

    product_id: int = 0


_lap = _Lap()


def index_stale_products() -> bool:
    """Index the next products that have no document, or one of other words; True until all were looked at.

    Whoever changes a text need not tell anybody: this finds it on its next lap. While something is imported it waits.
    """
    if do_imports_index_themselves():
        return False
    product_ids = product_ids_after(product_id=_lap.product_id, products_max=CHUNK_PRODUCTS_MAX)
    more = len(product_ids) == CHUNK_PRODUCTS_MAX
    # Before the work, so that a chunk that can't be indexed does not keep the others from their turn.
    _lap.product_id = product_ids[-1] if more else 0
    index_products(product_ids)
    return more
