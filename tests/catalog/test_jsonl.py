"""Reading a catalogue of JSON lines, good, bad and hostile."""

import lzma
from pathlib import Path

import pytest

from fairground.catalog.imports.jsonl import JsonlCatalogue
from fairground.catalog.imports.lines import LINE_BYTES_MAX
from fairground.catalog.rules import PassedOver, ProductRecord, ProductText
from fairground.kernel.money import Money
from tests.catalogue_making import jsonl_line, shared_data, write_jsonl


def read(path: Path) -> tuple[list[ProductRecord], list[PassedOver]]:
    rows = list(JsonlCatalogue(path).rows())
    products = [row for row in rows if isinstance(row, ProductRecord)]
    return products, [row for row in rows if isinstance(row, PassedOver)]


def test_a_line_becomes_a_product_of_its_suppliers_merchant(tmp_path: Path) -> None:
    line = jsonl_line(
        ean=["123", "4006381333931", "96385074"],
        hs_code="8544.42",
        attr_t_product_type="Data cable",
        attr_n_length=1.5,
        attr_b_shielded=False,
        attr_t_length="long",
    )
    [product], passed_over = read(write_jsonl(tmp_path / "one.jsonl", line))
    assert passed_over == []
    assert product.external_id == "1"
    assert product.texts == {"en": ProductText("USB-C cable", "A cable of one metre.")}
    assert (product.brand, product.category) == ("Cablewright", "electronics.data-cable")
    assert product.attributes == {
        "product_type": "Data cable",
        "length": 1.5,
        "shielded": False,
        "length_t": "long",
    }
    assert (product.merchant.slug, product.merchant.name) == ("cablewright", "Cablewright")
    assert product.merchant.place.country == "", "nobody stated it"
    [sku] = product.skus
    assert (sku.external_id, sku.gtin, sku.price) == ("1", "04006381333931", Money(995, "USD"))
    assert sku.hs_code == "854442"
    assert (sku.stock_units, sku.units_stated) == (223, False)


def test_a_compressed_file_reads_as_the_plain_one(tmp_path: Path) -> None:
    lines = [jsonl_line(id=str(number)) for number in range(50)]
    plain = read(write_jsonl(tmp_path / "products.jsonl", *lines))
    assert len(plain[0]) == 50
    assert read(write_jsonl(tmp_path / "products.jsonl.xz", *lines)) == plain


def test_the_position_of_a_file_that_was_read_is_its_size(tmp_path: Path) -> None:
    source = JsonlCatalogue(write_jsonl(tmp_path / "products.jsonl.xz", jsonl_line()))
    assert source.position == 0
    assert len(list(source.rows())) == 1
    assert source.position == source.size


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"id": "1",', "broken JSON: Input data was truncated"),
        (b"[1, 2]", "not a JSON object with sound values: Expected `object`, got `array`"),
        (jsonl_line(price=1).replace(b"1,", b"1e400,"), "not a JSON object with sound values: Number out of range"),
        (jsonl_line(id=None), "id is missing"),
        (jsonl_line(id=7), "id is not a text"),
        (jsonl_line(id="  "), "id is empty"),
        (jsonl_line(id="7" * 121), "id is longer than 120 characters"),
        (jsonl_line(title=None), "title is missing"),
        (jsonl_line(title=""), "title is empty"),
        (jsonl_line(title=["a"]), "title is not a text"),
        (jsonl_line(title="t" * 301), "title is longer than 300 characters"),
        (jsonl_line(title="a\0b"), "title holds a NUL character"),
        (jsonl_line(hs_code=854442), "hs_code is not a text"),
        (jsonl_line(hs_code="85"), "hs_code is not a tariff code of 6 to 10 digits"),
        (jsonl_line(supplier=None), "supplier is missing"),
        (jsonl_line(short_description="d" * 20_001), "short_description is longer than 20,000 characters"),
        (jsonl_line(price=None), "price is missing"),
        (jsonl_line(price="995"), "price is not a whole number of US cents"),
        (jsonl_line(price=9.95), "price is not a whole number of US cents"),
        (jsonl_line(price=True), "price is not a whole number of US cents"),
        (jsonl_line(price=0), "price is not above zero"),
        (jsonl_line(price=-5), "price is not above zero"),
        (jsonl_line(price=1_000_000_001), "price is above 1,000,000,000 US cents"),
        (jsonl_line(price=10**30), "price is above 1,000,000,000 US cents"),
        (jsonl_line(attr_t_colour="a\0b"), "attr_t_colour holds a NUL character or is too long"),
        (jsonl_line(attr_t_colour="c" * 10_001), "attr_t_colour holds a NUL character or is too long"),
        (jsonl_line(attr_t_="x"), "an attribute's name is empty, too long or holds a NUL character"),
        (
            jsonl_line(**{"attr_t_" + "n" * 120: "x"}),
            "an attribute's name is empty, too long or holds a NUL character",
        ),
        (jsonl_line(**{f"attr_n_{n}": n for n in range(1_001)}), "more than 1,000 attributes"),
        (b'{"id": "1", "title": ' + b"[" * 100_000, "nested too deeply"),
        (jsonl_line(title="caf\u00e9").replace(b"caf\\u00e9", b"caf\xe9"), "not UTF-8"),
        (
            jsonl_line(title="X").replace(b'"X"', b'"\\ud800"'),
            "broken JSON: JSON is malformed: unexpected end of escaped utf-16",
        ),
    ],
)
def test_a_bad_line_is_passed_over_with_its_number_and_the_reason(tmp_path: Path, line: bytes, reason: str) -> None:
    path = write_jsonl(tmp_path / "some.jsonl", jsonl_line(id="before"), line, jsonl_line(id="after"))
    products, passed_over = read(path)
    assert [product.external_id for product in products] == ["before", "after"]
    [bad] = passed_over
    assert (bad.source, bad.line) == ("some.jsonl", 2)
    assert bad.reason.startswith(reason)


def test_a_line_beyond_a_mebibyte_is_passed_over_without_holding_it(tmp_path: Path) -> None:
    longest = jsonl_line(note="").replace(b'"note": ""', b'"note": "%s"')
    fits = longest.replace(b"%s", b"x" * (LINE_BYTES_MAX - len(longest) + 2))
    path = write_jsonl(tmp_path / "long.jsonl.xz", fits, b"x" * (5 * LINE_BYTES_MAX), jsonl_line(id="after"))
    products, passed_over = read(path)
    assert len(fits) == LINE_BYTES_MAX
    assert [product.external_id for product in products] == ["1", "after"]
    assert passed_over == [PassedOver("long.jsonl.xz", 2, "the line is longer than 1 MiB")]


def test_an_id_that_comes_again_is_passed_over_but_not_at_another_supplier(tmp_path: Path) -> None:
    lines = (jsonl_line(), jsonl_line(price=5), jsonl_line(supplier="Other"))
    products, passed_over = read(write_jsonl(tmp_path / "twice.jsonl", *lines))
    assert [product.merchant.slug for product in products] == ["cablewright", "other"]
    assert passed_over == [PassedOver("twice.jsonl", 2, "the id 1 was seen before")]


def test_empty_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    products, passed_over = read(write_jsonl(tmp_path / "gaps.jsonl", b"", b"  \r", jsonl_line(), b"x"))
    assert len(products) == 1
    assert [row.line for row in passed_over] == [4]


def test_attributes_of_another_type_than_their_key_says_are_left_out(tmp_path: Path) -> None:
    line = jsonl_line(attr_n_weight="heavy", attr_n_on=True, attr_b_on=1, attr_t_size=4, attr_x_y=1, attr_n_w=2)
    [product], _ = read(write_jsonl(tmp_path / "types.jsonl", line))
    assert product.attributes == {"w": 2}


def test_a_compressed_file_that_is_cut_off_yields_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl.xz"
    lines = b"".join(jsonl_line(id=str(number), note=f"{hash(str(number)):032x}") + b"\n" for number in range(30_000))
    path.write_bytes(lzma.compress(lines)[:-5_000])
    products, passed_over = read(path)
    assert products[0].external_id == "0"
    assert passed_over == [
        PassedOver("cut.jsonl.xz", len(products) + 1, "the compressed file is damaged or cut off from here on")
    ]


def test_a_file_that_is_not_xz_at_all_is_reported_at_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "no.jsonl.xz"
    path.write_bytes(jsonl_line())
    assert read(path) == (
        [],
        [PassedOver("no.jsonl.xz", 1, "the compressed file is damaged or cut off from here on")],
    )


def test_the_first_500_lines_of_the_real_catalogue_are_products(tmp_path: Path) -> None:
    with lzma.open(shared_data("catalogue_icecat/products.jsonl.xz")) as file:
        lines = [next(file).rstrip(b"\n") for _ in range(500)]
    products, passed_over = read(write_jsonl(tmp_path / "icecat.jsonl", *lines))
    assert (len(products), passed_over) == (500, [])
    assert products[0].texts["en"].title == "Xerox 006R90321 toner cartridge Original Black 6 pc(s)"
    assert products[0].skus[0].gtin == "00095205603217"
    assert products[1].category == "electronics.notebook"
