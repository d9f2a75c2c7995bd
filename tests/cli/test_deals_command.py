"""`fairground deals` as a person or a program calls it, and the files that it reads."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fairground.catalog.imports.source import UnreadableCatalogue
from fairground.catalog.rules import PassedOver
from fairground.cli.deals import deals
from fairground.festivals.declaration_files import read_declarations
from fairground.festivals.declared import DeclaredRow

HEAD = "sku,units,limit,hall,opens_at,price_EU,price_JP\n"


def read(path: Path, text: str) -> list[DeclaredRow | PassedOver]:
    path.write_text(text, "utf-8")
    return list(read_declarations(path=path))


def reasons(path: Path, text: str) -> list[tuple[int, str]]:
    return [(one.line, one.reason) for one in read(path, text) if isinstance(one, PassedOver)]


@pytest.mark.parametrize("command", ["enrol", "declare", "review"])
def test_the_help_of_each_shows_how_it_is_called(command: str) -> None:
    result = CliRunner().invoke(deals, [command, "--help"])

    assert result.exit_code == 0
    assert f"fairground deals {command}" in result.output
    assert "--json" in result.output


def test_a_table_is_read_row_by_row(tmp_path: Path) -> None:
    text = HEAD + "a-1,40,2,home,2026-11-11T00:00:00+08:00,12.90,1500\n\n" + "a-2, 7 ,,,,9.00,\n"

    first, second = read(tmp_path / "deals.csv", text)

    assert isinstance(first, DeclaredRow)
    assert (first.line, first.sku, first.units, first.buyer_limit, first.hall) == (2, "a-1", 40, 2, "home")
    assert dict(first.prices) == {"EU": "12.90", "JP": "1500"}
    assert first.opens_at is not None
    assert first.opens_at.isoformat() == "2026-11-11T00:00:00+08:00"
    assert second == DeclaredRow(line=4, sku="a-2", hall="", units=7, buyer_limit=0, prices={"EU": "9.00"})


def test_json_lines_say_the_same(tmp_path: Path) -> None:
    text = '{"sku": "a-1", "units": 40, "limit": 2, "prices": {"EU": "12.90", "JP": 1500}}\n'

    (row,) = read(tmp_path / "deals.jsonl", text)

    assert row == DeclaredRow(line=1, sku="a-1", hall="", units=40, buyer_limit=2, prices={"EU": "12.90", "JP": "1500"})


def test_each_bad_row_of_a_table_is_told_by_its_line(tmp_path: Path) -> None:
    text = HEAD + "".join(
        f"{row}\n"
        for row in (
            ",40,,,,1.00,",
            "a,,,,,1.00,",
            "a,forty,,,,1.00,",
            "a,-4,,,,1.00,",
            "a,4,4.5,,,1.00,",
            f"{'a' * 121},4,,,,1.00,",
            "a,4,,,tomorrow,1.00,",
            "a,4,,,2026-11-11T00:00:00,1.00,",
            "a,4,,,,1.00,,,,,,,,,",
        )
    )

    assert reasons(tmp_path / "deals.csv", text) == [
        (2, "sku is missing"),
        (3, "units is missing"),
        (4, "units is not a whole number"),
        (5, "units is not a whole number"),
        (6, "limit is not a whole number"),
        (7, "sku is longer than 120 characters"),
        (8, "opens_at is not a moment like 2026-11-11T00:00:00+08:00"),
        (9, "opens_at does not say in which zone it is, like +08:00 or Z"),
        (10, "15 fields where the first row has 7"),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[]", "not a JSON object"),
        ("{", "not a JSON object"),
        ('{"sku": "a", "units": 4}', "prices is not an object with an amount a market"),
        ('{"sku": "a", "units": 4, "prices": {"eu": "1"}}', "a market is named by its code in capitals"),
        ('{"sku": "a", "units": 4.5, "prices": {"EU": "1"}}', "units is no text of this file's encoding, or a number"),
        ('{"sku": "a", "units": true, "prices": {"EU": "1"}}', "units is no text of this file's encoding"),
        ('{"sku": "a", "units": 4, "prices": {"EU": 12.9}}', "the price in EU is no text of this file's encoding"),
    ],
)
def test_each_bad_line_of_json_is_told(tmp_path: Path, line: str, reason: str) -> None:
    ((number, told),) = reasons(tmp_path / "deals.jsonl", line + "\n")

    assert number == 1
    assert told.startswith(reason)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("deals.xls", "", "is neither a .csv, .tsv nor a .jsonl file"),
        ("deals.csv", "sku,units\n", "needs the columns sku, units and price_ with a market"),
        ("deals.csv", "sku,units,price_EU,discount\n", "has columns that say nothing of a deal: discount"),
        ("deals.csv", "", "the first row can't be read"),
    ],
)
def test_a_file_that_declares_nothing_is_refused_whole(tmp_path: Path, name: str, text: str, reason: str) -> None:
    with pytest.raises(UnreadableCatalogue, match=reason.replace(".", r"\.")):
        read(tmp_path / name, text)


def test_a_file_that_is_not_there_is_said_so_before_any_database_is_asked(tmp_path: Path) -> None:
    arguments = ["declare", str(tmp_path / "none.csv"), "--festival", "fair", "--merchant", "olmo"]

    result = CliRunner().invoke(deals, arguments)

    assert (result.exit_code, result.output.endswith("none.csv is no file\n")) == (1, True)


def test_a_festival_and_a_merchant_have_to_be_named() -> None:
    result: Any = CliRunner().invoke(deals, ["declare", "deals.csv"])

    assert (result.exit_code, "Missing option '--festival'" in result.output) == (2, True)
