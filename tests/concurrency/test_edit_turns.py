"""An edit by hand and the batches of orders take turns."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection

from fairground.catalog.actions.edits import edit_sku
from fairground.catalog.models import Price
from fairground.kernel import edits
from fairground.kernel.edits import By, ShopBusy
from fairground.kernel.models import AuditEntry, Writer
from fairground.orders.models import Purchase
from fairground.orders.rules import Step
from tests.concurrency.test_import_turns import TurnHolder
from tests.factories import SkuMade, make_market, make_sku
from tests.people_making import make_guest

pytestmark = pytest.mark.usefixtures("writer")

BY = By(user_id=7, now=datetime(2026, 11, 11, tzinfo=UTC))
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%kernel_writer%'"


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


def wait_for_waiter() -> None:
    """Return once somebody waits for the turn."""
    pause = threading.Event()
    for _ in range(1_000):
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
        pause.wait(0.01)
    raise AssertionError("nobody waits")


def test_an_edit_waits_for_the_batch_that_has_the_turn(chair: SkuMade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edits, "LOCK_TIMEOUT_MS", 30_000)
    with ThreadPoolExecutor(1) as pool, TurnHolder() as holder:
        edit = pool.submit(in_thread, lambda: edit_sku(sku_id=chair.id, by=BY, prices_minor={"EU": 1_234}))
        wait_for_waiter()
        assert (Price.objects.get().price_minor, edit.done()) == (1_000, False)
        holder.let_go.set()
        assert edit.result(timeout=30)

    assert (Price.objects.get().price_minor, Price.objects.get().version) == (1_234, 2)
    assert (Writer.objects.get().offers_version, AuditEntry.objects.get().user_id) == (2, 7)


def test_an_edit_that_never_gets_its_turn_is_refused_and_wrote_nothing(
    chair: SkuMade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edits, "LOCK_TIMEOUT_MS", 50)
    with TurnHolder(), pytest.raises(ShopBusy):
        edit_sku(sku_id=chair.id, by=BY, prices_minor={"EU": 1_234})

    assert (Price.objects.get().price_minor, Writer.objects.get().offers_version) == (1_000, 1)
    assert AuditEntry.objects.count() == 0


def test_who_cancels_while_the_turn_is_not_to_be_had_is_told_so_and_it_stays_placed(
    chair: SkuMade, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = make_guest()
    placed = guest.place(chair.line())
    address = f"/purchases/{placed.number}"

    monkeypatch.setattr(edits, "LOCK_TIMEOUT_MS", 50)
    with TurnHolder():
        answer = guest.client.post(f"{address}/cancel", {"seen": "PLACED"})

    assert (answer.status_code, answer.headers["Location"]) == (303, address)
    assert "Fairground is busy just now: it is not cancelled." in guest.client.get(address).content.decode()
    assert Purchase.objects.get().state == Step.PLACED
    guest.client.post(f"{address}/cancel", {"seen": "PLACED"})
    assert Purchase.objects.get().state == Step.CANCELLED
