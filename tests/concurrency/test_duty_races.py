"""Goods of one heading that go back at once, line by line: their duty goes back once, with whoever is last."""

from collections.abc import Iterator
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.models import Refund
from fairground.orders.rules import RefundReason
from tests.concurrency.racing import at_once
from tests.duties import TOTAL, Imported, duties_back, make_import
from tests.factories import make_market
from tests.refunding import LATER_MS, back, escrow_minor

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def bought(committing_writers: None) -> Imported:
    make_market()
    return make_import()


def test_of_those_who_take_lines_of_a_heading_back_at_once_one_gives_the_duty_back(bought: Imported) -> None:
    order_id = bought.order_id

    at_once([lambda: back(order_id, 1, 1), lambda: back(order_id, 2, 1), lambda: back(order_id, 1, 1)])

    assert duties_back(order_id) == [(-1, 300, 57, 357)]
    assert escrow_minor(bought.lamp) == TOTAL - 5_000 - 357
    assert accounts_that_disagree() == []


def insert_naively(bought: Imported, both_have_looked: Barrier) -> bool:
    """Look whether the lamp's duty is kept, and write that it went back: past the actions and their turn."""
    gone = Refund.objects.filter(order_id=bought.order_id, line_no=-2).exists()
    both_have_looked.wait()
    if gone:
        return False
    try:
        with transaction.atomic():
            Refund.objects.create(
                lane=lane_of(bought.order_id),
                order_id=bought.order_id,
                line_no=-2,
                refund_no=1,
                reason=RefundReason.FAULTY,
                units=0,
                goods_minor=300,
                discount_minor=0,
                ahead_minor=0,
                tax_minor=57,
                tax_included=False,
                paid_minor=357,
                restocked=False,
                at=from_unix_ms(LATER_MS),
            )
    except IntegrityError:
        return False
    return True


def race_naively(bought: Imported) -> int:
    """Let two write the lamp's duty at once without a turn, and return how often it went back."""
    looked = Barrier(2, timeout=60)
    done = at_once([lambda: insert_naively(bought, looked)] * 2)
    assert sum(done) == Refund.objects.filter(line_no=-2).count()
    return sum(done)


def test_of_goods_that_are_kept_nobody_gives_the_duty_back_without_a_turn(bought: Imported) -> None:
    assert race_naively(bought) == 0


@pytest.fixture
def unguarded(bought: Imported) -> Iterator[Imported]:
    """Refunds without the trigger of INV-40."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_refund DISABLE TRIGGER inv_40_duty_back_whole")
    yield bought
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_refund ENABLE TRIGGER inv_40_duty_back_whole")


def test_without_the_trigger_it_goes_back_though_its_goods_are_kept(unguarded: Imported) -> None:
    """The negative control: the key still lets one of two through, and it should have been none."""
    assert race_naively(unguarded) == 1
