"""Rows that are put back are those that were made."""

import pytest

from fairground.orders.models import Purchase
from tests.conftest import share_lanes
from tests.rehearsal.keeping import kept, read_rows
from tests.rehearsal.trading import make_trade
from tests.sweeping import empty_tables

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]


def sorted_rows() -> dict[str, list[bytes]]:
    return {name: sorted(rows.splitlines()) for name, rows in read_rows().items()}


def begin_anew() -> None:
    empty_tables()
    share_lanes(0, 64)


def test_what_is_put_back_is_what_was_made_whatever_happened_to_it() -> None:
    trade = make_trade()
    made = sorted_rows()
    trade.acknowledged.clear()
    Purchase.objects.update(total_minor=1)
    begin_anew()

    again = make_trade()

    assert sorted_rows() == made
    assert again.purchases == trade.purchases
    assert len(again.acknowledged) == 9


def test_rows_are_made_anew_where_something_else_stood_before() -> None:
    times = []
    make = kept(lambda: times.append(1))

    make()
    make()
    share_lanes(0, 32, 64)
    make()

    assert len(times) == 2
