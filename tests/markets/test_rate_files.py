"""Files of rates: the bank's forms are read exactly, what is wrong is told, what is hostile is refused."""

import csv
import io
import lzma
import zipfile
from datetime import date
from itertools import pairwise

import pytest

from fairground.markets import rate_files
from fairground.markets.rate_files import TOLD_MAX, RowError, UnreadableRates, read_rates
from tests.catalogue_making import shared_data

TODAY = date(2026, 4, 14)
MONDAY = date(2026, 4, 13)
HEAD = "Date,USD,JPY,CYP,\n"
XML = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
    xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
  <Cube><Cube time='2026-04-13'><Cube currency='USD' rate='1.1684'/><Cube currency='JPY' rate='186.75'/></Cube></Cube>
</gesmes:Envelope>
"""


def read(text: str) -> rate_files.RatesRead:
    """Read a file that holds this text."""
    return read_rates(text.encode(), today=TODAY)


def zipped(*names: str, content: bytes) -> bytes:
    """Return an archive with that content under each name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return packed.getvalue()


def test_rates_are_two_integers_in_lowest_terms_and_what_is_not_quoted_is_counted() -> None:
    found = read(HEAD + "2026-04-13,1.1684,186.75,N/A,\n2026-04-10,1.2000,186,,\n")

    assert found.rates == {
        ("USD", MONDAY): (2_921, 2_500),
        ("JPY", MONDAY): (747, 4),
        ("USD", date(2026, 4, 10)): (6, 5),
        ("JPY", date(2026, 4, 10)): (186, 1),
    }
    assert (found.not_quoted, found.errors) == (2, 0)


@pytest.mark.parametrize("pack", [lzma.compress, lambda data: zipped("eurofxref-hist.csv", content=data)])
def test_a_packed_file_is_read_like_the_plain_one(pack: object) -> None:
    plain = (HEAD + "2026-04-13,1.1684,186.75,N/A,\n").encode()
    assert read_rates(pack(plain), today=TODAY) == read_rates(plain, today=TODAY)  # type: ignore[operator]


def test_the_banks_xml_is_read_like_its_table() -> None:
    assert read(XML).rates == {("USD", MONDAY): (2_921, 2_500), ("JPY", MONDAY): (747, 4)}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2026-04-13,1.1684,186.75,", "it has 4 cells, and the first line has 5"),
        ("2026-04-13,1,2,3,4,5", "it has 6 cells, and the first line has 5"),
        ("2026-04-13,1,2,3,4", "a cell stands under no currency"),
        ("13 April 2026,1,2,3,", "'13 April 2026' is no day such as 2026-04-13"),
        ("2026-02-30,1,2,3,", "'2026-02-30' is no day such as 2026-04-13"),
        ("2026-04-15,1,2,3,", "2026-04-15 is yet to come"),
        ("1998-12-31,1,2,3,", "1998-12-31 is before the euro"),
        ("2026-04-13,0,2,3,", "USD: '0' is no rate"),
        ("2026-04-13,0.000,2,3,", "USD: '0.000' is no rate"),
        ("2026-04-13,-1.1,2,3,", "USD: '-1.1' is no rate"),
        ("2026-04-13,1e5,2,3,", "USD: '1e5' is no rate"),
        ("2026-04-13,NaN,2,3,", "USD: 'NaN' is no rate"),
        ("2026-04-13,١٢,2,3,", "USD: '١٢' is no rate"),
        ("2026-04-13,12345678901234567890,2,3,", "USD: '12345678901234567890' is no rate"),
        ('2026-04-13,"1,1684",2,3,', "USD: '1,1684' is no rate"),
    ],
)
def test_a_row_that_is_wrong_is_told_with_its_line_and_the_others_are_taken(row: str, reason: str) -> None:
    found = read(f"{HEAD}2026-04-10,1.1,186,N/A,\n{row}\n")

    assert found.told == [RowError(3, reason)]
    assert found.rates[("USD", date(2026, 4, 10))] == (11, 10)
    assert ("USD", MONDAY) not in found.rates


def test_a_day_that_stands_twice_counts_once_and_a_contradiction_is_told() -> None:
    found = read(HEAD + "2026-04-13,1.1,186,N/A,\n2026-04-13,1.10,186,N/A,\n2026-04-13,1.2,186,N/A,\n")

    assert found.rates[("USD", MONDAY)] == (11, 10)
    assert found.told == [RowError(4, "USD: another rate of 2026-04-13 stands further up")]


def test_a_euro_is_a_euro() -> None:
    found = read("Date,EUR,USD\n2026-04-13,1,1.1\n2026-04-10,2,1.1\n")

    assert {currency for currency, _ in found.rates} == {"USD"}
    assert found.told == [RowError(3, "EUR: a euro is a euro")]


def test_of_many_errors_the_first_are_told_and_all_are_counted() -> None:
    found = read(HEAD + "2026-04-13,x,y,z,\n" * 30)
    assert (found.errors, len(found.told)) == (90, TOLD_MAX)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "does not begin with Date"),
        ("currency,USD\n", "does not begin with Date"),
        ("Date,\n", "does not name currencies"),
        ("Date,usd\n", "does not name currencies"),
        ("Date,USD,,JPY\n", "does not name currencies"),
        ("Date," + ",".join(f"A{chr(65 + i // 26)}{chr(65 + i % 26)}" for i in range(301)) + "\n", "not name"),
        ("Date,USD,JPY,USD\n", "names a currency twice"),
        ('Date,USD\n2026-04-13,"1\n', "is no CSV"),
        ("Date,USD\n" + "x" * 200_000 + "\n", "is no CSV"),
        ("<rates/>", "has no day with rates"),
        ("<Envelope><Cube>", "broken XML in line 1"),
        ('<?xml version="1.0" encoding="klingon"?><a/>', "encoding"),
        ("<a>" * 17 + "</a>" * 17, "nested more than 16 deep"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "declares a DOCTYPE"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "declares a DOCTYPE"),
    ],
)
def test_what_is_no_file_of_rates_is_refused_whole(text: str, reason: str) -> None:
    with pytest.raises(UnreadableRates, match=reason):
        read(text)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("time='2026-04-13'", "time='2026-04-31'", "'2026-04-31' is no day such as 2026-04-13"),
        ("rate='1.1684'", "rate='-1'", "USD: '-1' is no rate"),
        ("rate='1.1684'", "", "USD: 'no rate' is no rate"),
        ("rate='1.1684'", "rate='N/A'", None),
        ("currency='USD'", "currency='dollar'", "'dollar' is no currency of three letters"),
    ],
)
def test_what_is_wrong_in_xml_is_told_with_its_line(old: str, new: str, reason: str | None) -> None:
    found = read(XML.replace(old, new))

    assert [one.reason for one in found.told][:1] == ([reason] if reason else [])
    assert all(one.line == 6 for one in found.told)
    assert ("USD", MONDAY) not in found.rates


def test_a_rate_of_no_day_is_told() -> None:
    found = read(XML.replace("</Cube></Cube>", "</Cube><Cube currency='GBP' rate='0.87'/></Cube>"))
    assert found.told == [RowError(6, "'GBP' is of no day")]


@pytest.mark.parametrize(
    "data",
    [
        lzma.compress(b"Date,USD\n")[:-8],
        lzma.compress(b"Date,USD\n") + lzma.compress(b"2026-04-13,1.1\n"),
        b"\xfd7zXZ\0" + b"\xff" * 50,
        zipped("a.csv", content=b"Date,USD\n" * 99)[:60],
        zipped("a.csv", "b.csv", content=b"Date,USD\n"),
        b"Date,USD\n2026-04-13,\xff\n",
    ],
)
def test_a_damaged_file_is_refused_whole(data: bytes) -> None:
    with pytest.raises(UnreadableRates):
        read_rates(data, today=TODAY)


@pytest.mark.parametrize("pack", [lzma.compress, lambda data: zipped("bomb.csv", content=data)])
def test_a_file_that_unpacks_too_far_is_refused(pack: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_files, "UNPACKED_MAX_BYTES", 1_000_000)
    with pytest.raises(UnreadableRates, match="unpacks to more than"):
        read_rates(pack(b"Date,USD\n" + b"\n" * 2_000_000), today=TODAY)  # type: ignore[operator]


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_files, "PACKED_MAX_BYTES", 100)
    with pytest.raises(UnreadableRates, match="larger than"):
        read_rates(b"Date,USD\n" + b"\n" * 100, today=TODAY)


def test_the_banks_own_file_is_read_without_an_error_and_no_gap_is_longer_than_a_rate_counts() -> None:
    data = shared_data("tax_duty_fx/eurofxref-hist.csv.xz").read_bytes()
    rows = list(csv.DictReader(lzma.decompress(data).decode().splitlines()))
    quoted = sum(text not in {"N/A", ""} for row in rows for code, text in row.items() if code not in {"Date", ""})

    found = read_rates(data, today=TODAY)

    assert (found.errors, len(found.rates)) == (0, quoted)
    assert found.rates[("USD", MONDAY)] == (2_921, 2_500)
    days = sorted({day for _, day in found.rates})
    assert max((later - day).days for day, later in pairwise(days)) == 5
