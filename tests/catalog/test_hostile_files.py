"""Merchants' files that are broken or made to do harm: each is read to an answer, in bounded memory."""

import lzma
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairground.catalog.imports import lines
from fairground.catalog.imports.lines import LINE_BYTES_MAX
from fairground.catalog.imports.opening import open_catalogue
from fairground.catalog.imports.source import FileTerms, UnreadableCatalogue
from fairground.catalog.imports.tables import COLUMNS_MAX
from fairground.catalog.imports.xml_items import DEPTH_MAX, ITEM_CHARS_MAX, NAMES_MAX, TAG_BYTES_MAX
from fairground.catalog.rules import PassedOver
from tests.merchant_files import GOOGLE_TERMS, RSS, RSS_END, SHOPIFY_TERMS, item, read_file, write

HEADER = "id\ttitle\tprice\tavailability\tdescription\n"
ROW = "{id}\tLamp\t12.90 EUR\tin_stock\t{text}\n"
MIB = 1024 * 1024


def row(number: int, text: str = "") -> str:
    """Return a row of a table."""
    return ROW.format(id=number, text=text)


def ids(path: Path) -> tuple[list[str], list[tuple[int, str]]]:
    """Return the ids that were read, and lines and reasons of the rest."""
    products, passed_over = read_file(path)
    return [product.external_id for product in products], [(one.line, one.reason) for one in passed_over]


def peak_bytes(act: Callable[[], object]) -> int:
    """Return the most that `act` held at once."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss SYSTEM "http://shop.example/feed.dtd">',
        "<!DOCTYPE rss>",
    ],
)
def test_a_feed_that_declares_a_doctype_is_refused(tmp_path: Path, doctype: str) -> None:
    feed = RSS.replace("\n", f"\n{doctype}", 1) + item(title="&a;") + RSS_END
    reason = "the file declares a DOCTYPE, which no feed needs and which may hide entities; the rest was not read"
    assert ids(write(tmp_path / "feed.xml", feed)) == ([], [(2, reason)])


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("<item><g:id>2</item>", "broken XML from here on: mismatched tag"),
        ("<item>&nbsp;</item>", "broken XML from here on: undefined entity"),
        ("<item><x:id>2</x:id></item>", "broken XML from here on: unbound prefix"),
        ("<item>" + "<a>" * DEPTH_MAX, f"nested more than {DEPTH_MAX} deep; the rest was not read"),
        (
            "<item>" + "".join(f"<a{n}/>" for n in range(NAMES_MAX)),
            "more than 10,000 names of tags, attributes and namespaces; the rest was not read",
        ),
        (
            "<item>" + "".join(f"<a xmlns:p{n}='u'/>" for n in range(NAMES_MAX)),
            "more than 10,000 names of tags, attributes and namespaces; the rest was not read",
        ),
        ("<item><" + "y" * 400 + "/>", "a name is longer than 300 characters; the rest was not read"),
        ("<item xmlns:a='" + "y" * 400 + "'/>", "a name is longer than 300 characters; the rest was not read"),
        (
            "<item><g:id x='" + "y" * (3 * TAG_BYTES_MAX),
            "a tag or a comment is longer than 1 MiB; the rest was not read",
        ),
        ("<!--" + "y" * (3 * TAG_BYTES_MAX), "a tag or a comment is longer than 1 MiB; the rest was not read"),
        ("<" + "y" * (3 * TAG_BYTES_MAX), "a tag or a comment is longer than 1 MiB; the rest was not read"),
        ("", "broken XML from here on: no element found"),
    ],
)
def test_a_feed_that_breaks_yields_what_came_before(tmp_path: Path, broken: str, reason: str) -> None:
    path = write(tmp_path / "feed.xml", RSS + item(id="1", item_group_id="1") + broken)
    assert ids(path) == (["1"], [(4, reason)])


def test_an_html_page_given_as_a_feed_is_refused_and_nothing_of_it_read(tmp_path: Path) -> None:
    path = write(tmp_path / "feed.xml", "<html><item/></html>")
    assert ids(path) == ([], [(1, "neither an RSS nor an Atom feed; the rest was not read")])


@pytest.mark.parametrize("element", ["g:title", "g:unknown"])
def test_an_item_beyond_a_mebibyte_is_passed_over_without_holding_it(tmp_path: Path, element: str) -> None:
    text = "y" * (16 * ITEM_CHARS_MAX)
    endless = f"<item><g:id>2</g:id><{element}>{text}</{element}></item>\n"
    path = write(tmp_path / "feed.xml", RSS + item(id="1") + endless + item(id="3") + RSS_END)
    del text, endless
    assert ids(path) == (["1", "3"], [(4, "the item is longer than 1 MiB")])
    assert peak_bytes(lambda: ids(path)) < 8 * MIB


def test_bytes_of_another_encoding_and_what_xml_forbids_cost_their_item_alone(tmp_path: Path) -> None:
    feed = (RSS + item(id="1") + item(title="caf\u00e9") + item(title="a\0b") + item(id="2") + RSS_END).encode(
        "latin-1"
    )
    reason = "title holds a NUL character or bytes of another encoding"
    assert ids(write(tmp_path / "feed.xml", feed)) == (["1", "2"], [(4, reason), (5, reason)])


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-16", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-8-sig", "UTF-8"),
        ("utf-8", "utf-16"),
        ("latin-1", "ISO-8859-1"),
    ],
)
def test_a_feed_is_read_in_the_encoding_that_it_is_in(tmp_path: Path, encoding: str, declared: str) -> None:
    feed = RSS.replace('"1.0"?', f'"1.0" encoding="{declared}"?') + item(title="Caf\u00e9") + RSS_END
    products, passed_over = read_file(write(tmp_path / "feed.xml", feed.encode(encoding)))
    assert ([product.texts["en"].title for product in products], passed_over) == (["Caf\u00e9"], [])


@pytest.mark.parametrize("name", ["zlib_codec", "unicode_escape", "utf-7", "klingon"])
def test_an_encoding_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    feed = RSS.replace('"1.0"?', f'"1.0" encoding="{name}"?') + item() + RSS_END
    assert ids(write(tmp_path / "feed.xml", feed)) == (
        [],
        [(1, f"the encoding {name} is not known; save the file as UTF-8")],
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_is_read_in_the_encoding_that_it_is_in(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "feed.tsv", (HEADER + row(1, "Caf\u00e9").replace("\n", "\r\n")).encode(encoding))
    products, passed_over = read_file(path)
    assert ([product.texts["en"].description for product in products], passed_over) == (["Caf\u00e9"], [])


@pytest.mark.parametrize(
    ("bad", "lines_and_reasons"),
    [
        (row(2, "caf\udce9"), [(3, "description holds a NUL character or bytes of another encoding")]),
        (row(2, "a\0b"), [(3, "description holds a NUL character or bytes of another encoding")]),
        (row(2, "a\tb"), [(3, "6 fields where the first row has 5")]),
        ("a\t" * (LINE_BYTES_MAX // 2) + "\n", [(3, "524,289 fields where the first row has 5")]),
        ("\t" * (3 * LINE_BYTES_MAX) + "\n", [(3, "the line is longer than 1 MiB")]),
        (row(2, "y" * 131_073), [(3, "not a row of a table: field larger than field limit (131072)")]),
        (row(2, "a\rb"), [(3, "not a row of a table: new-line character seen in unquoted field")]),
        (row(2, '"never closed'), [(3, "a quotation mark is opened and not closed within 1 MiB")]),
        (
            row(2, '"' + "y" * (3 * LINE_BYTES_MAX) + '"'),
            [(3, "the line is longer than 1 MiB")],
        ),
        (
            row(2, '"\n' + "y" * (3 * LINE_BYTES_MAX) + '"'),
            [
                (3, "a quotation mark is opened and not closed within 1 MiB"),
                (4, "the line is longer than 1 MiB"),
            ],
        ),
    ],
)
def test_a_row_that_is_none_costs_itself_alone(
    tmp_path: Path, bad: str, lines_and_reasons: list[tuple[int, str]]
) -> None:
    content = (HEADER + row(1) + bad + row(3) + row(4)).encode("utf-8", "surrogateescape")
    read, passed_over = ids(write(tmp_path / "feed.tsv", content))
    assert read == ["1", "3", "4"]
    assert [
        (line, reason[: len(said)]) for (line, reason), (_, said) in zip(passed_over, lines_and_reasons, strict=True)
    ] == lines_and_reasons


def test_a_field_of_many_megabytes_is_never_held(tmp_path: Path) -> None:
    endless = '"' + ("y" * 1_000 + "\n") * 16_000 + '"'
    path = write(tmp_path / "feed.tsv", HEADER + row(1) + row(2, endless) + row(3))
    del endless
    read, passed_over = ids(path)
    assert read[0] == "1"
    assert passed_over[0] == (3, "a quotation mark is opened and not closed within 1 MiB")
    assert peak_bytes(lambda: [None for _ in open_catalogue(path, terms=GOOGLE_TERMS).rows()]) < 12 * MIB


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (b"", "the first row can't be read: it is empty"),
        (b"\t" * (3 * LINE_BYTES_MAX), "the first row can't be read: the line is longer than 1 MiB"),
        (b"id\t" * (COLUMNS_MAX + 1), "the first row has more than 1,000 columns"),
        (b'"id', "the first row can't be read: a quotation mark is opened and not closed within 1 MiB"),
        (b"sku\tname\n", "has neither the columns of a Google Merchant feed"),
        (b"\0\0\0\0", "has neither the columns of a Google Merchant feed"),
    ],
)
def test_a_table_without_known_columns_is_refused(tmp_path: Path, first: bytes, reason: str) -> None:
    with pytest.raises(UnreadableCatalogue, match=reason.replace("(", r"\(")):
        open_catalogue(write(tmp_path / "feed.tsv", first), terms=GOOGLE_TERMS)


@pytest.mark.parametrize("name", ["feed.tsv.xz", "feed.xml.xz", "feed.jsonl.xz"])
def test_a_compressed_file_that_unpacks_without_end_is_left(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "UNPACKED_FREE_BYTES", 2 * MIB)
    start = {"feed.tsv.xz": HEADER, "feed.xml.xz": RSS, "feed.jsonl.xz": ""}[name].encode()
    path = write(tmp_path / name, start + b"\n" * (8 * MIB))
    terms = FileTerms() if "jsonl" in name else GOOGLE_TERMS
    products, passed_over = read_file(path, terms)
    assert products == []
    assert [one.reason for one in passed_over] == [
        "the compressed file unpacks to more than 250 times its size; the rest was not read"
    ]


def test_a_compressed_file_that_wants_much_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml.xz"
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 512 * MIB}]
    path.write_bytes(lzma.compress((RSS + item() + RSS_END).encode(), filters=filters))
    assert ids(path) == ([], [(1, "the compressed file is damaged or cut off from here on")])


def test_a_compressed_file_of_several_streams_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "feed.tsv.xz"
    path.write_bytes(lzma.compress((HEADER + row(1)).encode()) + b"\0" * 8 + lzma.compress(row(2).encode()))
    assert ids(path) == (["1", "2"], [])


def test_a_compressed_file_that_is_cut_off_yields_what_came_before(tmp_path: Path) -> None:
    path = write(tmp_path / "feed.tsv.xz", HEADER + "".join(row(n, f"{hash(str(n)):032x}") for n in range(20_000)))
    path.write_bytes(path.read_bytes()[:-5_000])
    read, passed_over = ids(path)
    assert read[0] == "0"
    assert passed_over == [(len(read) + 2, "the compressed file is damaged or cut off from here on")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "terms", "reason"),
    [
        ("feed.xml", FileTerms(), "names no merchant: say whose goods they are with --merchant SLUG"),
        ("feed.xml", FileTerms(merchant="Olmo & Co"), "--merchant is not 1 to 60 of a-z, 0-9 and hyphens"),
        ("feed.xml", FileTerms(merchant="olmo", currency="EUR"), "names the currency of each price itself"),
        ("feed.xml", FileTerms(merchant="olmo", language="English"), "--language is not two or three small letters"),
        ("feed.xml", FileTerms(merchant="olmo", units=-1), "--units is not 0 to 1,000,000,000"),
        ("feed.xml", FileTerms(merchant="olmo", country="UK"), "--country is not the two capital letters of a country"),
        ("one.jsonl", FileTerms(country="DE"), "says itself what --country would: leave it out"),
        ("shop.csv", FileTerms(merchant="olmo"), "names no currency: say that of its prices with --currency"),
        ("shop.csv", FileTerms(merchant="olmo", currency="XAU"), "--currency: no reference rate for XAU"),
        ("shop.csv", FileTerms(currency="EUR"), "names no merchant"),
        ("one.jsonl", FileTerms(merchant="olmo"), "says itself what --merchant would: leave it out"),
        ("one.jsonl", FileTerms(units=2), "says itself what --units would: leave it out"),
        (".", FileTerms(currency="EUR"), "says itself what --currency would: leave it out"),
        ("feed.pdf", GOOGLE_TERMS, r"is neither a \.jsonl, \.xml, \.tsv, \.txt nor a \.csv file"),
    ],
)
def test_what_is_said_too_little_or_too_much_is_refused(
    tmp_path: Path, name: str, terms: FileTerms, reason: str
) -> None:
    for there in ("feed.xml", "feed.pdf", "one.jsonl"):
        write(tmp_path / there, RSS)
    write(tmp_path / "shop.csv", "Handle,Title,Variant Price\n")
    with pytest.raises(UnreadableCatalogue, match=reason):
        open_catalogue(tmp_path / name, terms=terms)


def test_the_position_of_a_file_that_was_read_is_its_size(tmp_path: Path) -> None:
    for name, content, terms in (
        ("feed.xml.xz", RSS + item() + RSS_END, GOOGLE_TERMS),
        ("feed.tsv", HEADER + row(1), GOOGLE_TERMS),
        ("shop.csv.xz", "Handle,Title,Variant Price\nlamp,Lamp,1\n", SHOPIFY_TERMS),
    ):
        source = open_catalogue(write(tmp_path / name, content), terms=terms)
        assert source.position == 0
        assert [isinstance(one, PassedOver) for one in source.rows()] == [False]
        assert source.position == source.size
        assert source.names().categories == {}


PIECES = st.sampled_from(
    [
        b"<item>", b"</item>", b"<g:id>", b"</g:id>", b"<g:price>", b"</g:price>", b"1.00 EUR", b"<!--", b"-->",
        b"<![CDATA[", b"]]>", b"<?x ?>", b"&amp;", b"&#0;", b"&#xD800;", b"<![", b"\xff\xfe", b"\0", b"\xe9", b"a",
        b'"', b'""', b"\t", b",", b"\n", b"\r", b"lamp", b"in_stock", b"<p>", b"<script>",
    ]
)  # fmt: skip


@given(pieces=st.lists(PIECES, max_size=60), start=st.sampled_from(["feed.xml", "feed.tsv", "shop.csv"]))
@settings(max_examples=300)
def test_whatever_stands_in_a_file_is_answered(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], start: str
) -> None:
    head = {"feed.xml": RSS, "feed.tsv": HEADER, "shop.csv": "Handle,Title,Body (HTML),Variant Price\n"}[start]
    path = write(tmp_path_factory.getbasetemp() / start, head.encode() + b"".join(pieces))
    terms = SHOPIFY_TERMS if start == "shop.csv" else GOOGLE_TERMS
    products, passed_over = read_file(path, terms)
    assert all(one.line >= 1 and one.reason for one in passed_over)
    assert all(sku.price.amount_minor > 0 and sku.external_id for product in products for sku in product.skus)


def test_a_file_of_very_many_compressed_pieces_is_read_no_further_than_the_limit(tmp_path: Path) -> None:
    pieces = [lzma.compress((HEADER + row(1)).encode()), *[lzma.compress(b"")] * 50_000]
    path = tmp_path / "feed.tsv.xz"
    path.write_bytes(b"".join(pieces))

    reason = "the compressed file is more than 1,000 .xz files in one; the rest was not read"
    assert ids(path) == (["1"], [(3, reason)])


def test_a_file_of_several_compressed_pieces_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "feed.tsv.xz"
    rows = [lzma.compress(row(number).encode()) for number in range(lines.STREAMS_MAX - 1)]
    path.write_bytes(b"".join([lzma.compress(HEADER.encode()), *rows]))

    assert ids(path) == ([str(number) for number in range(lines.STREAMS_MAX - 1)], [])
