"""Writing past sales."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from fairground.kernel.copying import copy_table
from fairground.kernel.sql import load_sql

PAST_SALE_ROWS = copy_table(
    "stage_pastsale",
    {
        "merchant_id": "int8",
        "invoice_number": "text",
        "line_no": "int4",
        "sku": "text",
        "quantity": "int4",
        "unit_price_mills": "int8",
        "currency": "text",
        "sold_at": "moment",
        "customer": "int8?",
        "country": "text?",
    },
)


@dataclass(frozen=True, slots=True)
class WrittenPastSales:
    """How many rows were new, and how many stood there otherwise."""

    new: int
    changed: int


def write_past_sales(rows: Sequence[bytes]) -> WrittenPastSales:
    """Write packed rows (`PAST_SALE_ROWS`), each key once, in a transaction of their own."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(load_sql("pastsales", "make_staging"))
        PAST_SALE_ROWS.write(cursor, rows)
        cursor.execute(load_sql("pastsales", "merge_past_sales"))
        return WrittenPastSales(*cursor.fetchone())
