"""Merchants' declarations in files: a CSV table, or JSON lines; a row that is none is told with its line."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from fairground.catalog.imports.lines import bounded_lines
from fairground.catalog.imports.source import BadRow, UnreadableCatalogue
from fairground.catalog.imports.tables import table_columns, table_rows
from fairground.catalog.rules import ID_LENGTH_MAX, PassedOver
from fairground.festivals.declared import DeclaredRow

_PRICE = "price_"
_COLUMNS = frozenset({"sku", "hall", "units", "limit", "opens_at", "closes_at"})
_NEEDED = frozenset({"sku", "units"})
# A market's code, and the digits of a number that fits a column.
_MARKET_LENGTH_MAX = 8
_NUMBER_LENGTH_MAX = 15


def read_declarations(*, path: Path) -> Iterator[DeclaredRow | PassedOver]:
    """Yield each row of a .csv, .tsv or .jsonl file, or why it is none; empty lines are skipped.

    Columns are sku, units, and where wanted limit, hall, opens_at, closes_at; a price is in `price_` and its market.
    In JSON lines prices are texts, or whole numbers, in an object `prices` by market.

    :raises UnreadableCatalogue: it is no such file
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise UnreadableCatalogue(f"{path} is no file")
    if suffix == ".jsonl":
        return _json_lines(path)
    if suffix not in {".csv", ".tsv"}:
        raise UnreadableCatalogue(f"{path} is neither a .csv, .tsv nor a .jsonl file")
    return _table(path, delimiter="," if suffix == ".csv" else "\t")


def _table(path: Path, *, delimiter: str) -> Iterator[DeclaredRow | PassedOver]:
    with path.open("rb") as file:
        columns = [name.strip() for name in table_columns(file, delimiter=delimiter)]
    columns = [name if name.startswith(_PRICE) else name.lower() for name in columns]
    if not _NEEDED.issubset(columns) or not any(name.startswith(_PRICE) for name in columns):
        raise UnreadableCatalogue(f"{path} needs the columns sku, units and price_ with a market, like price_EU")
    unknown = sorted(name for name in columns if name and name not in _COLUMNS and not name.startswith(_PRICE))
    if unknown:
        raise UnreadableCatalogue(f"{path} has columns that say nothing of a deal: {', '.join(unknown)}")
    return _table_rows(path, delimiter, columns)


def _table_rows(path: Path, delimiter: str, columns: list[str]) -> Iterator[DeclaredRow | PassedOver]:
    with path.open("rb") as file:
        for line, fields in table_rows(file, delimiter=delimiter, columns=columns):
            if isinstance(fields, str):
                yield PassedOver(path.name, line, fields)
                continue
            plain = {name: text.strip() for name, text in fields.items() if text.strip()}
            prices = {name.removeprefix(_PRICE): text for name, text in plain.items() if name.startswith(_PRICE)}
            yield _row(path.name, line, plain, prices)


def _json_lines(path: Path) -> Iterator[DeclaredRow | PassedOver]:
    decoder = msgspec.json.Decoder(dict[str, Any])
    with path.open("rb") as file:
        for line, text in enumerate(bounded_lines(file), start=1):
            if text is None:
                yield PassedOver(path.name, line, "the line is longer than 1 MiB")
                continue
            if not text.strip():
                continue
            try:
                fields = decoder.decode(text)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                yield PassedOver(path.name, line, f"not a JSON object: {error}")
                continue
            prices = fields.get("prices")
            if not isinstance(prices, dict):
                yield PassedOver(path.name, line, "prices is not an object with an amount a market")
                continue
            plain = {name: _text(value) for name, value in fields.items() if name in _COLUMNS and value is not None}
            yield _row(path.name, line, plain, {market: _text(price) for market, price in prices.items()})


def _text(value: object) -> str:
    """Return what JSON says as a table would; a number with decimals is no exact amount, so it is none here."""
    return str(value) if isinstance(value, str) or type(value) is int else "\0"


def _row(source: str, line: int, fields: Mapping[str, str], prices: Mapping[str, str]) -> DeclaredRow | PassedOver:
    try:
        return DeclaredRow(
            line=line,
            sku=_needed(fields, "sku"),
            hall=_bounded(fields.get("hall", ""), "hall"),
            units=_number(_needed(fields, "units"), "units"),
            buyer_limit=_number(fields.get("limit", "0"), "limit"),
            prices={_market(market): _bounded(text, f"the price in {market}") for market, text in prices.items()},
            opens_at=_moment(fields, "opens_at"),
            closes_at=_moment(fields, "closes_at"),
        )
    except BadRow as reason:
        return PassedOver(source, line, str(reason))


def _needed(fields: Mapping[str, str], name: str) -> str:
    text = _bounded(fields.get(name, ""), name)
    if not text:
        raise BadRow(f"{name} is missing")
    return text


def _bounded(text: str, name: str) -> str:
    if len(text) > ID_LENGTH_MAX:
        raise BadRow(f"{name[:ID_LENGTH_MAX]} is longer than {ID_LENGTH_MAX} characters")
    if "\0" in text or "\ufffd" in text:
        raise BadRow(f"{name[:ID_LENGTH_MAX]} is no text of this file's encoding, or a number with decimals")
    return text


def _market(code: str) -> str:
    if not re.fullmatch(rf"[A-Z0-9]{{1,{_MARKET_LENGTH_MAX}}}", code):
        raise BadRow("a market is named by its code in capitals, like price_EU")
    return code


def _number(text: str, name: str) -> int:
    if not re.fullmatch(rf"[0-9]{{1,{_NUMBER_LENGTH_MAX}}}", text):
        raise BadRow(f"{name} is not a whole number")
    return int(text)


def _moment(fields: Mapping[str, str], name: str) -> datetime | None:
    text = fields.get(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRow(f"{name} is not a moment like 2026-11-11T00:00:00+08:00") from None
    if moment.tzinfo is None:
        raise BadRow(f"{name} does not say in which zone it is, like +08:00 or Z")
    return moment
