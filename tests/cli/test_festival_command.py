"""`fairground festival` as a person calls it, on the tests' own database."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fairground.catalog.rules import DealTerms
from fairground.cli.festival import festival
from fairground.config.home import Home
from fairground.config.parent_lock import ParentLock
from fairground.dashboard.models import Tally
from fairground.festivals.models import Deal, Festival, Hall
from fairground.inventory.models import Stock
from tests.catalogue_making import make_product, make_shop, run_import

ANNUAL = ["--slug", "fair", "--opens", "2100-11-11", "--zone", "Asia/Shanghai"]


@pytest.fixture
def shop(transactional_db: None) -> Iterator[None]:
    """Markets; the tests' cluster stays up when a command is done, as beside a parent."""
    lock = ParentLock(home=Home.default())
    lock.take(address=None)
    make_shop()
    yield
    lock.release()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(festival, arguments)


def json_of(*arguments: str) -> Any:
    """Return what a command that does well prints as JSON."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def times(shown: Any) -> dict[str, tuple[str, str]]:
    return {one["kind"]: (one["starts_local"], one["ends_local"]) for one in shown["phases"] if not one["market"]}


@pytest.mark.parametrize("command", ["create", "list", "show", "validate", "shift", "clone", "compare"])
def test_the_help_of_each_shows_how_it_is_called(command: str) -> None:
    result = run(command, "--help")

    assert result.exit_code == 0
    assert f"fairground festival {command} " in result.output
    assert "--json" in result.output


def test_a_festival_is_made_from_options_with_all_its_phases(shop: None) -> None:
    shown = json_of("create", *ANNUAL, "--name", "Lantern Fair", "--length", "presale-days=14", "--own-zone", "US")

    assert (shown["slug"], shown["name"], shown["currency"]) == ("fair", {"en": "Lantern Fair"}, "EUR")
    assert shown["opens_at"] == "2100-11-10T16:00:00+00:00"
    assert times(shown)["presale"] == ("2100-10-28 00:00", "2100-11-10 20:00")
    assert times(shown)["sale"] == ("2100-11-11 00:00", "2100-11-12 00:00")
    own = next(one for one in shown["phases"] if one["market"] == "US" and one["kind"] == "sale")
    assert (own["starts_local"], own["zone"]) == ("2100-11-11 00:00", "America/New_York")
    assert shown["next"] == {
        "kind": "announcement",
        "edge": "begins",
        "market": None,
        "at": "2100-09-07T16:00:00+00:00",
    }
    assert shown["problems"] == []


def test_a_festival_is_made_from_a_file_whose_phases_go_before_its_lengths(shop: None, tmp_path: Path) -> None:
    path = tmp_path / "festival.json"
    written = {
        "slug": "fair",
        "name": {"en": "Fair", "zh": "灯市"},
        "opens": "2100-11-11",
        "zone": "Europe/Madrid",
        "halls": [{"slug": "home", "name": {"en": "Home"}}],
        "lengths": {"announcement-days": 0, "sale-hours": 36},
        "phases": [{"kind": "balance", "starts": "2100-11-11", "ends": "2100-11-13T12:00"}],
    }
    path.write_text(json.dumps(written))

    shown = json_of("create", str(path))

    assert times(shown)["sale"] == ("2100-11-11 00:00", "2100-11-12 12:00")
    assert times(shown)["balance"] == ("2100-11-11 00:00", "2100-11-13 12:00")
    assert "announcement" not in times(shown)
    assert shown["problems"] == [{"code": "hall-empty", "text": "The hall home has no deals."}]
    assert Hall.objects.get().slug == "home"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--slug", "fair"], "give a file, or --slug, --opens and --zone"),
        ([*ANNUAL, "--zone", "Asia/Nowhere"], "there is no time zone 'Asia/Nowhere'"),
        ([*ANNUAL, "--opens", "soon"], "'soon' is no date or time like 2027-11-11"),
        ([*ANNUAL, "--slug", "No Slug"], "'No Slug' is no slug"),
        ([*ANNUAL, "--currency", "XXX"], "there is no rate for the currency 'XXX'"),
        ([*ANNUAL, "--length", "naps=3"], "there is no length 'naps'; there are announcement-days"),
        ([*ANNUAL, "--length", "sale-hours=0"], "sale-hours can't be 0"),
        ([*ANNUAL, "--length", "sale-hours"], "'sale-hours' is not like presale-days=14"),
        ([*ANNUAL, "--own-zone", "XX"], "there is no market XX; there are AU, BR"),
        ([*ANNUAL, "--own-zone", "AU"], "AU: The sale begins before that of the festival."),
        ([*ANNUAL, "--length", "balance-hours=0"], "There is a presale, and no window in which its balances are paid."),
    ],
)
def test_what_makes_no_festival_is_said_in_words(shop: None, arguments: list[str], words: str) -> None:
    result = run("create", *arguments)

    assert result.exit_code in {1, 2}
    assert words in " ".join(result.output.split())
    assert Festival.objects.count() == 0


def test_a_file_that_is_no_festival_is_said_to_be_so(shop: None, tmp_path: Path) -> None:
    path = tmp_path / "festival.json"
    path.write_text('{"slug": "fair", "colour": "red"}')

    result = run("create", str(path))

    assert (result.exit_code, "the file describes no festival" in result.output) == (1, True)


def test_a_festival_is_shown_with_a_markets_clocks_and_listed(shop: None) -> None:
    run("create", *ANNUAL)

    shown, listed = run("show", "fair", "--market", "US").output, run("list").output

    assert "begins in US" in shown
    assert "2100-11-11 00:00" in shown
    assert "Next: Announcement begins" in shown
    assert listed == "fair  opens 2100-11-11 00:00 Asia/Shanghai  -\n"
    assert "there is no festival nowhere; there are fair" in run("show", "nowhere").output
    assert "there is no market XX" in run("show", "fair", "--market", "XX").output


def test_validation_ends_with_1_and_names_what_is_lacking(shop: None) -> None:
    run("create", *ANNUAL)
    assert run("validate", "fair").exit_code == 0
    deal = DealTerms(percent_off=30, units=400, buyer_limit=2)
    run_import(make_product(deal=deal, stock_units=400), festival="fair")
    Stock.objects.update(units=100)

    result = run("validate", "fair", "--json")

    words = f"1 deal promises more units than there are: {Deal.objects.get().id}"
    lack = {"code": "deals-short", "text": words}
    assert (result.exit_code, json.loads(result.output)) == (1, {"slug": "fair", "ok": False, "problems": [lack]})
    assert f"- {words}\n1 to mend.\n" in run("validate", "fair").output


@pytest.mark.parametrize(
    ("how", "opens"),
    [
        (["--by", "2h"], "2100-11-11 02:00"),
        (["--by", "-30m"], "2100-11-10 23:30"),
        (["--by", "7d"], "2100-11-18 00:00"),
        (["--opens", "2100-12-12"], "2100-12-12 00:00"),
    ],
)
def test_a_festival_is_shifted_with_its_phases(shop: None, how: list[str], opens: str) -> None:
    run("create", *ANNUAL)

    shown = json_of("shift", "fair", *how)

    begins, ends = times(shown)["sale"]
    assert (begins, times(shown)["gala"][1]) == (opens, opens)
    assert datetime.fromisoformat(ends) - datetime.fromisoformat(begins) == timedelta(hours=24)


def test_a_shift_that_can_not_be_is_said_in_words(shop: None) -> None:
    run("create", *ANNUAL)

    assert "give either --by or --opens" in run("shift", "fair").output
    assert "'soon' is not like 2h, 30m or -7d" in run("shift", "fair", "--by", "soon").output
    assert "it has to open in the future" in run("shift", "fair", "--opens", "2020-11-11").output
    assert Festival.objects.get().opens_at == datetime(2100, 11, 10, 16, tzinfo=UTC)


def test_a_festival_is_made_again_and_compared_with_the_one_before(shop: None) -> None:
    run("create", *ANNUAL)

    shown = json_of("clone", "fair", "--to", "again", "--opens", "2101-11-11")
    assert (shown["previous"], shown["deals_copied"]) == ("fair", 0)
    assert times(shown)["gala"] == ("2101-11-10 20:00", "2101-11-11 00:00")
    in_weeks = json_of("clone", "fair", "--to", "weeks")
    assert times(in_weeks)["sale"][0] == "2101-11-10 00:00"
    assert "there is a festival again already" in run("clone", "fair", "--to", "again").output

    for at, (slug, orders) in enumerate((("again", 5), ("fair", 3)), 1):
        second = int(Festival.objects.get(slug=slug).opens_at.timestamp()) + 61
        dimensions = {"market": "EU", "currency": "EUR", "buyer_country": "DE", "merchant_country": "ES"}
        for kind, amount_minor in ((1, 990), (2, 990)):
            Tally.objects.create(
                **dimensions,
                lane=0,
                writer_seq=at,
                row_no=kind,
                second=second,
                kind=kind,
                channel=1,
                device=1,
                orders=orders,
                units=orders,
                amount_minor=amount_minor,
            )
    compared = json_of("compare", "again")
    now, before = {"orders": 5, "units": 5, "gmv_minor": 990}, {"orders": 3, "units": 3, "gmv_minor": 990}
    assert compared == {
        "festival": "again",
        "before": "fair",
        "currency": "EUR",
        "totals": {"again": now, "fair": before},
        "minutes": [{"minute": 1, "now": now, "before": before}],
    }
    table = run("compare", "again").output.splitlines()
    assert [line.split() for line in table[1:3]] == [
        ["1", "5", "3", "5", "3", "9.90", "9.90"],
        ["all", "5", "3", "5", "3", "9.90", "9.90"],
    ]
    assert "fair was not cloned from another one" in run("compare", "fair").output
