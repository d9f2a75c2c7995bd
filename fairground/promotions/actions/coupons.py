"""Collecting coupons: in batches, one is a batch of one."""

from collections.abc import Sequence

from django.db import connection, transaction

from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.sql import array_text, load_sql
from fairground.kernel.writer import slice_lanes, take_turn, writers_of_lanes
from fairground.promotions.actions.uses import Given, move_allowances
from fairground.promotions.models import AllowanceKind
from fairground.promotions.queries import coupon_facts, coupons_collected, coupons_uncollected
from fairground.promotions.rules.collecting import Collected, CollectOutcome, CollectRequest, decide_collecting
from fairground.promotions.rules.spending import SliceKey


def collect_coupons(batch: Sequence[CollectRequest], *, now_ms: int) -> list[CollectOutcome]:
    """Give each shopper the coupon asked for or refuse it, in arrival order; outcomes stand in the requests' order.

    A shopper has a promotion's coupon once: who asks again is told so and nothing changes. It returned, so what was
    collected is committed; never more than there are (INV-14), to verified shoppers only.
    """
    if not batch:
        return []
    lanes = [lane_of(one.shopper_id) for one in batch]
    with transaction.atomic(durable=True):
        take_turn(writer_ids=writers_of_lanes(lanes), now_ms=now_ms, ids_max=0, outbox_rows=0)
        first = slice_lanes()
        slice_of = [first[lane] for lane in lanes]
        slices = {(lane, one.promotion_id, one.market) for lane, one in zip(slice_of, batch, strict=True)}
        outcomes = decide_collecting(
            batch,
            facts=coupon_facts(promotion_ids={one.promotion_id for one in batch}),
            held=coupons_collected([(one.promotion_id, one.shopper_id) for one in batch]),
            left=coupons_uncollected(slices),
            slice_of=slice_of,
            now_ms=now_ms,
        )
        new = [
            (lane, one)
            for lane, one, outcome in zip(slice_of, batch, outcomes, strict=True)
            if isinstance(outcome, Collected) and not outcome.again
        ]
        _write(new, now_ms)
    return outcomes


def _write(new: Sequence[tuple[int, CollectRequest]], now_ms: int) -> None:
    if not new:
        return
    taken: dict[SliceKey, Given] = {}
    for lane, one in new:
        where = (lane, one.promotion_id, one.market)
        taken[where] = Given(taken.get(where, Given(0, 0)).times + 1, 0)
    move_allowances(taken, kind=AllowanceKind.COLLECT)
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("promotions", "collect_coupons"),
            {
                "lanes": array_text([lane_of(one.shopper_id) for _, one in new]),
                "promotion_ids": array_text([one.promotion_id for _, one in new]),
                "shopper_ids": array_text([one.shopper_id for _, one in new]),
                "markets": array_text([one.market for _, one in new]),
                "at": from_unix_ms(now_ms),
            },
        )
