"""Write a feed from one chunk of products after the other, so that a million take no more memory than one chunk."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from fairground.inventory.queries import feed_offers
from fairground.sites.storefront.feeds import google, meta
from fairground.sites.storefront.feeds.entry import FeedEntry, FeedScope, feed_entry, refused_for

# A statement reads so many products: some megabytes with the longest descriptions, and few enough round trips.
CHUNK_PRODUCTS_MAX = 500


@dataclass(frozen=True, slots=True)
class FeedForm:
    """What stands before, for, and behind the entries of a feed."""

    head: Callable[[FeedScope], str]
    row: Callable[[FeedEntry], str]
    foot: Callable[[], str]


GOOGLE = FeedForm(google.head, google.row, google.foot)
META = FeedForm(meta.head, meta.row, meta.foot)


@dataclass(slots=True)
class FeedReport:
    """What a feed has: products and SKUs in it, SKUs that were passed over by reason, its length before compression."""

    products: int = 0
    skus: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)
    plain_bytes: int = 0


def write_feed(
    *,
    form: FeedForm,
    scope: FeedScope,
    file: BinaryIO,
    on_progress: Callable[[int], None] | None = None,
    chunk_products_max: int = CHUNK_PRODUCTS_MAX,
) -> FeedReport:
    """Write every SKU that the market of `scope` has to `file`; return what was written and what was not.

    `on_progress` is told how many products were read so far.
    """
    report = FeedReport()
    _write(file, form.head(scope), report)
    after_id = products_read = 0
    while True:
        offers = feed_offers(
            market=scope.market.code,
            language=scope.language,
            festival=scope.festival,
            now=scope.now,
            after_id=after_id,
            products_max=chunk_products_max,
        )
        if not offers:
            break
        shown = set()
        for offer in offers:
            reason = refused_for(offer)
            if reason is not None:
                report.passed_over[reason] += 1
                continue
            _write(file, form.row(feed_entry(offer, scope)), report)
            report.skus += 1
            shown.add(offer.product_id)
        report.products += len(shown)
        after_id = offers[-1].product_id
        products_read += len({offer.product_id for offer in offers})
        if on_progress:
            on_progress(products_read)
    _write(file, form.foot(), report)
    return report


def _write(file: BinaryIO, text: str, report: FeedReport) -> None:
    data = text.encode()
    file.write(data)
    report.plain_bytes += len(data)
