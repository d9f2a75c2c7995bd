"""What is due is looked up by its key under the turn, and what has to wait is passed once a lap, not by each step."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairground.kernel.aside import set_aside
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import LANE_BITS, SEQUENCE_BITS
from fairground.kernel.rows import work_through
from fairground.kernel.unforeseen import Unforeseen
from fairground.settlement.actions.release_orders import ORDERS_A_STEP_MAX, release_these
from fairground.settlement.actions.return_reserves import return_these
from fairground.settlement.actions.settle_deposits import settle_these
from fairground.settlement.due import next_reserves_due
from fairground.settlement.models import Due, Release
from fairground.settlement.tasks import RELEASES
from tests.cases import ask
from tests.factories import make_market, make_merchant
from tests.fulfilment.withdrawing import buy, withdraw
from tests.refunding import make_scene
from tests.settlement.making import DAY_MS, SETTLED_MS, complete, make_terms, settle

pytestmark = pytest.mark.usefixtures("two_writers")

CROWD = 20_000
BY_KEY = "((lane = w.lane) AND (order_id = w.id))"
# A number is cut off a row's place in the crowd and put into an id as ids are made, so that its lane can be read of it.
_ID = f"((n << {LANE_BITS + SEQUENCE_BITS}) | (%(lane)s::bigint << {SEQUENCE_BITS}))"
_CROWDS = {
    "settlement_due": f"""
        INSERT INTO settlement_due (lane, order_id, merchant_id)
        SELECT %(lane)s, {_ID}, %(merchant_id)s FROM generate_series(1::bigint, %(rows)s) AS n""",
    "settlement_depositdue": f"""
        INSERT INTO settlement_depositdue (lane, order_id, merchant_id, currency, kind, amount_minor)
        SELECT %(lane)s, {_ID}, %(merchant_id)s, 'EUR', 4, 1 FROM generate_series(1::bigint, %(rows)s) AS n""",
    "settlement_release": f"""
        INSERT INTO settlement_release (lane, order_id, merchant_id, currency, fee_tax_bps, reserve_bps, reserve_until,
                                        escrow_minor, discounts_minor, commission_minor, fee_tax_minor, creator_minor,
                                        reserve_minor, payable_minor, at)
        SELECT %(lane)s, {_ID}, %(merchant_id)s, 'EUR', 0, 0, 'epoch', 0, 0, 0, 0, 0, 0, 0, 'epoch'
        FROM generate_series(1::bigint, %(rows)s) AS n""",
}


def crowd(table: str, *, rows: int, lane: int, merchant_id: int) -> None:
    """Let so many rows be due of orders that there are not."""
    with connection.cursor() as cursor:
        cursor.execute(_CROWDS[table], {"rows": rows, "lane": lane, "merchant_id": merchant_id})
        cursor.execute(f"ANALYZE {table}")


def reads(table: str, do: Callable[[], object]) -> list[dict[str, Any]]:
    """Return how the database read a table in each statement of what is done that reads it, as it explains it after."""
    with CaptureQueriesContext(connection) as captured:
        do()
    reading = [one["sql"] for one in captured if re.search(rf"(FROM|JOIN) {table} ", one["sql"])]
    return [_node(table, one) for one in reading if re.search("^SELECT", one, re.MULTILINE)]


def _node(table: str, sql: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}")
        (found,) = cursor.fetchone() or ("",)
        cursor.execute("SET LOCAL enable_seqscan = on")
    (plan,) = found if isinstance(found, list) else json.loads(found)
    nodes = [plan["Plan"]]
    for node in nodes:
        nodes += node.get("Plans", [])
    (wanted,) = [node for node in nodes if node.get("Relation Name") == table]
    return dict(wanted)


@pytest.mark.parametrize(
    ("table", "do"),
    [
        ("settlement_due", lambda ids: release_these(order_ids=ids, now_ms=SETTLED_MS)),
        ("settlement_depositdue", lambda ids: settle_these(order_ids=ids, now_ms=SETTLED_MS)),
        ("settlement_release", lambda ids: return_these(order_ids=ids, now_ms=SETTLED_MS)),
    ],
)
def test_under_the_turn_what_is_due_is_read_by_its_key_and_nothing_of_others(
    table: str, do: Callable[[list[int]], object]
) -> None:
    crowd(table, rows=CROWD, lane=3, merchant_id=make_merchant(lane=3).id)
    far = [(CROWD + n << LANE_BITS + SEQUENCE_BITS) | (60 << SEQUENCE_BITS) for n in range(2)]

    (read,) = reads(table, lambda: do(far))

    assert read["Index Cond"] == BY_KEY
    assert (read["Actual Loops"], read["Actual Rows"]) == (2, 0)


def test_what_waits_for_a_merchant_that_is_held_is_passed_once_a_lap() -> None:
    held, other = make_merchant(lane=3), make_merchant(lane=20)
    make_terms(held.id, held=True, held_because="no identity")
    crowd("settlement_due", rows=300, lane=3, merchant_id=held.id)
    crowd("settlement_due", rows=ORDERS_A_STEP_MAX + 50, lane=20, merchant_id=other.id)

    assert work_through(RELEASES) is True
    next_step, under_the_turn = reads("settlement_due", lambda: work_through(RELEASES))

    assert (next_step["Actual Rows"], under_the_turn["Index Cond"]) == (50, BY_KEY)


def test_reserves_that_are_over_at_one_moment_are_each_read_once_a_lap() -> None:
    merchant_id = make_merchant(lane=3).id
    for lane in (3, 4):
        crowd("settlement_release", rows=10, lane=lane, merchant_id=merchant_id)
    read: list[int] = []
    last = None

    while step := next_reserves_due(lanes=(0, 32), now=from_unix_ms(SETTLED_MS), after=last, orders_max=3):
        read += [one.order_id for one in step]
        last = step[-1]

    assert read == list(Release.objects.order_by("lane", "order_id").values_list("order_id", flat=True))
    assert len(read) == 20


def test_what_has_to_wait_since_it_was_looked_for_is_not_released() -> None:
    make_market()
    scene = make_scene()
    complete(scene.chairs, scene.lamps)
    ask(scene, scene.lamps, 1, now=from_unix_ms(SETTLED_MS))
    make_terms(scene.chair.merchant.id, held=True, held_because="no identity")

    assert release_these(order_ids=[scene.chairs, scene.lamps], now_ms=SETTLED_MS) == 0
    assert (Due.objects.count(), Release.objects.count()) == (2, 0)


def test_what_was_withdrawn_from_since_it_was_looked_for_is_not_released_and_what_was_set_aside_is() -> None:
    bought = buy()
    complete(bought.chairs, bought.lamps)
    withdraw(f"{bought.placed.number}-1", at_ms=SETTLED_MS)
    now, why = from_unix_ms(SETTLED_MS), Unforeseen(ValueError())
    set_aside(chore="releases", row_key=str(bought.lamps), why=why, now=now)

    assert work_through(RELEASES) is False
    assert release_these(order_ids=[bought.chairs, bought.lamps], now_ms=SETTLED_MS) == 1
    assert list(Due.objects.values_list("order_id", flat=True)) == [bought.chairs]


def test_a_reserve_of_a_merchant_that_is_held_since_it_was_looked_for_is_not_returned() -> None:
    make_market()
    scene = make_scene()
    make_terms(scene.chair.merchant.id, reserve_bps=1_000, reserve_days=7)
    settle(scene.chairs)
    make_terms(scene.chair.merchant.id, held=True, held_because="no identity")
    over_ms = SETTLED_MS + 7 * DAY_MS

    assert return_these(order_ids=[scene.chairs], now_ms=over_ms) == 0
    make_terms(scene.chair.merchant.id, held=False, held_because="")
    assert return_these(order_ids=[scene.chairs], now_ms=over_ms - 1) == 0
    assert return_these(order_ids=[scene.chairs], now_ms=over_ms) == 1
