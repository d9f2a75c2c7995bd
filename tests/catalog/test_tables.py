"""Rows of tables, however they are quoted."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairground.catalog.imports.html_text import HTML_LENGTH_MAX, plain_text
from fairground.catalog.imports.tables import table_columns, table_rows

CELLS = st.text(alphabet='ab"\n\t,; é', max_size=12)


def reader(content: str) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(content.encode()))


@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=8), delimiter=st.sampled_from(",\t"))
def test_what_a_program_writes_as_a_table_is_read_back(rows: list[tuple[str, str]], delimiter: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow("xyz")
    writer.writerows((*row, "end") for row in rows)
    read = [row for _, row in table_rows(reader(text.getvalue()), delimiter=delimiter, columns=["x", "y", "z"])]
    assert read == [{name: cell for name, cell in zip("xyz", (*row, "end"), strict=True) if cell} for row in rows]


def test_rows_are_numbered_by_their_first_line() -> None:
    content = 'a,b\n1,"x\ny"\n2,24" z\n\n3,"a""b"\n4,5,6\n5\n6,"open\n7,k\n8,l\n'
    assert list(table_rows(reader(content), delimiter=",", columns=["a", "b"])) == [
        (2, {"a": "1", "b": "x\ny"}),
        (4, {"a": "2", "b": '24" z'}),
        (6, {"a": "3", "b": 'a"b'}),
        (7, "3 fields where the first row has 2"),
        (8, {"a": "5"}),
        (9, "a quotation mark is opened and not closed within 1 MiB"),
        (10, {"a": "7", "b": "k"}),
        (11, {"a": "8", "b": "l"}),
    ]


def test_the_columns_are_those_of_the_first_row() -> None:
    assert table_columns(reader('Handle,"Body, HTML"\n1,2\n'), delimiter=",") == ["Handle", "Body, HTML"]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Plain &amp; simple", "Plain & simple"),
        ("One  line\n\n\nanother", "One line\n\nanother"),
        ("a < b, b > c", "a < b, b > c"),
        ("<p>One</p><p>two<br>three</p>", "One\n\ntwo\nthree"),
        ("<ul>\n<li>one</li>\n<li>two</li>\n</ul>after", "one\ntwo\n\nafter"),
        ("x<script>alert('<p>1</p>')</script><style>p {}</style>y", "xy"),
        ("<a title='>' href=\"javascript:x()\">link</a>", "link"),
        ("&lt;script&gt;x&lt;/script&gt;", "<script>x</script>"),
        ("<![CDATA[x]]>y<![if !IE]>z<p>", "yz"),
        ("x<!-- a comment -->y", "xy"),
        ("x<!-- never closed", "x"),
        ("x<script>never closed", "x"),
        ("<p", ""),
        ("", ""),
    ],
)
def test_html_becomes_what_a_reader_would_see(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize("piece", ["<!--", "<a ", "<![", "</", "<a b='", "<?", "&", "<script></", "<p>", "&#"])
def test_markup_that_never_ends_is_read_to_an_end(piece: str) -> None:
    html = (piece * HTML_LENGTH_MAX)[:HTML_LENGTH_MAX]
    assert len(plain_text(html)) <= HTML_LENGTH_MAX
