"""Reading euro reference rates as the European Central Bank publishes them: its CSV, plain or packed, and its XML.

A file is small (all rates since 1999 are 4 MB) and is read whole, up to a limit. What is wrong is told row by row; what
is hostile is refused as a whole.
"""

import csv
import lzma
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO, StringIO
from itertools import pairwise
from math import gcd
from xml.parsers import expat

# Of a file as it comes, and of what it unpacks to: ten times what there is since 1999.
PACKED_MAX_BYTES = 16 * 1024 * 1024
UNPACKED_MAX_BYTES = 48 * 1024 * 1024
UNPACKING_BYTES_MAX = 128 * 1024 * 1024
# The bank has quoted 41 currencies; there are fewer than 200.
COLUMNS_MAX = 300
DEPTH_MAX = 16
# Errors that are told one by one; all are counted.
TOLD_MAX = 20

_EURO_BEGINS = date(1999, 1, 1)
_NUMBER = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?")
_CURRENCY = re.compile("[A-Z]{3}")
_NOT_QUOTED = {"", "N/A"}
_ECB = "http://www.ecb.int/vocabulary/2002-08-01/eurofxref"


class UnreadableRates(Exception):  # noqa: N818 - an answer about a file, not a fault of ours
    """A file is no file of rates, or a hostile one; nothing of it is taken."""


@dataclass(frozen=True, slots=True)
class RowError:
    """A row, or one rate of it, that is not taken, and why."""

    line: int
    reason: str


@dataclass(slots=True)
class RatesRead:
    """The rates of a file: by currency and day, two integers in lowest terms, per euro."""

    rates: dict[tuple[str, date], tuple[int, int]] = field(default_factory=dict)
    not_quoted: int = 0
    errors: int = 0
    told: list[RowError] = field(default_factory=list)

    def refuse(self, line: int, reason: str) -> None:
        """Count an error, and tell it where it is one of the first."""
        self.errors += 1
        if len(self.told) < TOLD_MAX:
            self.told.append(RowError(line, reason))

    def take(self, line: int, currency: str, day: date, text: str) -> None:
        """Take a rate, or say why not."""
        if text in _NOT_QUOTED:
            self.not_quoted += 1
            return
        pair = _pair_of(text)
        if pair is None:
            self.refuse(line, f"{currency}: {text[:40]!r} is no rate")
        elif currency == "EUR":
            if pair != (1, 1):
                self.refuse(line, "EUR: a euro is a euro")
        elif self.rates.setdefault((currency, day), pair) != pair:
            self.refuse(line, f"{currency}: another rate of {day} stands further up")


def read_rates(data: bytes, *, today: date) -> RatesRead:
    """Return the rates that a file holds: CSV (plain, .xz, or alone in a .zip) or XML, told by how it begins.

    :raises UnreadableRates: nothing of it is taken
    """
    if len(data) > PACKED_MAX_BYTES:
        raise UnreadableRates(f"the file is larger than {PACKED_MAX_BYTES >> 20} MiB")
    plain = _unpacked(data)
    if plain.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _read_xml(plain, today)
    try:
        return _read_csv(plain.decode("utf-8-sig"), today)
    except UnicodeDecodeError:
        raise UnreadableRates("the file is no text in UTF-8") from None


def _unpacked(data: bytes) -> bytes:
    try:
        if data.startswith(b"\xfd7zXZ\0"):
            decoder = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=UNPACKING_BYTES_MAX)
            data = decoder.decompress(data, UNPACKED_MAX_BYTES + 1)
            if len(data) <= UNPACKED_MAX_BYTES and (not decoder.eof or decoder.unused_data.strip(b"\0")):
                raise EOFError
        elif data.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(BytesIO(data)) as archive:
                names = [one for one in archive.infolist() if not one.is_dir()]
                if len(names) != 1:
                    raise UnreadableRates("the archive holds more than the one file of rates")
                with archive.open(names[0]) as file:
                    data = file.read(UNPACKED_MAX_BYTES + 1)
    except (lzma.LZMAError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error) as error:
        raise UnreadableRates("the packed file is damaged, cut off or packed in a way that is not read") from error
    if len(data) > UNPACKED_MAX_BYTES:
        raise UnreadableRates(f"the file unpacks to more than {UNPACKED_MAX_BYTES >> 20} MiB")
    return data


def _read_csv(text: str, today: date) -> RatesRead:
    read = RatesRead()
    rows = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        head = [cell.strip() for cell in next(rows, [])]
        currencies = _currencies(head)
        for row in rows:
            if any(cell.strip() for cell in row):
                _read_row(read, rows.line_num, currencies, len(head), [cell.strip() for cell in row], today)
    except csv.Error as error:
        raise UnreadableRates(f"line {rows.line_num} is no CSV: {error}") from None
    return read


def _currencies(head: list[str]) -> list[str]:
    """The columns' currencies; the bank's rows end with a comma, so that the last column may have no name."""
    if not head or head[0] != "Date":
        raise UnreadableRates("the first line does not begin with Date, as the bank's file does")
    names = head[1:-1] if head[-1] == "" else head[1:]
    if not names or len(names) > COLUMNS_MAX or not all(map(_CURRENCY.fullmatch, names)):
        raise UnreadableRates("the first line does not name currencies by three letters")
    if any(one == other for one, other in pairwise(sorted(names))):
        raise UnreadableRates("the first line names a currency twice")
    return names


def _read_row(read: RatesRead, line: int, currencies: list[str], columns: int, row: list[str], today: date) -> None:
    day = _day_of(row[0], today)
    if isinstance(day, str):
        read.refuse(line, day)
        return
    if len(row) != columns:
        read.refuse(line, f"it has {len(row)} cells, and the first line has {columns}")
        return
    if any(row[len(currencies) + 1 :]):
        read.refuse(line, "a cell stands under no currency")
        return
    for currency, text in zip(currencies, row[1:], strict=False):
        read.take(line, currency, day, text)


def _day_of(text: str, today: date) -> date | str:
    """The day, or why there is none."""
    try:
        day = date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        day = None
    if day is None:
        return f"{text[:40]!r} is no day such as 2026-04-13"
    if day < _EURO_BEGINS:
        return f"{day} is before the euro"
    return f"{day} is yet to come" if day > today else day


def _pair_of(text: str) -> tuple[int, int] | None:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    decimals = match[2] or ""
    numerator, denominator = int(match[1] + decimals), 10 ** len(decimals)
    shared = gcd(numerator, denominator)
    return (numerator // shared, denominator // shared) if numerator else None


def _read_xml(data: bytes, today: date) -> RatesRead:
    reading = _Xml(today)
    try:
        reading.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise UnreadableRates(f"broken XML in line {error.lineno}: {expat.ErrorString(error.code)}") from None
    except (UnicodeDecodeError, LookupError, ValueError):
        raise UnreadableRates("the file's encoding is not known") from None
    if not reading.days:
        raise UnreadableRates("the file has no day with rates, as the bank's has")
    return reading.read


class _Xml:
    """The bank's form: `<Cube time="2026-04-13"><Cube currency="USD" rate="1.1684"/>…</Cube>`, a day after another."""

    def __init__(self, today: date) -> None:
        self.read = RatesRead()
        self.days = 0
        self._today = today
        self._open: list[date | None] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.EntityDeclHandler = self._refuse_doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = lambda _name: self._open.pop()

    def _refuse_doctype(self, *_declared: object) -> None:
        raise UnreadableRates("the file declares a DOCTYPE, which no rates need and which may hide entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= DEPTH_MAX:
            raise UnreadableRates(f"the file is nested more than {DEPTH_MAX} deep")
        day = self._open[-1] if self._open else None
        line = self.parser.CurrentLineNumber
        if name == f"{_ECB} Cube" and "time" in attributes:
            self.days += 1
            told = _day_of(attributes["time"], self._today)
            if isinstance(told, str):
                self.read.refuse(line, told)
            day = None if isinstance(told, str) else told
        elif name == f"{_ECB} Cube" and "currency" in attributes:
            currency = attributes["currency"]
            if day is None:
                self.read.refuse(line, f"{currency[:40]!r} is of no day")
            elif not _CURRENCY.fullmatch(currency):
                self.read.refuse(line, f"{currency[:40]!r} is no currency of three letters")
            else:
                self.read.take(line, currency, day, attributes.get("rate", "").strip() or "no rate")
        self._open.append(day)
