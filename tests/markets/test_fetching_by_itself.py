"""Rates that are fetched by themselves: where an address is named, once a working day, and in vain without harm."""

import http.server
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from pytest_django import Settings

from fairground.config.outside import threads_here
from fairground.config.realm import Realm
from fairground.kernel.models import AuditEntry
from fairground.markets.models import Rate
from fairground.markets.queries import last_published_day, newest_rates_day
from fairground.markets.rules import RateSource
from fairground.markets.storing_rates import store_rates
from fairground.markets.tasks import fetch_missing_rates
from tests.factories import BY

pytestmark = pytest.mark.django_db(transaction=True)

FRIDAY = date(2026, 4, 10)
MONDAY = date(2026, 4, 13)
MONDAY_EVENING = datetime(2026, 4, 13, 15, 0, tzinfo=UTC)
TABLE = b"Date,USD,JPY,\n2026-04-13,1.1684,186.75,\n"


class Bank:
    """A bank on this machine that counts who asks; without an answer it has nothing."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: bytes | None = TABLE
        self.url = ""


@pytest.fixture
def bank() -> Iterator[Bank]:
    bank = Bank()

    class Desk(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            bank.asked += 1
            body = bank.answer or b""
            self.send_response(404 if bank.answer is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_said: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Desk) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        bank.url = f"http://127.0.0.1:{server.server_port}/rates.csv"
        try:
            yield bank
        finally:
            server.shutdown()
            thread.join()


def days() -> list[tuple[str, date]]:
    return sorted(Rate.objects.values_list("currency", "day"))


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 4, 13, 14, 29, tzinfo=UTC), FRIDAY),  # 16:29 in Frankfurt: they may still be those of Friday
        (datetime(2026, 4, 13, 14, 30, tzinfo=UTC), MONDAY),
        (datetime(2026, 4, 11, 20, 0, tzinfo=UTC), FRIDAY),
        (datetime(2026, 4, 12, 23, 59, tzinfo=UTC), FRIDAY),
        (datetime(2026, 1, 5, 15, 29, tzinfo=UTC), date(2026, 1, 2)),  # in winter an hour later
        (datetime(2026, 1, 5, 15, 30, tzinfo=UTC), date(2026, 1, 5)),
    ],
)
def test_the_last_day_with_rates_is_a_working_day_half_an_hour_after_they_are_public(now: datetime, day: date) -> None:
    assert last_published_day(now=now) == day


def test_what_is_missing_is_fetched_once_and_then_nobody_is_asked(bank: Bank) -> None:
    assert newest_rates_day() is None

    assert [fetch_missing_rates(url=bank.url, now=MONDAY_EVENING) for _ in range(3)] == [False, False, False]

    assert (bank.asked, newest_rates_day()) == (1, MONDAY)
    assert days() == [("JPY", MONDAY), ("USD", MONDAY)]
    assert AuditEntry.objects.filter(verb="stored").count() == 1


def test_rates_of_our_own_are_none_of_the_banks(bank: Bank) -> None:
    store_rates(rates={("JPY", MONDAY): (187, 1)}, source=RateSource.HOUSE, by=BY)

    fetch_missing_rates(url=bank.url, now=MONDAY_EVENING)

    assert bank.asked == 1


@pytest.mark.parametrize("answer", [None, b"", b"<!DOCTYPE html>"])
def test_what_was_in_vain_changes_nothing_and_is_tried_again(bank: Bank, answer: bytes | None) -> None:
    store_rates(rates={("JPY", FRIDAY): (187, 1)}, source=RateSource.ECB, by=BY)
    bank.answer = answer
    assert fetch_missing_rates(url=bank.url, now=MONDAY_EVENING) is None
    assert days() == [("JPY", FRIDAY)]

    bank.answer = TABLE
    fetch_missing_rates(url=bank.url, now=MONDAY_EVENING)

    assert days() == [("JPY", FRIDAY), ("JPY", MONDAY), ("USD", MONDAY)]


@pytest.mark.parametrize(
    ("url", "is_real", "threads"),
    [
        ("", True, {"payments", "letters"}),
        ("https://bank.example/rates.xml", True, {"payments", "letters", "rates"}),
        ("https://bank.example/rates.xml", False, {"payments", "letters"}),
    ],
)
def test_a_thread_fetches_where_an_address_is_named_and_the_realm_is_the_real_one(
    settings: Settings, url: str, is_real: bool, threads: set[str]
) -> None:
    settings.RATES_URL = url
    settings.REALM = Realm("real" if is_real else "demo")

    assert set(threads_here()) == threads
