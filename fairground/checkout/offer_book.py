"""The offers that a process knows, so that a batch reads only those it has not met yet."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import islice

from fairground.checkout.giving import read_promotion_books
from fairground.checkout.queries import deal_offer_keys, read_markets, read_offers, read_tax_rates_bps
from fairground.checkout.rules.plans import MarketFacts, Offer, OfferKey
from fairground.kernel.models import Writer
from fairground.promotions.rules.terms import PromotionBook

# About 1 KB each; a process that met more begins anew.
OFFERS_MAX = 200_000
# How many an idle process reads at a time: about 15 ms, which is how long a request may have to wait for it.
REFRESHED_AT_ONCE = 500


class OfferBook:
    """Offers as of one version of the shop. Whoever changes a price, deal, SKU, merchant or promotion raises it.

    Not shared between threads: each batcher has its own. It can be lost at any time.
    """

    def __init__(self) -> None:
        self.markets: dict[str, MarketFacts] = {}
        self.tax_rates_bps: dict[str, int] = {}
        self.offers: dict[OfferKey, Offer] = {}
        self.promotions: dict[str, PromotionBook] = {}
        self._versions: dict[int, int] = {}
        self._versions_seen: dict[int, int] = {}
        self._stale: set[OfferKey] = set()

    def refresh(self, *, now: datetime) -> bool:
        """Read ahead while nobody waits: all deals not over yet, and whatever was known; True while there is more.

        Else the first batches of an opening would read them, since a festival that is moved raises the version. While
        it is another one at every look, as during an import, nothing is read ahead: it would be stale by the next.
        """
        versions = dict(Writer.objects.values_list("id", "offers_version"))
        if versions != self._versions:
            is_calm = not self._versions or versions == self._versions_seen
            self._versions_seen = versions
            if not is_calm:
                return False
            self._start_over(versions.items(), now)
            self._stale |= deal_offer_keys(offers_max=OFFERS_MAX // 2)
        some = set(islice(self._stale, REFRESHED_AT_ONCE))
        self._stale -= some
        self.look_up(some, now=now)
        return bool(self._stale)

    def look_up(self, keys: Collection[OfferKey], *, now: datetime) -> None:
        """Read the offers not known yet; before the turn, so that nobody waits for it."""
        if not self._versions:
            self._start_over(Writer.objects.values_list("id", "offers_version"), now)
        if len(self.offers) > OFFERS_MAX:
            self.offers.clear()
        self.offers.update(read_offers({key for key in keys if key not in self.offers}))

    def confirm(self, keys: Collection[OfferKey], versions: Mapping[int, int], *, now: datetime) -> None:
        """Make sure under the turn that what was looked up still holds, and read it again if not."""
        if any(self._versions.get(writer_id) != version for writer_id, version in versions.items()):
            self._start_over((self._versions | dict(versions)).items(), now)
            self.offers.update(read_offers(set(keys)))

    def _start_over(self, versions: Iterable[tuple[int, int]], now: datetime) -> None:
        self._versions = dict(versions)
        self._stale |= self.offers.keys()
        self.offers.clear()
        self.markets = read_markets()
        self.tax_rates_bps = read_tax_rates_bps()
        self.promotions = read_promotion_books(markets=self.markets, now=now)
