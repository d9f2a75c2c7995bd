"""Credit granted at once by one of the staff, to shoppers of different writers: never more than one may on a day."""

from functools import partial
from uuid import UUID

import pytest
from django.db import connection

from fairground.kernel.edits import By
from fairground.ledger.queries import accounts_that_disagree
from fairground.payments.credit import CREDIT_MAX_MINOR, CreditDayFull, grant_credit
from fairground.payments.models import Credit, CreditDay
from fairground.payments.rules import CREDIT_A_DAY_MAX_MINOR
from tests.concurrency.racing import at_once
from tests.factories import NOW, make_market, make_shopper

pytestmark = [pytest.mark.django_db(transaction=True)]
AT_ONCE = 8
MAY_BE = CREDIT_A_DAY_MAX_MINOR // CREDIT_MAX_MINOR


def grant(shopper_id: int, number: int) -> bool:
    by = By(user_id=7, now=NOW, reason="a parcel came late")
    try:
        return grant_credit(
            key=UUID(int=number), shopper_id=shopper_id, amount_minor=CREDIT_MAX_MINOR, currency="EUR", by=by
        )
    except CreditDayFull:
        return False


@pytest.fixture
def shoppers(committing_writers: None) -> list[int]:
    make_market()
    return [make_shopper(lane=lane) for lane in (1, 40)]


def test_eight_at_once_grant_as_often_as_one_may(shoppers: list[int]) -> None:
    granted = at_once([partial(grant, shoppers[at % 2], at) for at in range(AT_ONCE)])

    assert sum(granted) == Credit.objects.count() == MAY_BE
    assert CreditDay.objects.get().granted_minor == CREDIT_A_DAY_MAX_MINOR
    assert accounts_that_disagree() == []


def test_without_the_row_of_the_day_more_would_be_granted(shoppers: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: what counts the day is what keeps it."""
    monkeypatch.setattr("fairground.payments.credit._count", lambda *_: None)

    granted = at_once([partial(grant, shoppers[at % 2], at) for at in range(AT_ONCE)])

    assert sum(granted) == AT_ONCE > MAY_BE
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(amount_minor) FROM payments_credit")
        assert cursor.fetchone() == (AT_ONCE * CREDIT_MAX_MINOR,)
