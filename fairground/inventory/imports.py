"""The journey of a catalogue into the database: merchants, words, products, prices, stock, deals."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from fairground.catalog.actions.pricing import MarketPricing
from fairground.catalog.actions.products import ProductWriter, WrittenProducts
from fairground.catalog.actions.vocabulary import Vocabulary, ensure_categories, ensure_option_values
from fairground.catalog.imports.source import CatalogueSource
from fairground.catalog.rules import PassedOver, ProductRecord, category_path
from fairground.festivals.actions import NoSuchFestival
from fairground.festivals.queries import festival_exists
from fairground.festivals.rules import DealDeclaration
from fairground.inventory.actions import ensure_places, write_stock
from fairground.inventory.imported_deals import DeclaredDeals, declare_deals
from fairground.inventory.merchant_places import count_unstated
from fairground.inventory.rules import ImportReport, StockLine
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn, take_turn, writers_of_lanes
from fairground.markets.queries import market_currencies, reference_rates
from fairground.merchants.actions import ensure_merchants
from fairground.merchants.rules import MerchantKey

# Rows of the largest table, prices, that a chunk writes. Orders wait while it has the writers' turn: 24 ms at
# this size, 71 ms at 3,500 rows, for 8.3 and 7.3 s in all (19,406 SKUs in 14 markets, measured). A product is
# never split.
CHUNK_ROWS_MAX = 1_000
# How long a chunk waits for its turn before it steps back, and how often it comes again.
LOCK_TIMEOUT_MS = 2_000
TRIES_MAX = 10
# A SKU draws an id for its product, itself, its stock and its deal.
_IDS_PER_SKU = 4


class NoMarkets(Refusal):
    """There is no market to price goods in."""


def import_catalogue(
    *,
    source: CatalogueSource,
    now_ms: int,
    festival: str | None = None,
    on_progress: Callable[[int], None] | None = None,
    on_written: Callable[[Collection[int]], object] | None = None,
) -> ImportReport:
    """Write every product of `source` with prices in all markets and stock; return what was done.

    Chunks commit one by one and everything is found again by the source's own ids, so an import that was cut
    off is resumed by running it again. With `festival`, the deals that products offer are declared in it.
    `on_progress` is told the source's position after each chunk, `on_written` the ids of its products.

    :raises NoMarkets: nothing changed
    :raises NoSuchFestival: nothing changed
    """
    if festival is not None and not festival_exists(slug=festival):
        raise NoSuchFestival(festival=festival)
    currencies = market_currencies()
    if not currencies:
        raise NoMarkets
    names = source.names()
    ensure_categories(names=names.categories, rename=True)
    ensure_option_values(names=names.option_values)
    pricing = MarketPricing(currencies, reference_rates())
    run = _Import(now_ms, festival, pricing, Vocabulary.from_database(), on_written)
    chunk_skus_max = CHUNK_ROWS_MAX // len(currencies)
    chunk: list[ProductRecord] = []
    skus = 0
    for row in source.rows():
        if isinstance(row, PassedOver):
            run.report.pass_over(row)
            continue
        if chunk and skus + len(row.skus) > chunk_skus_max:
            run.write_chunk(chunk)
            chunk, skus = [], 0
            if on_progress:
                on_progress(source.position)
        chunk.append(row)
        skus += len(row.skus)
    if chunk:
        run.write_chunk(chunk)
    if on_progress:
        on_progress(source.position)
    run.report.places_unstated = count_unstated(place_ids=run.places.values())
    return run.report


@dataclass(slots=True)
class _Import:
    """What the chunks of one import share, and what it did so far."""

    now_ms: int
    festival: str | None
    pricing: MarketPricing
    vocabulary: Vocabulary
    on_written: Callable[[Collection[int]], object] | None
    merchants: dict[str, MerchantKey] = field(default_factory=dict)
    places: dict[MerchantKey, int] = field(default_factory=dict)
    report: ImportReport = field(default_factory=ImportReport)

    def write_chunk(self, records: Sequence[ProductRecord]) -> None:
        """Write what `records` name, then themselves in one turn; come again if it is not had in time."""
        self.vocabulary.make_words(records)
        for tries_left in reversed(range(TRIES_MAX)):
            try:
                self._write_in_turn(records)
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable) or tries_left == 0:
                    raise
                self.merchants.clear()  # some may have been made by the try that was undone
            else:
                return

    def _make_merchants(self, records: Sequence[ProductRecord]) -> None:
        new = {
            record.merchant.slug: record.merchant for record in records if record.merchant.slug not in self.merchants
        }
        if new:
            made = ensure_merchants(records=new.values(), now_ms=self.now_ms)
            self.merchants |= made
            self.places |= ensure_places(
                places={made[slug]: merchant.place for slug, merchant in new.items()}, now_ms=self.now_ms
            )

    def _write_in_turn(self, records: Sequence[ProductRecord]) -> None:
        skus = sum(len(record.skus) for record in records)
        writer = ProductWriter(self.merchants, self.vocabulary, self.pricing)
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_TIMEOUT_MS}ms"])
            self._make_merchants(records)
            turn = take_turn(
                writer_ids=writers_of_lanes({self.merchants[record.merchant.slug].lane for record in records}),
                now_ms=self.now_ms,
                ids_max=_IDS_PER_SKU * skus,
                outbox_rows=0,
            )
            written = writer.write_products(turn=turn, records=records)
            stock_rows = write_stock(turn=turn, lines=self._stock_lines(records, written))
            deals = self._declare_deals(turn, records, written)
        self.report.products += len(records)
        self.report.skus += skus
        self.report.products_new += written.products_new
        self.report.products_changed += written.products_written - written.products_new
        self.report.skus_new += written.skus_new
        self.report.skus_changed += written.skus_written - written.skus_new
        self.report.prices_written += written.prices_written
        self.report.stock_rows_written += stock_rows
        self.report.deals_declared += deals.deals
        self.report.hold_back(deals.held)
        if self.on_written:
            self.on_written(written.product_ids.values())

    def _stock_lines(self, records: Sequence[ProductRecord], written: WrittenProducts) -> list[StockLine]:
        lines: list[StockLine] = []
        for record in records:
            merchant = self.merchants[record.merchant.slug]
            lines += [
                StockLine(
                    sku_id=written.sku_ids[merchant.id, sku.external_id],
                    lane=merchant.lane,
                    place_id=self.places[merchant],
                    units=sku.stock_units,
                    stated=sku.units_stated,
                )
                for sku in record.skus
            ]
        return lines

    def _declare_deals(self, turn: Turn, records: Sequence[ProductRecord], written: WrittenProducts) -> DeclaredDeals:
        if self.festival is None:
            return DeclaredDeals(0)
        declarations: list[DealDeclaration] = []
        for record in records:
            merchant = self.merchants[record.merchant.slug]
            if record.deal:
                declarations += [
                    DealDeclaration(
                        sku_id=written.sku_ids[merchant.id, sku.external_id],
                        lane=merchant.lane,
                        hall=category_path(record.category)[0],
                        percent_off=record.deal.percent_off,
                        units=record.deal.units,
                        buyer_limit=record.deal.buyer_limit,
                    )
                    for sku in record.skus
                ]
        return declare_deals(
            turn=turn, festival=self.festival, declarations=declarations, now=from_unix_ms(self.now_ms)
        )
