"""A payout's statement: line by line what of each order is whose, adding up to the payout to the minor unit."""

import csv
import io
from decimal import Decimal
from pathlib import Path

import click
import pytest
from msgspec.structs import replace

from fairground.cli.statement import write_statement
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.markets.models import Market
from fairground.merchants.models import Merchant
from fairground.settlement import statements
from fairground.settlement.actions.advance_payouts import advance_payout
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.models import Entry, Payout
from fairground.settlement.rules.payouts import PayoutState
from fairground.settlement.statements import NoSuchPayout, read_statement, statement_lines
from fairground.sites.statements import document
from fairground.sites.statements.document import statement_language, statement_pdf, statement_words
from fairground.sites.statements.table import COLUMNS, statement_csv
from tests.factories import make_market
from tests.refunding import Scene, back, make_scene
from tests.settlement.adding_up import assert_document_adds_up
from tests.settlement.making import DAY_MS, SETTLED_MS, make_terms, settle


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    scene = make_scene()
    make_terms(scene.chair.merchant.id, reserve_bps=1_000, reserve_days=7)
    settle(scene.chairs)
    back(scene.chairs, 1, 1, now_ms=SETTLED_MS + 1)
    propose_payouts(now_ms=SETTLED_MS + 2)
    return scene


def rows() -> list[list[str]]:
    head = read_statement(payout_id=Payout.objects.get().id)
    text = b"".join(statement_csv(statement_lines(head), currency=head.currency)).decode()
    return list(csv.reader(io.StringIO(text)))


def test_each_line_adds_up_and_all_of_them_to_the_payout(scene: Scene) -> None:
    heads, *lines = rows()

    assert tuple(heads) == COLUMNS
    assert [line[4:12] for line in lines] == [
        ["199.23", "26.65", "-11.29", "-2.37", "0.00", "-21.22", "0.00", "191.00"],
        ["-66.41", "-8.88", "3.76", "0.79", "0.00", "7.08", "0.00", "-63.66"],
    ]
    assert [line[1] for line in lines] == ["release", "refund"]
    assert {line[0] for line in lines} == {f"{scene.placed.number}-1"}
    for line in lines:
        assert sum(map(Decimal, line[4:11])) == Decimal(line[11])
    assert sum(Decimal(line[11]) for line in lines) * 100 == Payout.objects.get().amount_minor == 12_734


def test_the_document_adds_up_line_by_line_and_column_by_column_to_the_payout(scene: Scene) -> None:
    head = read_statement(payout_id=Payout.objects.get().id)
    words = statement_words(head, list(statement_lines(head)))

    assert [line[1:] for line in words["lines"]] == [line[4:12] for line in rows()[1:]]
    assert words["sums"] == [
        "Total",
        "132.82",
        "17.77",
        "-7.53",
        "-1.58",
        "0.00",
        "-14.14",
        "0.00",
        "127.34",
    ]
    assert_document_adds_up(head)


def test_a_cent_that_is_not_there_is_seen(scene: Scene) -> None:
    head = read_statement(payout_id=Payout.objects.get().id)

    with pytest.raises(AssertionError):
        assert_document_adds_up(replace(head, amount_minor=head.amount_minor + 1))


def test_a_long_statement_is_read_in_pieces_and_whole(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows()

    monkeypatch.setattr(statements, "LINES_A_READ_MAX", 1)

    assert rows() == before


def test_the_document_is_the_same_bytes_each_time_and_a_pdf(scene: Scene) -> None:
    head = read_statement(payout_id=Payout.objects.get().id)
    lines = list(statement_lines(head))

    made = statement_pdf(head, lines)

    assert made.startswith(b"%PDF-")
    assert statement_pdf(head, lines) == made


def test_the_document_speaks_the_language_of_the_merchants_market(scene: Scene) -> None:
    assert statement_language("ES") == "en"
    Market.objects.update(languages=["xx", "es", "en"])

    assert statement_language("ES") == "es"
    assert statement_language("ZZ") == "en"


def test_a_merchant_whose_letters_no_font_has_gets_its_document_all_the_same(scene: Scene) -> None:
    Merchant.objects.update(name="ᚠᚢᚦ #let x [*]")
    head = read_statement(payout_id=Payout.objects.get().id)

    assert statement_pdf(head, list(statement_lines(head))).startswith(b"%PDF-")


def test_of_a_long_statement_the_document_has_a_row_a_day_and_says_where_the_lines_are(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    back(scene.chairs, 1, 1, now_ms=SETTLED_MS + DAY_MS)
    # As if the payout went on until the refund of the next day.
    head = replace(read_statement(payout_id=Payout.objects.get().id), until_id=Entry.objects.latest("id").id)
    whole = statement_words(head, statement_lines(head))
    monkeypatch.setattr(document, "PDF_LINES_MAX", 2)

    short = statement_words(head, statement_lines(head))

    assert [len(words["lines"]) for words in (whole, short)] == [3, 2]
    assert [row[0] for row in short["lines"]] == ["\nNov 12, 2026, 2 lines", "\nNov 13, 2026, 1 line"]
    assert short["lines"][0][1:] == ["132.82", "17.77", "-7.53", "-1.58", "0.00", "-14.14", "0.00", "127.34"]
    assert short["lines"][1][1:] == whole["lines"][2][1:]
    assert short["sums"] == whole["sums"]
    assert short["notes"][0].startswith("There are 3 lines: here they are added up by day (UTC).")
    assert short["notes"][1:] == whole["notes"]
    assert statement_pdf(head, statement_lines(head)).startswith(b"%PDF-")


def test_the_command_writes_both_and_nothing_of_a_payout_that_failed(scene: Scene, tmp_path: Path) -> None:
    payout_id, table, paper = Payout.objects.get().id, tmp_path / "one.csv", tmp_path / "one.pdf"
    write_statement(payout_id=payout_id, table=table, document=paper)
    assert (table.read_bytes().count(b"\r\n"), paper.read_bytes()[:5]) == (3, b"%PDF-")

    by = By(user_id=None, now=from_unix_ms(SETTLED_MS + 3), reason="closed")
    advance_payout(payout_id=payout_id, then=PayoutState.FAILED, by=by)
    with pytest.raises(NoSuchPayout):
        read_statement(payout_id=payout_id)
    with pytest.raises(click.ClickException, match="there is no payout"):
        write_statement(payout_id=payout_id, table=tmp_path / "two.csv", document=None)
    assert not (tmp_path / "two.csv").exists()
