"""The journey of past sales into the database, line by line in flat memory."""

from collections.abc import Callable
from functools import lru_cache

from fairground.catalog.imports.sales import LeftOutLine, SalesSource, SoldLine
from fairground.catalog.imports.source import UnreadableCatalogue
from fairground.kernel.clock import to_unix_ms
from fairground.merchants.actions import NoSuchMerchant
from fairground.merchants.queries import merchant_facts
from fairground.pastsales.actions import PAST_SALE_ROWS, write_past_sales
from fairground.pastsales.rules import PastSalesReport, pseudonym

# Lines written in a transaction: two megabytes of rows, and 0.1 s that nobody waits for.
CHUNK_LINES_MAX = 5_000
# Invoices whose lines are counted, about 100 bytes each: fifty megabytes. The known data has 25,900.
INVOICES_MAX = 500_000
# Pseudonyms kept at hand.
_CUSTOMERS_KEPT = 20_000


def read_past_sales(
    *, source: SalesSource, on_kept: Callable[[SoldLine, int], None] = lambda _line, _line_no: None
) -> PastSalesReport:
    """Read and sum up every line of `source`; `on_kept` is told each that is kept, with its number in its invoice.

    The lines kept of an invoice are numbered in the file's order, so that each has its number again when the file
    comes again, and lines that are equal in everything are told apart.

    :raises UnreadableCatalogue: there are more invoices than a shop has in years
    """
    report = PastSalesReport(source.currency)
    # By their hashes, so that what a file calls an invoice takes no memory; numbers tell those of one hash apart too.
    counts: dict[int, int] = {}
    for line in source.sales():
        if isinstance(line, LeftOutLine):
            report.leave_out(reason=line.reason, amount_mills=line.amount_mills)
            continue
        invoice = hash(line.invoice_number)
        line_no = counts.get(invoice, 0) + 1
        counts[invoice] = line_no
        if len(counts) > INVOICES_MAX:
            raise UnreadableCatalogue(f"line {line.line}: more than {INVOICES_MAX:,} invoices; split the file")
        report.keep(quantity=line.quantity, amount_mills=line.amount_mills)
        if line.country is None:
            report.miss_country(line.country_name or "without a name")
        on_kept(line, line_no)
    report.invoices = len(counts)
    return report


def import_past_sales(
    *, source: SalesSource, key: bytes, on_progress: Callable[[int], None] | None = None
) -> PastSalesReport:
    """Write the past sales of `source` for its merchant, customers as pseudonyms by `key`; return what was done.

    Chunks commit one by one; running it again finishes what was cut off, and writes nothing that is there.

    :raises NoSuchMerchant: nothing changed
    :raises UnreadableCatalogue: what stood before is written
    """
    merchant = merchant_facts(slug=source.merchant)
    if merchant is None:
        raise NoSuchMerchant(slug=source.merchant)
    merchant_id, currency = merchant.id, source.currency.encode()
    rows: list[bytes] = []
    new = changed = 0

    @lru_cache(_CUSTOMERS_KEPT)
    def stand_in(customer: str) -> int:
        return pseudonym(key=key, merchant_id=merchant_id, customer=customer)

    def write() -> None:
        nonlocal new, changed
        written = write_past_sales(rows)
        new, changed = new + written.new, changed + written.changed
        rows.clear()
        if on_progress:
            on_progress(source.position)

    def keep(line: SoldLine, line_no: int) -> None:
        rows.append(
            PAST_SALE_ROWS.row(
                merchant_id,
                line.invoice_number.encode(),
                line_no,
                line.sku.encode(),
                line.quantity,
                line.unit_price_mills,
                currency,
                to_unix_ms(line.sold_at),
                stand_in(line.customer) if line.customer else None,
                line.country.encode() if line.country else None,
            )
        )
        if len(rows) == CHUNK_LINES_MAX:
            write()

    report = read_past_sales(source=source, on_kept=keep)
    write()
    report.rows_new, report.rows_changed = new, changed
    return report
