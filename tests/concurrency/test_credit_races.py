"""Credit granted at once by one of the staff, to shoppers of different writers: never more than one may on a day."""

from collections.abc import Iterator
from functools import partial
from uuid import UUID

import pytest
from django.db import connection

from fairground.kernel.edits import By, ShopBusy
from fairground.ledger.queries import accounts_that_disagree
from fairground.payments.credit import grant_credit
from fairground.payments.models import Credit, StaffDay
from fairground.payments.rules import CREDIT_MAX_CENTS, GIVEN_A_DAY_MAX_CENTS
from fairground.payments.staff_days import StaffDayFull
from tests.concurrency.racing import at_once
from tests.factories import NOW, make_market, make_shopper

pytestmark = [pytest.mark.django_db(transaction=True)]
AT_ONCE = 8
MAY_BE = GIVEN_A_DAY_MAX_CENTS // CREDIT_MAX_CENTS


def grant(shopper_id: int, number: int) -> bool:
    """Grant the most once, however often the turn is not had in time."""
    by = By(user_id=7, now=NOW, reason="a parcel came late")
    while True:
        try:
            return grant_credit(
                key=UUID(int=number), shopper_id=shopper_id, amount_minor=CREDIT_MAX_CENTS, currency="EUR", by=by
            )
        except ShopBusy:
            continue
        except StaffDayFull:
            return False


@pytest.fixture
def shoppers(committing_writers: None) -> list[int]:
    make_market()
    return [make_shopper(lane=lane) for lane in (1, 40)]


def test_eight_at_once_grant_as_often_as_one_may(shoppers: list[int]) -> None:
    granted = at_once([partial(grant, shoppers[at % 2], at) for at in range(AT_ONCE)])

    assert sum(granted) == Credit.objects.count() == MAY_BE
    assert StaffDay.objects.get().cents == GIVEN_A_DAY_MAX_CENTS
    assert accounts_that_disagree() == []


@pytest.fixture
def uncounted(monkeypatch: pytest.MonkeyPatch, committing_writers: None) -> Iterator[None]:
    """Nobody counts, and the database does not ask whether anybody did."""
    monkeypatch.setattr("fairground.payments.credit.count_on_day", lambda **_: None)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_credit DISABLE TRIGGER staffday_counts")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_credit ENABLE TRIGGER staffday_counts")


@pytest.mark.usefixtures("uncounted")
def test_without_the_row_of_the_day_more_would_be_granted(shoppers: list[int]) -> None:
    """The negative control: what counts the day is what keeps it."""
    granted = at_once([partial(grant, shoppers[at % 2], at) for at in range(AT_ONCE)])

    assert sum(granted) == AT_ONCE > MAY_BE
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(amount_minor) FROM payments_credit")
        assert cursor.fetchone() == (AT_ONCE * CREDIT_MAX_CENTS,)
