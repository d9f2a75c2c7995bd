"""The connection is lost in the moment of COMMIT, and nobody knows what became of it: the batch runs again."""

import asyncio
from collections.abc import Sequence

import pytest
from django.db import OperationalError, connection, transaction

from fairground.dashboard.models import TallyKind
from fairground.intake.batcher import Batcher
from fairground.intake.queue import Answer, Entry, IntakeQueue
from fairground.intake.work import Done, Request
from fairground.kernel.clock import Clock
from fairground.kernel.refusal import Refusal
from fairground.ledger.queries import accounts_that_disagree
from fairground.markets.models import TaxRate
from fairground.orders.models import Order, Purchase, PurchaseKey
from fairground.orders.rules import Step
from fairground.redpackets.models import PacketSlice
from tests.books import Units, tallied, units_of
from tests.concurrency.proxy import WAYS, Break, Wire
from tests.concurrency.racing import at_once
from tests.factories import (
    SkuMade,
    give_wallet,
    make_market,
    make_shopper,
    make_sku,
    pay_request,
    place_one,
    place_request,
)
from tests.redpackets.giving import HOUR, amounts_of, given_of, grab_request, make_round


@pytest.fixture
def chair(writer: object) -> SkuMade:
    make_market()
    return make_sku(units=50)


def encode(outcome: Done | Refusal) -> Answer:
    return 0, type(outcome).__name__.encode(), b""


def decide(requests: Sequence[Request]) -> list[str]:
    """Let a batcher decide requests that came together; return what it answered, in their order."""

    async def run() -> list[str]:
        loop = asyncio.get_running_loop()
        queue = IntakeQueue()
        batcher = Batcher(queue=queue, clock=Clock(), loop=loop, encode=encode)
        answers: list[asyncio.Future[Answer]] = [loop.create_future() for _ in requests]
        for request, answer in zip(requests, answers, strict=True):
            queue.put(Entry(request, answer.set_result))
        batcher.start()
        told = await asyncio.gather(*answers)
        await loop.run_in_executor(None, batcher.stop)
        return [body.decode() for _, body, _ in told]

    return asyncio.run(run())


@pytest.mark.parametrize("way", WAYS)
def test_a_batch_of_purchases_lost_at_commit_is_placed_once_and_answered_with_success(
    way: str, wire: Wire, chair: SkuMade
) -> None:
    requests = [place_request(chair.line(2), shopper_id=make_shopper()) for _ in range(5)]
    WAYS[way](wire)

    answers = decide(requests)

    assert wire.broken == 1
    assert answers == ["Placed"] * 5
    assert (Purchase.objects.count(), Order.objects.count(), PurchaseKey.objects.count()) == (5, 5, 5)
    assert units_of(chair.stock_id) == Units(50, reserved=10, sold=0)
    assert tallied(TallyKind.PLACED) == (5, 10, 10_000)


@pytest.mark.parametrize("way", WAYS)
def test_a_batch_of_payments_lost_at_commit_is_paid_once_and_answered_with_success(
    way: str, wire: Wire, chair: SkuMade
) -> None:
    requests = []
    now_ms = Clock().now_ms()
    for _ in range(3):
        shopper_id = make_shopper()
        give_wallet(shopper_id=shopper_id, amount_minor=1_500)
        placed = place_one(place_request(chair.line(), shopper_id=shopper_id), now_ms=now_ms)
        requests.append(pay_request(placed, shopper_id=shopper_id))
    WAYS[way](wire)

    answers = decide(requests)

    assert wire.broken == 1
    assert answers == ["Paid"] * 3
    assert list(Purchase.objects.values_list("state", flat=True)) == [Step.PAID] * 3
    assert units_of(chair.stock_id) == Units(50, reserved=0, sold=3)
    assert tallied(TallyKind.PAID) == (3, 3, 3_000)
    assert accounts_that_disagree() == []


def test_the_last_units_stay_with_who_got_them_when_the_batch_runs_again(wire: Wire, chair: SkuMade) -> None:
    requests = [place_request(chair.line(30), shopper_id=make_shopper()) for _ in range(2)]
    wire.arm(Break.AFTER)

    answers = decide(requests)

    assert answers == ["Placed", "SoldOut"]
    assert units_of(chair.stock_id) == Units(50, reserved=30, sold=0)


@pytest.mark.parametrize("way", WAYS)
def test_a_batch_of_grabs_lost_at_commit_gives_each_one_packet_and_answers_with_success(
    way: str, wire: Wire, chair: SkuMade
) -> None:
    now = Clock().now()
    round_id = make_round(packets=4, opens_at=now - HOUR, closes_at=now + HOUR)
    requests = [
        grab_request(round_id, shopper_id=make_shopper(lane=lane), arrived_at_ms=Clock().now_ms()) for lane in range(5)
    ]
    WAYS[way](wire)

    answers = decide(requests)

    assert wire.broken == 1
    assert answers == ["Grabbed"] * 4 + ["PacketsGone"]
    assert given_of(round_id) == dict(enumerate(amounts_of(round_id)))
    assert PacketSlice.objects.get().taken_minor == 1_000


@pytest.mark.parametrize(("kind", "rows"), [(Break.BEFORE, 1), (Break.AFTER, 2)])
def test_a_program_that_just_tries_again_writes_twice_here(kind: Break, rows: int, wire: Wire) -> None:
    """The negative control: the wire really breaks on this side or on that side of the COMMIT."""

    def write() -> None:
        with transaction.atomic():
            number = TaxRate.objects.count()
            TaxRate.objects.create(region=f"N{number}", rate_bps=1)

    def try_again() -> bool:
        try:
            write()
        except OperationalError:
            connection.close()
            write()
            return True
        return False

    wire.arm(kind)

    assert at_once([try_again]) == [True]
    assert TaxRate.objects.count() == rows
