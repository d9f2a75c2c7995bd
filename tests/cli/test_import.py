"""`fairground import` as a person or a program calls it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from fairground.cli.import_ import import_catalogue, make_markets
from fairground.crossborder.queries import default_customs, duty_rules
from fairground.markets.queries import market_currencies
from tests.catalogue_making import jsonl_line, write_jsonl
from tests.merchant_files import RSS, RSS_END, item, write


def test_the_help_shows_how_it_is_called() -> None:
    result = CliRunner().invoke(import_catalogue, ["--help"])
    assert result.exit_code == 0
    assert "fairground import catalogue/products.jsonl.xz" in result.output


def test_a_dry_run_reads_everything_and_lists_what_it_would_pass_over(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "some.jsonl", jsonl_line(), b"{", jsonl_line(id="2", price=0), jsonl_line(id="3"))
    result = CliRunner().invoke(import_catalogue, [str(path), "--dry-run"])
    assert result.exit_code == 0
    assert "Read 2 products with 2 SKUs" in result.output
    assert "Passed over 2 rows:" in result.output
    assert "some.jsonl, line 2: broken JSON: Input data was truncated" in result.output
    assert "some.jsonl, line 3: price is not above zero" in result.output


def test_a_program_reads_the_summary_as_json(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "some.jsonl", jsonl_line(), jsonl_line())
    result = CliRunner().invoke(import_catalogue, [str(path), "--dry-run", "--json"])
    summary = json.loads(result.output)
    assert (summary["dry_run"], summary["products"], summary["passed_over_count"]) == (True, 1, 1)
    assert summary["passed_over"] == [{"source": "some.jsonl", "line": 2, "reason": "the id 1 was seen before"}]


def test_a_file_without_any_product_fails(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "some.jsonl", b"{", b"[]")
    result = CliRunner().invoke(import_catalogue, [str(path), "--dry-run"])
    assert result.exit_code == 1
    assert "There was no product in it." in result.output


def test_only_the_first_rows_passed_over_are_listed(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "some.jsonl", jsonl_line(), *[b"{"] * 30)
    result = CliRunner().invoke(import_catalogue, [str(path), "--dry-run"])
    assert result.output.count("broken JSON") == 20
    assert "and 10 more; --json lists the first 30" in result.output


def test_a_merchants_own_file_is_read_with_what_is_said_about_it(tmp_path: Path) -> None:
    path = write(tmp_path / "feed.xml", RSS + item() + item(id="2", price="free") + RSS_END)
    result = CliRunner().invoke(import_catalogue, [str(path), "--dry-run", "--merchant", "olmo", "--units", "20"])
    assert result.exit_code == 0
    assert "Read 1 products with 1 SKUs" in result.output
    assert "feed.xml, line 4: price is not an amount and a currency, like 12.90 EUR" in result.output


def test_a_merchants_own_file_needs_to_be_told_whose_it_is_and_in_which_currency(tmp_path: Path) -> None:
    path = write(tmp_path / "shop.csv", "Handle,Title,Variant Price\nlamp,Lamp,12.90\n")
    alone = CliRunner().invoke(import_catalogue, [str(path), "--dry-run", "--currency", "EUR"])
    assert (alone.exit_code, "say whose goods they are with --merchant SLUG" in alone.output) == (1, True)
    free = CliRunner().invoke(import_catalogue, [str(path), "--dry-run", "--merchant", "olmo"])
    assert (free.exit_code, "say that of its prices with --currency, like EUR" in free.output) == (1, True)
    told = CliRunner().invoke(
        import_catalogue, [str(path), "--dry-run", "--json", "--merchant", "olmo", "--currency", "EUR"]
    )
    assert json.loads(told.output)["products"] == 1


def test_a_catalogue_that_names_its_merchants_takes_none(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "some.jsonl", jsonl_line())
    result = CliRunner().invoke(import_catalogue, [str(path), "--dry-run", "--merchant", "olmo"])
    assert result.exit_code == 1
    assert result.output.endswith("some.jsonl says itself what --merchant would: leave it out\n")


def test_a_path_that_does_not_exist_is_said_to_be_so(tmp_path: Path) -> None:
    result = CliRunner().invoke(import_catalogue, [str(tmp_path / "absent.jsonl"), "--dry-run"])
    assert result.exit_code == 1
    assert result.output.endswith("absent.jsonl does not exist\n")


@pytest.mark.usefixtures("lone_writer")
def test_a_new_realm_has_markets_and_asks_what_customs_asks_there() -> None:
    make_markets()

    assert len(market_currencies()) == 14
    assert duty_rules() == dict(default_customs().rules)
