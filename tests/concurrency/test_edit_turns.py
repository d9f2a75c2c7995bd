"""An edit by hand and the batches of orders take turns."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection

from fairground.catalog.actions.edits import edit_sku
from fairground.catalog.models import Price
from fairground.kernel.edits import By, ShopBusy
from fairground.kernel.models import AuditEntry, Writer
from fairground.orders.models import Purchase
from fairground.orders.rules import Step
from tests.concurrency.racing import wait_for_turn
from tests.concurrency.test_import_turns import TurnHolder
from tests.factories import SkuMade, make_market, make_sku
from tests.people_making import make_guest

pytestmark = pytest.mark.usefixtures("writer")

BY = By(user_id=7, now=datetime(2026, 11, 11, tzinfo=UTC))


@pytest.fixture
def chair() -> SkuMade:
    make_market()
    return make_sku()


def in_thread(edit: Callable[[], bool]) -> bool:
    """Do something on a connection of its own."""
    try:
        return edit()
    finally:
        connection.close()


def test_an_edit_waits_for_the_batch_that_has_the_turn(chair: SkuMade) -> None:
    with ThreadPoolExecutor(1) as pool, TurnHolder() as holder:
        edit = pool.submit(in_thread, lambda: edit_sku(sku_id=chair.id, by=BY, prices_minor={"EU": 1_234}))
        wait_for_turn(waiting=1)
        assert (Price.objects.get().price_minor, edit.done()) == (1_000, False)
        holder.let_go.set()
        assert edit.result()

    assert (Price.objects.get().price_minor, Price.objects.get().version) == (1_234, 2)
    assert (Writer.objects.get().offers_version, AuditEntry.objects.get().user_id) == (2, 7)


@pytest.mark.usefixtures("impatient")
def test_an_edit_that_never_gets_its_turn_is_refused_and_wrote_nothing(chair: SkuMade) -> None:
    with TurnHolder(), pytest.raises(ShopBusy):
        edit_sku(sku_id=chair.id, by=BY, prices_minor={"EU": 1_234})

    assert (Price.objects.get().price_minor, Writer.objects.get().offers_version) == (1_000, 1)
    assert AuditEntry.objects.count() == 0


@pytest.mark.usefixtures("impatient")
def test_who_cancels_while_the_turn_is_not_to_be_had_is_told_so_and_it_stays_placed(chair: SkuMade) -> None:
    guest = make_guest()
    placed = guest.place(chair.line())
    address = f"/purchases/{placed.number}"

    with TurnHolder():
        answer = guest.client.post(f"{address}/cancel", {"seen": "PLACED"})

    assert (answer.status_code, answer.headers["Location"]) == (303, address)
    assert "Fairground is busy just now: it is not cancelled." in guest.client.get(address).content.decode()
    assert Purchase.objects.get().state == Step.PLACED
    guest.client.post(f"{address}/cancel", {"seen": "PLACED"})
    assert Purchase.objects.get().state == Step.CANCELLED
