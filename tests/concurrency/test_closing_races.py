"""Days are closed while others close them too, and while batches are under way."""

import pytest
from django.db import IntegrityError, connection

from fairground.kernel.edits import ShopBusy
from fairground.ledger.closed_days import closed_days
from fairground.ledger.closing import close_days, seal_days
from fairground.ledger.models import DaySeal, Transfer
from fairground.ledger.verification import verify_ledger
from tests.concurrency.racing import at_once, turn_held
from tests.ledger.days_making import FIRST, OVER, SECOND, THIRD, close_all, later, make_days, move

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_closes_at_once_closes_each_day_once() -> None:
    make_days()

    closed = at_once([close_all] * 6)

    assert sorted(day for each in closed for day in each) == [FIRST, SECOND, THIRD]
    assert [one.day for one in closed_days()] == [FIRST, SECOND, THIRD]
    assert verify_ledger().ok


@pytest.mark.usefixtures("impatient")
def test_no_day_is_sealed_while_a_batch_holds_its_turn() -> None:
    make_days()

    with turn_held(), pytest.raises(ShopBusy):
        seal_days(until=THIRD, now=OVER)

    assert DaySeal.objects.count() == 0
    assert len(close_days(until=THIRD, now=OVER)) == 3


def test_a_batch_that_was_stamped_before_midnight_and_comes_after_the_seal_is_refused() -> None:
    scene = make_days()
    before = Transfer.objects.count()
    seal_days(until=THIRD, now=OVER)

    with pytest.raises(IntegrityError, match="INV-26"):
        move(scene, at=later(2))

    assert Transfer.objects.count() == before


def test_without_the_trigger_such_a_batch_writes_into_a_closed_day_and_verifying_finds_it() -> None:
    scene = make_days()
    close_all()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_transfer DISABLE TRIGGER inv_26_not_into_a_sealed_day")
    try:
        move(scene, at=later(2))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE ledger_transfer ENABLE TRIGGER inv_26_not_into_a_sealed_day")

    assert {one.day for one in verify_ledger().told} == {THIRD}
