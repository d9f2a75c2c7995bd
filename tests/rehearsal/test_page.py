"""The report as one file."""

from pathlib import Path
from typing import Any

from fairground.rehearsal.page import act_rows, machine_rows, refusal_rows, report_page, report_tiles

ASSETS = Path(__file__).parents[2] / "fairground/sites/static"


def make_report(**changes: Any) -> dict[str, Any]:
    return {
        "title": "Rehearsal of the opening",
        "realm": "rehearsal",
        "started_at": "2026-11-22 03:40:12 UTC",
        "orders_discounted": 0,
        "discount_minor_by_currency": {},
        "by_second": [[second, 8000, 10] for second in range(12)],
        "latency_histogram": [[16, 900], [32, 90], [64, 10]],
        "latency_ms_p50": 12.4,
        "latency_ms_p95": 30.0,
        "latency_ms_p99": 51.0,
        "latency_ms_max": 63.0,
        "refusals": {"sold_out": 100, "not_open_yet": 20},
        "checks": [{"name": "No deal is oversold", "ok": True, "detail": "", "rows": 1200}],
        "machine": {"cpu": "Some processor", "cores": 2, "postgresql": {"fsync": "on"}},
    } | changes


def test_the_first_eleven_seconds_are_measured_against_the_goal() -> None:
    tile = report_tiles(report=make_report())[0]

    assert (tile.value, tile.note) == ("88,000", "goal 80,000 reached")


def test_a_rehearsal_below_the_goal_says_so() -> None:
    tile = report_tiles(report=make_report(by_second=[[0, 79_999, 0]]))[0]

    assert (tile.value, tile.note) == ("79,999", "goal 80,000 missed")


def test_discounts_are_counted_beside_the_orders_and_told_by_currency() -> None:
    report = make_report(orders_discounted=31_680, discount_minor_by_currency={"EUR": 123_456, "JPY": 900})

    tile = report_tiles(report=report)[1]
    page = report_page(report=report, assets=ASSETS)

    assert (tile.name, tile.value, tile.note) == ("Orders placed", "96,000", "in 12 s, 31,680 with a discount")
    assert "Discounts took off: EUR\N{NO-BREAK SPACE}1,234.56 · JPY\N{NO-BREAK SPACE}900" in page


def test_a_rehearsal_without_discounts_does_not_speak_of_them() -> None:
    report = make_report()

    assert report_tiles(report=report)[1].note == "in 12 s"
    assert "Discounts took off" not in report_page(report=report, assets=ASSETS)


def test_refusals_come_by_frequency_with_their_share() -> None:
    rows = refusal_rows(refusals={"not_open_yet": 20, "sold_out": 60})

    assert [row[:3] for row in rows] == [("sold out", "60", "75.0%"), ("not open yet", "20", "25.0%")]


def test_each_setting_of_the_database_has_a_row() -> None:
    rows = machine_rows(machine={"cores": 2, "postgresql": {"fsync": "on", "jit": "off"}})

    assert rows == [("Cores", "2"), ("fsync", "on"), ("jit", "off")]


def test_the_page_fetches_nothing() -> None:
    page = report_page(report=make_report(), assets=ASSETS)

    assert "<link" not in page
    assert "<script" not in page
    assert page.count("url(") == page.count('url("data:')


def test_one_failed_check_is_the_verdict() -> None:
    failed = [{"name": "The ledger balances", "ok": False, "detail": "EUR is 1 off", "rows": 7}]

    page = report_page(report=make_report(checks=failed), assets=ASSETS)

    assert "A check failed" in page
    assert "Every check passed" not in page


def test_what_a_check_says_is_escaped() -> None:
    checks = [{"name": "<script>", "ok": True, "detail": "", "rows": 1}]

    assert "<script>" not in report_page(report=make_report(checks=checks), assets=ASSETS)


def test_a_festivals_figures_stand_by_act_in_their_order() -> None:
    counts = {"enrolment_merchants": 27, "enrolment_declared": 313, "shoppers": 20_000, "after_sale_shipped": 12_407}

    assert act_rows(counts=counts) == [
        ("Enrolment", "27\N{NO-BREAK SPACE}merchants · 313\N{NO-BREAK SPACE}declared"),
        ("Shoppers", "20,000"),
        ("After sale", "12,407\N{NO-BREAK SPACE}shipped"),
    ]
