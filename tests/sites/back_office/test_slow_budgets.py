"""Budgets that the database does not add up in time."""

import pytest

from fairground.sites.back_office import budgets
from tests.concurrency.racing import table_held
from tests.factories import make_festival, make_market
from tests.sites.back_office.staff import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]

PAGE = "/back-office/budgets/"
TOO_LONG = "Adding it up takes too long just now."


def test_budgets_that_take_too_long_say_so_and_come_when_there_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    make_market()
    make_festival()
    monkeypatch.setattr(budgets, "STATEMENT_MAX_MS", 100)
    client = sign_in()

    with table_held("orders_linediscount"):
        slow = client.get(PAGE)

    assert (slow.status_code, TOO_LONG in slow.content.decode(), "figures" in slow.context) == (200, True, False)
    monkeypatch.undo()
    page = client.get(PAGE)
    assert (page.status_code, TOO_LONG in page.content.decode(), "figures" in page.context) == (200, False, True)
