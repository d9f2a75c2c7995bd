"""Past invoices as goods: which codes are goods, what they are called, what they cost; and as lines that were sold."""

import lzma
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fairground.catalog.imports import online_retail
from fairground.catalog.imports.online_retail import OnlineRetailFile
from fairground.catalog.imports.opening import open_catalogue
from fairground.catalog.imports.sales import LeftOutLine, SoldLine
from fairground.catalog.imports.source import FileTerms, UnreadableCatalogue
from fairground.catalog.imports.territories import territory_code
from fairground.catalog.rules import PassedOver, ProductRecord
from fairground.kernel.money import Money
from tests.merchant_files import write
from tests.past_invoices import HEADER, TERMS, invoices, sold

MIB = 1024 * 1024


def goods(source: OnlineRetailFile) -> dict[str, tuple[str, Money]]:
    """Return title and price of each product by its code."""
    return {
        row.external_id: (row.texts["en"].title, row.skus[0].price)
        for row in source.rows()
        if isinstance(row, ProductRecord)
    }


def passed_over(source: OnlineRetailFile) -> list[tuple[int, str]]:
    """Return line and reason of what is no product."""
    return [(row.line, row.reason) for row in source.rows() if isinstance(row, PassedOver)]


def left_out(source: OnlineRetailFile) -> list[tuple[int, str, int | None]]:
    """Return line, reason and amount of what is no sale."""
    return [(row.line, row.reason, row.amount_mills) for row in source.sales() if isinstance(row, LeftOutLine)]


def test_a_code_is_a_product_with_the_title_and_the_price_that_it_has_most_often(tmp_path: Path) -> None:
    source = invoices(
        tmp_path,
        sold(price="3.75", description="LANTERN"),
        sold(price="2.55"),
        sold(price="2.55"),
        sold(code="22423", description="REGENCY CAKESTAND 3 TIER", price="10.95"),
    )

    assert goods(source) == {
        "85123A": ("White Metal Lantern", Money(255, "GBP")),
        "22423": ("Regency Cakestand 3 Tier", Money(1095, "GBP")),
    }


def test_of_equals_the_last_counts_and_a_code_is_one_in_either_case(tmp_path: Path) -> None:
    source = invoices(
        tmp_path,
        sold(code="85123a", price="2.55", description="WHITE LANTERN"),
        sold(code=" 85123A ", price="2.95", description="SILVER LANTERN"),
    )

    assert goods(source) == {"85123A": ("Silver Lantern", Money(295, "GBP"))}


def test_notes_of_the_stockroom_are_no_titles(tmp_path: Path) -> None:
    notes = ["damaged", "?", "Damaged", "check", "wrongly sold as sets", "CHECK?", ""]
    source = invoices(tmp_path, *[sold(description=note) for note in notes * 2], sold(description="SET OF 3 CAKE TINS"))

    assert goods(source) == {"85123A": ("Set of 3 Cake Tins", Money(255, "GBP"))}


def test_what_is_no_goods_has_no_price_or_no_title_is_passed_over_once_with_its_first_line(tmp_path: Path) -> None:
    source = invoices(
        tmp_path,
        sold(code="POST", description="POSTAGE"),
        sold(code="POST", description="POSTAGE"),
        sold(code="gift_0001_40", description="Gift Voucher £40.00"),
        sold(code="20849", price="0"),
        sold(code="20850", quantity="-3"),
        sold(code="20851", description="?"),
        sold(code="PADS", price="0.001"),
    )

    assert passed_over(source) == [
        (2, "POST: postage, no goods"),
        (4, "GIFT_0001_40: a voucher, no goods"),
        (5, "20849: never sold at a price"),
        (6, "20850: never sold at a price"),
        (7, "20851: no description that is a title"),
        (8, "PADS: its price is not 1 to 1,000,000,000 minor units of GBP"),
    ]
    assert goods(source) == {}


def test_stock_is_what_was_said_else_one_unit_to_begin_with(tmp_path: Path) -> None:
    said = invoices(tmp_path, sold(), terms=FileTerms(merchant="gifts", units=50, currency="EUR", language="de"))
    unsaid = invoices(tmp_path, sold())

    (row,) = said.rows()
    (other,) = unsaid.rows()

    assert isinstance(row, ProductRecord)
    assert isinstance(other, ProductRecord)
    assert (row.skus[0].stock_units, row.skus[0].units_stated) == (50, True)
    assert (row.skus[0].price, list(row.texts)) == (Money(255, "EUR"), ["de"])
    assert (other.skus[0].stock_units, other.skus[0].units_stated) == (1, False)
    assert (other.merchant.slug, other.merchant.country, other.merchant.place.country) == ("gifts", "GB", "")


def test_a_line_is_a_sale_at_the_moment_of_londons_clock(tmp_path: Path) -> None:
    source = invoices(tmp_path, sold(at="2011-07-01 08:26", price="0.125", country="EIRE"), sold(customer=""))

    summer, winter = source.sales()

    assert summer == SoldLine(
        line=2,
        invoice_number="536365",
        sku="85123A",
        quantity=6,
        unit_price_mills=125,
        sold_at=datetime(2011, 7, 1, 7, 26, tzinfo=UTC),
        customer="17850",
        country="IE",
        country_name="EIRE",
    )
    assert isinstance(winter, SoldLine)
    assert (winter.sold_at, winter.customer, winter.amount_mills) == (
        datetime(2010, 12, 1, 8, 26, tzinfo=UTC),
        "",
        15_300,
    )


def test_what_is_no_sale_is_left_out_with_what_it_adds_to_the_total(tmp_path: Path) -> None:
    source = invoices(
        tmp_path,
        sold(invoice="C536379", code="D", description="Discount", quantity="-1", price="27.50"),
        sold(code="m", description="Manual", quantity="1", price="1"),
        sold(code="gift_0001_40", quantity="1", price="34.04"),
        sold(price="0"),
        sold(invoice="A563186", code="B", quantity="1", price="-11062.06"),
        sold(quantity="1", price="-1"),
        sold(quantity="0"),
        sold(invoice="C536383", quantity="-1"),
    )

    assert left_out(source) == [
        (2, "D: a discount, no goods", -27_500),
        (3, "M: a manual entry, no goods", 1_000),
        (4, "GIFT: a voucher, no goods", 34_040),
        (5, "the unit price is zero", 0),
        (6, "B: a bad debt, no goods", -11_062_060),
        (7, "the unit price is below zero", -1_000),
        (8, "the quantity is zero", 0),
    ]
    assert [row.quantity for row in source.sales() if isinstance(row, SoldLine)] == [-1]


@pytest.mark.parametrize(
    ("line", "reason", "amount_mills"),
    [
        (sold(quantity="six"), "quantity is not a whole number of at most nine digits", None),
        (sold(quantity="9" * 5_000), "quantity is not a whole number of at most nine digits", None),
        (sold(price="2.5555"), "unitprice is not an amount with at most three decimals", None),
        (sold(price="1e9"), "unitprice is not an amount with at most three decimals", None),
        (sold(price=""), "unitprice is not an amount with at most three decimals", None),
        (sold(code=""), "stockcode is missing", 15_300),
        (sold(code="x" * 121), "stockcode is longer than 120 characters", 15_300),
        (sold(invoice=""), "invoiceno is missing", 15_300),
        (sold(customer="1" * 21), "customerid is longer than 20 characters", 15_300),
        (sold(at="12/1/2010 8:26"), "invoicedate is not a moment like 2010-12-01 08:26", 15_300),
        (sold(at="2010-02-30 08:26"), "invoicedate is no moment of the calendar", 15_300),
        (sold(description="x" * 301), "description is longer than 300 characters", 15_300),
        ("a,b,c,d,e,f,g,h,i\n", "9 fields where the first row has 8", None),
    ],
)
def test_a_line_that_can_not_be_read_is_left_out_and_the_others_are_read(
    tmp_path: Path, line: str, reason: str, amount_mills: int | None
) -> None:
    source = invoices(tmp_path, line, sold())

    assert left_out(source) == [(2, reason, amount_mills)]
    assert passed_over(source) == ([(2, reason)] if amount_mills is None else [])
    assert list(goods(source)) == ["85123A"]


def test_a_file_of_another_encoding_says_so_line_by_line(tmp_path: Path) -> None:
    lines = sold(code="21421", description="CAFÉ SIGN") + sold()
    path = write(tmp_path / "online_retail.csv", (HEADER + lines).encode("latin-1"))
    source = open_catalogue(path, terms=TERMS)

    assert isinstance(source, OnlineRetailFile)
    reason = "description holds a NUL character or bytes of another encoding"
    assert left_out(source) == [(2, reason, 15_300)]
    assert list(goods(source)) == ["85123A"]


def test_a_million_columns_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "online_retail.csv", HEADER.strip() + ",x" * 1_000_000 + "\n" + sold())

    with pytest.raises(UnreadableCatalogue, match="the first row"):
        open_catalogue(path, terms=TERMS)


def test_a_file_that_unpacks_without_end_is_read_no_further_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "online_retail.csv.xz"
    path.write_bytes(lzma.compress((HEADER + sold()).encode()) + lzma.compress(b" " * (80 * MIB)))
    source = open_catalogue(path, terms=TERMS)

    assert isinstance(source, OnlineRetailFile)
    reasons = [reason for _, reason, _ in left_out(source)]
    assert reasons == ["the compressed file unpacks to more than 250 times its size; the rest was not read"]
    assert list(goods(source)) == ["85123A"]


def test_a_damaged_file_is_read_up_to_the_damage(tmp_path: Path) -> None:
    packed = lzma.compress((HEADER + "".join(sold(invoice=str(number)) for number in range(50_000))).encode())
    path = tmp_path / "online_retail.csv.xz"
    path.write_bytes(packed[: len(packed) // 2])
    source = open_catalogue(path, terms=TERMS)

    assert isinstance(source, OnlineRetailFile)
    ((_, reason, amount_mills),) = left_out(source)
    assert (reason, amount_mills) == ("the compressed file is damaged or cut off from here on", None)


def test_more_codes_than_any_shop_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online_retail, "CODES_MAX", 2)
    source = invoices(tmp_path, sold(code="1"), sold(code="2"), sold(code="1"), sold(code="3"))

    with pytest.raises(UnreadableCatalogue, match=r"online_retail.csv, line 5: more than 2 stock codes"):
        list(source.rows())


def test_memory_stays_flat_however_many_titles_and_prices_a_code_has(tmp_path: Path) -> None:
    source = invoices(
        tmp_path, *[sold(description=f"LANTERN {'x' * 200} {n}", price=f"{n}.00") for n in range(1, 20_000)]
    )
    tracemalloc.start()
    try:
        rows = list(source.rows())
        assert tracemalloc.get_traced_memory()[1] < MIB
    finally:
        tracemalloc.stop()
    assert len(rows) == 1


@pytest.mark.django_db
def test_a_merchant_must_be_said_and_a_currency_must_be_known(tmp_path: Path) -> None:
    with pytest.raises(UnreadableCatalogue, match="names no merchant"):
        invoices(tmp_path, sold(), terms=FileTerms())
    with pytest.raises(UnreadableCatalogue, match="no reference rate for XXX"):
        invoices(tmp_path, sold(), terms=FileTerms(merchant="gifts", currency="XXX"))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("United Kingdom", "GB"),
        ("germany", "DE"),
        ("EIRE", "IE"),
        ("RSA", "ZA"),
        ("USA", "US"),
        ("Czech Republic", "CZ"),
        ("Hong  Kong", "HK"),
        ("Channel Islands", None),
        ("European Community", None),
        ("European Union", None),
        ("Unspecified", None),
        ("", None),
    ],
)
def test_a_country_is_known_by_the_names_that_people_write(name: str, code: str | None) -> None:
    assert territory_code(name) == code
