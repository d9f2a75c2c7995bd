"""Google feeds and Shopify files for tests of their readers."""

import csv
import io
import lzma
from pathlib import Path

from fairground.catalog.imports.opening import open_catalogue
from fairground.catalog.imports.source import FileTerms
from fairground.catalog.rules import PassedOver, ProductRecord

RSS = '<?xml version="1.0"?>\n<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title>\n'
RSS_END = "</channel></rss>\n"
GOOGLE_TERMS = FileTerms(merchant="olmo")
SHOPIFY_TERMS = FileTerms(merchant="olmo", currency="EUR")


def item(**changes: str | None) -> str:
    """Return an item of a feed on a line of its own; a change to None leaves the field out."""
    fields: dict[str, str | None] = {
        "id": "lamp-1",
        "title": "Desk lamp",
        "description": "A lamp of brass.",
        "availability": "in_stock",
        "price": "12.90 EUR",
    }
    fields |= changes
    return (
        "<item>"
        + "".join(f"<g:{key}>{text}</g:{key}>" for key, text in fields.items() if text is not None)
        + ("</item>\n")
    )


def table(rows: list[dict[str, str]], *, delimiter: str = ",") -> bytes:
    """Return rows as a table; the columns are all that a row names, in the order in which they come."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def write(path: Path, content: bytes | str) -> Path:
    """Write a file, compressed if its name says so."""
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(lzma.compress(data) if path.name.endswith(".xz") else data)
    return path


def read_file(path: Path, terms: FileTerms = GOOGLE_TERMS) -> tuple[list[ProductRecord], list[PassedOver]]:
    """Return the products of a file, and what was passed over."""
    rows = list(open_catalogue(path, terms=terms).rows())
    products = [row for row in rows if isinstance(row, ProductRecord)]
    return products, [row for row in rows if isinstance(row, PassedOver)]
