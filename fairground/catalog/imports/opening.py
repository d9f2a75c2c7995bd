"""Which source a path is."""

import re
from functools import partial
from importlib import resources
from pathlib import Path

from fairground.catalog.imports import google, online_retail, shopify
from fairground.catalog.imports.fields import refuse_unknown_currency
from fairground.catalog.imports.jsonl import JsonlCatalogue
from fairground.catalog.imports.lines import DAMAGES, damage_reason, decompressed
from fairground.catalog.imports.merchant_file import FileFormat, MerchantFile, RowsOf
from fairground.catalog.imports.sample import SampleCatalogue
from fairground.catalog.imports.source import BadRow, CatalogueSource, FileTerms, UnreadableCatalogue
from fairground.catalog.imports.tables import table_columns, table_rows
from fairground.catalog.imports.xml_items import feed_items
from fairground.catalog.rules import UNITS_MAX
from fairground.markets.queries import is_country

_JSONL_NAMES = ("products.jsonl.xz", "products.jsonl")
_DELIMITERS = {".tsv": "\t", ".txt": "\t", ".csv": ","}
_NOTHING_SAID = FileTerms()
_LANGUAGE = "en"
# What "in stock" promises at least.
_UNITS = 1


def open_catalogue(path: Path, *, terms: FileTerms = _NOTHING_SAID) -> CatalogueSource:
    """Return the catalogue at `path`, by its name and, for tables, by its columns.

    A .jsonl file, a Google Merchant feed (.xml, .tsv, .txt, .csv), a Shopify product CSV or past invoices, each also
    as .xz; or a folder with products.jsonl.xz or with merchants' files.

    :raises UnreadableCatalogue: there is nothing of the kind, or `terms` say too little or too much for it
    """
    if path.is_file():
        return _open_file(path, terms)
    if not path.is_dir():
        raise UnreadableCatalogue(f"{path} {'is neither a file nor a folder' if path.exists() else 'does not exist'}")
    _refuse_terms(path, terms)
    for name in _JSONL_NAMES:
        if (path / name).is_file():
            return JsonlCatalogue(path / name)
    if (path / "categories.json").is_file():
        return SampleCatalogue(path)
    raise UnreadableCatalogue(
        f"{path} holds neither {' nor '.join(_JSONL_NAMES)}, nor merchants' files with a categories.json"
    )


def _open_file(path: Path, terms: FileTerms) -> CatalogueSource:
    suffix = Path(path.name.lower().removesuffix(".xz")).suffix
    if suffix == ".jsonl":
        _refuse_terms(path, terms)
        return JsonlCatalogue(path)
    if suffix == ".xml":
        return MerchantFile(path, _google(path, terms, partial(feed_items, wanted=google.COLUMNS)))
    if suffix in _DELIMITERS:
        return _table(path, terms, delimiter=_DELIMITERS[suffix])
    raise UnreadableCatalogue(f"{path} is neither a .jsonl, .xml, .tsv, .txt nor a .csv file, nor one of them as .xz")


def _table(path: Path, terms: FileTerms, *, delimiter: str) -> CatalogueSource:
    try:
        with path.open("rb") as packed, decompressed(packed, is_xz=path.name.lower().endswith(".xz")) as file:
            written = table_columns(file, delimiter=delimiter)
    except DAMAGES as error:
        raise UnreadableCatalogue(f"{path}: {damage_reason(error)}") from None
    except UnreadableCatalogue as reason:
        raise UnreadableCatalogue(f"{path}: {reason}") from None
    columns = _known([shopify.column_key(name) for name in written], shopify.COLUMNS)
    if set(columns) >= shopify.NEEDED_COLUMNS:
        rows = partial(table_rows, delimiter=delimiter, columns=columns)
        return MerchantFile(path, _shopify(path, terms, rows, has_trackers="inventory tracker" in columns))
    columns = _known([google.column_key(name) for name in written], google.COLUMNS)
    if set(columns) >= google.NEEDED_COLUMNS:
        return MerchantFile(path, _google(path, terms, partial(table_rows, delimiter=delimiter, columns=columns)))
    columns = _known([online_retail.column_key(name) for name in written], online_retail.COLUMNS)
    if set(columns) >= online_retail.COLUMNS:
        return _invoices(path, terms, partial(table_rows, delimiter=delimiter, columns=columns))
    raise UnreadableCatalogue(
        f"{path} has neither the columns of a Google Merchant feed (id, title, price, …) "
        "nor those of a Shopify product file (Handle, Title, Variant Price, …) "
        "nor those of past invoices (InvoiceNo, StockCode, UnitPrice, …) in its first row"
    )


def _known(columns: list[str], known: frozenset[str]) -> list[str]:
    return [column if column in known else "" for column in columns]


def _google(path: Path, terms: FileTerms, rows: RowsOf) -> FileFormat:
    if terms.currency is not None:
        raise UnreadableCatalogue(f"{path} names the currency of each price itself: leave --currency out")
    merchant, language, units = _merchant(path, terms)
    return FileFormat(
        rows, lambda: google.GoogleItems(merchant=merchant, language=language, units=units, country=terms.country).read
    )


def _shopify(path: Path, terms: FileTerms, rows: RowsOf, *, has_trackers: bool) -> FileFormat:
    if terms.currency is None:
        raise UnreadableCatalogue(f"{path} names no currency: say that of its prices with --currency, like EUR")
    currency = _currency(terms.currency)
    merchant, language, units = _merchant(path, terms)
    return FileFormat(
        rows,
        lambda: (
            shopify.ShopifyRows(
                merchant=merchant,
                currency=currency,
                language=language,
                units=units,
                has_trackers=has_trackers,
                country=terms.country,
            ).read
        ),
    )


def _invoices(path: Path, terms: FileTerms, rows: RowsOf) -> online_retail.OnlineRetailFile:
    merchant, language, _ = _merchant(path, terms)
    currency = _currency(terms.currency or online_retail.CURRENCY)
    return online_retail.OnlineRetailFile(
        path, rows, merchant=merchant, currency=currency, language=language, units=terms.units, country=terms.country
    )


def _currency(code: str) -> str:
    try:
        refuse_unknown_currency(code)
    except BadRow as reason:
        raise UnreadableCatalogue(f"--currency: {reason}") from None
    return code


def _merchant(path: Path, terms: FileTerms) -> tuple[str, str, int]:
    if terms.merchant is None:
        raise UnreadableCatalogue(f"{path} names no merchant: say whose goods they are with --merchant SLUG")
    if not re.fullmatch("[a-z0-9-]{1,60}", terms.merchant):
        raise UnreadableCatalogue("--merchant is not 1 to 60 of a-z, 0-9 and hyphens")
    language = _LANGUAGE if terms.language is None else terms.language
    if not re.fullmatch("[a-z]{2,3}", language):
        raise UnreadableCatalogue("--language is not two or three small letters, like en")
    units = _UNITS if terms.units is None else terms.units
    if not 0 <= units <= UNITS_MAX:
        raise UnreadableCatalogue(f"--units is not 0 to {UNITS_MAX:,}")
    if terms.country is not None and not is_country(terms.country):
        raise UnreadableCatalogue("--country is not the two capital letters of a country, like DE")
    return terms.merchant, language, units


def _refuse_terms(path: Path, terms: FileTerms) -> None:
    for option in ("merchant", "currency", "language", "units", "country"):
        if getattr(terms, option) is not None:
            raise UnreadableCatalogue(f"{path} says itself what --{option} would: leave it out")


def packaged_sample() -> SampleCatalogue:
    """Return the sample catalogue that the package brings."""
    return SampleCatalogue(Path(str(resources.files("fairground.catalog").joinpath("sample"))))
