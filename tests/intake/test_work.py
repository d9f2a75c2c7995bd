"""The kinds of work that come through the door: each to its writer, and all that came together answered in its kind."""

import asyncio
from collections.abc import Sequence

import pytest

from fairground.intake.batcher import Batcher
from fairground.intake.queue import Answer, Entry, IntakeQueue
from fairground.intake.work import WORK, Request
from fairground.kernel.clock import Clock
from fairground.kernel.ids import make_id
from fairground.promotions.models import Coupon
from fairground.promotions.rules.collecting import CollectRequest
from fairground.redpackets.models import Packet
from fairground.redpackets.rules import GrabRequest
from tests.factories import (
    NOW_MS,
    give_wallet,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    pay_request,
    place_one,
    place_request,
)
from tests.intake.doors import encode
from tests.promotion_making import make_coupon
from tests.redpackets.giving import HOUR, grab_request, make_round


def answers_to(requests: Sequence[Request]) -> list[str]:
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
        assert batcher.decided == len(requests)
        return [body.decode() for _, body, _ in told]

    return asyncio.run(run())


@pytest.mark.usefixtures("writer")
def test_orders_payments_grabs_and_coupons_that_come_together_are_each_answered_in_their_kind() -> None:
    make_market()
    now = Clock().now()
    chair, shopper_id = make_sku(units=2), make_shopper(lane=9)
    give_wallet(shopper_id=shopper_id, amount_minor=5_000)
    round_id = make_round(packets=1, opens_at=now - HOUR, closes_at=now + HOUR)
    coupon = make_coupon(coupons_max=1, closes_at=now + HOUR)
    placed = place_one(place_request(chair.line(), shopper_id=shopper_id), now_ms=Clock().now_ms())
    at_ms = Clock().now_ms()

    answers = answers_to(
        [
            CollectRequest(coupon, "EU", shopper_id, verified=True),
            grab_request(round_id, shopper_id=shopper_id, arrived_at_ms=at_ms),
            place_request(chair.line(), shopper_id=shopper_id),
            pay_request(placed, shopper_id=shopper_id),
            CollectRequest(coupon, "EU", make_shopper(), verified=True),
            grab_request(round_id, shopper_id=make_shopper(), arrived_at_ms=at_ms),
            place_request(chair.line(), shopper_id=shopper_id),
        ]
    )

    assert answers == ["Collected", "Grabbed", "Placed", "Paid", "CouponsGone", "PacketsGone", "SoldOut"]
    assert Packet.objects.get().shopper_id == Coupon.objects.get().shopper_id == shopper_id


@pytest.mark.django_db
def test_an_order_goes_to_its_lowest_merchant_a_payment_to_its_purchase_a_grab_and_a_coupon_to_its_shopper() -> None:
    make_market()
    skus = [make_sku(merchant=make_merchant(lane=lane)) for lane in (40, 7)]
    order = place_request(*[sku.line() for sku in skus], shopper_id=make_shopper(lane=3))
    placed = place_one(order)
    shopper_id = make_id(unix_ms=NOW_MS, lane=51, sequence=1)

    lanes = [
        WORK[type(one)].lane(one)
        for one in (
            order,
            pay_request(placed, shopper_id=order.shopper_id),
            GrabRequest(shopper_id, True, 1, NOW_MS),
            CollectRequest(1, "EU", shopper_id, verified=True),
        )
    ]

    assert lanes == [7, 7, 51, 51]
