"""What broad searches found, kept for the pages that ask for the same: to price ten thousand goods takes long."""

import threading
import time
from array import array
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace

from fairground.inventory.queries import offers_version, products_in_stock
from fairground.search.queries import Found, Wanted, find_products
from fairground.sites.moment import USED_TIMES, ForAMoment, forget_with
from fairground.sites.storefront.asked import PAGES_MAX

# Where fewer products had to be priced it took some milliseconds, and is done anew each time.
KEPT_FROM_PRODUCTS = 500
# What has no version may be seen so late: counts of stock, words just indexed, a product's new shelf, a deal that
# opens or closes by itself. What was found in a fifth of a second then costs less than a hundredth of a core.
KEPT_FOR_S = 30.0
# While one thread finds it anew the others go on with what there is; a search has few statements of two seconds.
KEPT_WHILE_FOUND_ANEW_S = 8.0
# In each process: 600 findings of six thousand products each.
KEPT_BYTES_MAX = 32 << 20
# The longest code or name as a string, its numbers, its place in a dict or a list; and all the rest of a finding.
_FACET_BYTES, _FINDING_BYTES = 500, 4000

_Key = tuple[object, ...]


class Findings:
    """Searches with as many pages as one can turn, each found once for all who want the same at the same time."""

    def __init__(
        self,
        *,
        version: Callable[[], object],
        read: Callable[..., Found] = find_products,
        bytes_max: int = KEPT_BYTES_MAX,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._version = version
        self._read = read
        self._bytes_max = bytes_max
        self._clock = clock
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._going: dict[_Key, Future[Found]] = {}
        self._lock = threading.Lock()
        self.bytes = 0

    def page(self, wanted: Wanted, *, festival_changes_at_ms: int | None) -> Found:
        """Return what `find_products` does, or lately did where many products were priced for it.

        It is found anew when `version` has changed, but then not within `USED_TIMES` the time it took; after
        `KEPT_FOR_S`; and when the festival has opened or closed. Who wants only what is in stock sees nothing else:
        what has gone since is left out of the page, though still counted.

        :raises SearchTooSlow: it took too long, for this thread or for one that wanted the same before
        """
        key = _key(wanted, festival_changes_at_ms)
        first = (wanted.page - 1) * wanted.page_products
        found = self._lately(key) or self._find(key, wanted)
        ids = list(found.product_ids[first : first + wanted.page_products])
        if wanted.in_stock:
            in_stock = products_in_stock(product_ids=ids)
            ids = [product_id for product_id in ids if product_id in in_stock]
        return replace(found, product_ids=ids)

    def forget(self) -> None:
        """Let everything be found anew."""
        with self._lock:
            self._kept.clear()
            self.bytes = 0

    def _lately(self, key: _Key) -> Found | None:
        """Return what is kept, if it may still be used."""
        version = self._version() if key in self._kept else None
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            self._kept.move_to_end(key)
            age_s = self._clock() - kept.asked_at
            if age_s < KEPT_FOR_S and (kept.version == version or age_s < USED_TIMES * kept.took_s):
                return kept.found
            return kept.found if key in self._going and age_s < KEPT_FOR_S + KEPT_WHILE_FOUND_ANEW_S else None

    def _find(self, key: _Key, wanted: Wanted) -> Found:
        """Return what is found now, by this thread or by the one that began first."""
        mine: Future[Found] = Future()
        with self._lock:
            going = self._going.setdefault(key, mine)
        if going is not mine:
            return going.result()
        try:
            # The version first: what changes while it is found is then seen as changed.
            version, asked_at = self._version(), self._clock()
            every_page = replace(wanted, page=1, page_products=wanted.page_products * PAGES_MAX)
            found = self._read(wanted=every_page)
            found = replace(found, product_ids=array("q", found.product_ids))
            if found.priced >= KEPT_FROM_PRODUCTS:
                self._keep(key, _Kept(found, version, asked_at, self._clock() - asked_at))
            mine.set_result(found)
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._going[key]
        return found

    def _keep(self, key: _Key, kept: "_Kept") -> None:
        with self._lock:
            before = self._kept.pop(key, None)
            self.bytes += kept.bytes - (before.bytes if before else 0)
            self._kept[key] = kept
            while self.bytes > self._bytes_max:
                _, oldest = self._kept.popitem(last=False)
                self.bytes -= oldest.bytes


@dataclass(frozen=True, slots=True)
class _Kept:
    found: Found
    version: object
    asked_at: float
    took_s: float

    @property
    def bytes(self) -> int:
        """Return about how much memory it takes, rather more."""
        facets = len(self.found.categories) + len(self.found.brands) + len(self.found.price_bands)
        ids = self.found.product_ids
        return len(ids) * array("q").itemsize + facets * _FACET_BYTES + _FINDING_BYTES


def _key(wanted: Wanted, festival_changes_at_ms: int | None) -> _Key:
    """Return what findings are kept by: all that is wanted but the page and the moment."""
    return (
        festival_changes_at_ms,
        wanted.market,
        # On a shelf goods are found whatever they are called.
        wanted.language if wanted.words else "",
        wanted.festival,
        wanted.words,
        wanted.category,
        wanted.brand,
        wanted.price_from_minor,
        wanted.price_below_minor,
        wanted.in_stock,
        wanted.deals_only,
        wanted.sort,
        wanted.page_products,
    )


_findings = Findings(version=ForAMoment(offers_version))
forget_with(_findings.forget)


def page_found(wanted: Wanted, *, festival_changes_at_ms: int | None) -> Found:
    """Return a page of what is wanted as `Findings.page` does, from what this process keeps.

    :raises SearchTooSlow: it took too long
    """
    return _findings.page(wanted, festival_changes_at_ms=festival_changes_at_ms)
