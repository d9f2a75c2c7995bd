"""A writer's turn: one at a time, numbers that never go back, ids that never meet."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

import pytest
from django.db import connection, transaction

from fairground.kernel.ids import lane_of, unix_ms_of
from fairground.kernel.models import Writer
from fairground.kernel.writer import Turn, slice_lanes, take_turn, writers_by_lane, writers_of_lanes
from fairground.orders.models import Purchase
from tests.factories import NOW_MS, make_market, make_merchant, make_shopper, make_sku, place_one, place_request


def turn_of(*writer_ids: int, now_ms: int = NOW_MS, ids_max: int = 10, outbox_rows: int = 0) -> Turn:
    with transaction.atomic():
        return take_turn(writer_ids=list(writer_ids), now_ms=now_ms, ids_max=ids_max, outbox_rows=outbox_rows)


@pytest.mark.usefixtures("lone_writer")
def test_one_writer_drains_all_lanes() -> None:
    assert writers_by_lane() == (0,) * 64
    assert writers_of_lanes([63, 0, 5]) == [0]
    assert writers_of_lanes([]) == [0]


@pytest.mark.usefixtures("two_writers")
def test_two_writers_share_the_lanes() -> None:
    assert writers_by_lane() == (0,) * 32 + (1,) * 32
    assert slice_lanes() == (0,) * 32 + (32,) * 32
    assert writers_of_lanes([31]) == [0]
    assert writers_of_lanes([63, 32]) == [1]
    assert writers_of_lanes([40, 3]) == [0, 1]


@pytest.mark.usefixtures("lone_writer")
def test_a_turn_numbers_the_batch_and_reserves_its_outbox_numbers() -> None:
    first, second = turn_of(0, outbox_rows=5), turn_of(0, outbox_rows=2)

    assert (first.writer_id, first.lane_from, first.batch_seq, first.outbox_seq) == (0, 0, 1, 0)
    assert (second.batch_seq, second.outbox_seq) == (2, 5)
    assert Writer.objects.get().outbox_seq == 7


@pytest.mark.usefixtures("lone_writer")
@pytest.mark.parametrize("later_ms", [NOW_MS, NOW_MS + 1, NOW_MS - 3_600_000])
def test_ids_go_up_even_when_the_clock_stands_still_or_goes_back(later_ms: int) -> None:
    first = turn_of(0, ids_max=10_000)
    before = [first.ids.draw(3) for _ in range(10_000)]
    second = turn_of(0, now_ms=later_ms)

    assert before == sorted(set(before))
    assert second.ids.draw(3) > before[-1]


@pytest.mark.usefixtures("lone_writer")
def test_ids_are_of_the_moment_when_the_clock_goes_on() -> None:
    turn_of(0)

    assert unix_ms_of(turn_of(0, now_ms=NOW_MS + 60_000).ids.draw(0)) == NOW_MS + 60_000


@pytest.mark.usefixtures("lone_writer")
def test_a_turn_that_is_rolled_back_leaves_no_number_behind() -> None:
    turn_of(0, outbox_rows=1)
    before = Writer.objects.values().get()

    with transaction.atomic():
        take_turn(writer_ids=[0], now_ms=NOW_MS, ids_max=1, outbox_rows=3)
        transaction.set_rollback(True)

    assert Writer.objects.values().get() == before


@pytest.mark.usefixtures("two_writers")
def test_the_first_of_several_writers_is_the_batchs_home() -> None:
    turn_of(1)

    turn = turn_of(0, 1, outbox_rows=4)

    assert (turn.writer_id, turn.lane_from, turn.batch_seq, turn.outbox_seq) == (0, 0, 1, 0)
    assert turn.offers_versions == {0: 1, 1: 1}


@pytest.mark.usefixtures("two_writers")
@pytest.mark.parametrize("order", list(permutations([(0,), (1,), (0, 1), (1,)], 4))[:12])
def test_ids_of_two_writers_never_meet_nor_go_back_within_a_lane(order: Sequence[tuple[int, ...]]) -> None:
    drawn: dict[int, list[int]] = {0: [], 63: []}
    for number, writer_ids in enumerate(order):
        ids = turn_of(*writer_ids, now_ms=NOW_MS - number, ids_max=5_000).ids
        for lane, writer_id in ((0, 0), (63, 1)):
            if writer_id in writer_ids:
                drawn[lane] += [ids.draw(lane) for _ in range(5_000)]

    for some in drawn.values():
        assert some == sorted(set(some))


@pytest.mark.usefixtures("lone_writer")
def test_a_turn_of_a_writer_that_there_is_not_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="no such writer"):
        turn_of(0, 7)


@pytest.mark.usefixtures("writer")
def test_a_turn_outside_a_transaction_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="part of a transaction"):
        take_turn(writer_ids=[0], now_ms=NOW_MS, ids_max=1, outbox_rows=0)


@pytest.mark.usefixtures("two_writers")
def test_a_purchase_over_two_writers_lies_in_the_lowest_lane_and_its_orders_each_in_their_merchants() -> None:
    make_market()
    chair, lamp = (make_sku(merchant=make_merchant(lane=lane)) for lane in (50, 10))

    placed = place_one(place_request(chair.line(), lamp.line(), shopper_id=make_shopper(lane=20)))

    assert lane_of(placed.purchase_id) == 10
    assert [lane_of(order.order_id) for order in placed.orders] == [50, 10]
    assert Purchase.objects.get().order_ids == [order.order_id for order in placed.orders]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as made:
        yield made


@pytest.mark.usefixtures("committing_writers")
def test_threads_that_take_one_writer_or_both_never_wait_for_each_other_in_a_circle(pool: ThreadPoolExecutor) -> None:
    def run(thread: int) -> list[tuple[int, int]]:
        wanted = [(0,), (1,), (0, 1)][thread % 3]
        try:
            turns = [(turn_of(*wanted, ids_max=100), number) for number in range(25)]
            return [(turn.ids.draw(0 if turn.writer_id == 0 else 63), turn.batch_seq) for turn, _ in turns]
        finally:
            connection.close()

    drawn = [some for future in [pool.submit(run, thread) for thread in range(8)] for some in future.result()]

    assert len({some_id for some_id, _ in drawn}) == 200
    assert list(Writer.objects.order_by("id").values_list("batch_seq", flat=True)) == [25 * 5, 25 * 5]
