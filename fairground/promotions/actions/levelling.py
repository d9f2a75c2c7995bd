"""Moving what is left of a limit between its slices, so that no writer refuses what another still has."""

from collections.abc import Mapping, Sequence

from django.db import connection, transaction

from fairground.kernel.ids import LANES
from fairground.kernel.sql import array_text, load_sql
from fairground.kernel.writer import take_turn, writers_of_lanes
from fairground.promotions.queries import Limit, SliceLeft, slices_of_limits
from fairground.promotions.rules.collecting import is_uneven, level_slices

# Limits levelled in one turn, for which all writers wait: some milliseconds.
LIMITS_A_TURN_MAX = 200


def level_allowances(*, now_ms: int) -> int:
    """Level the limits of which a slice has less than half of what it would have; return how many there were.

    At most `LIMITS_A_TURN_MAX` of them in one turn of all writers. What the slices allow together stays the same.
    With one writer there is nothing to level, and no turn is taken.
    """
    writer_ids = writers_of_lanes(range(LANES))
    if len(writer_ids) == 1 or not any(_uneven(slices) for slices in slices_of_limits().values()):
        return 0
    with transaction.atomic():
        take_turn(writer_ids=writer_ids, now_ms=now_ms, ids_max=0, outbox_rows=0)
        limits = {limit: slices for limit, slices in slices_of_limits().items() if _uneven(slices)}
        chosen = dict(sorted(limits.items())[:LIMITS_A_TURN_MAX])
        if chosen:
            _move(chosen)
    return len(chosen)


def _uneven(slices: Sequence[SliceLeft]) -> bool:
    return is_uneven([one.taken_left or 0 for one in slices]) or is_uneven(
        [one.amount_left_minor or 0 for one in slices]
    )


def _move(limits: Mapping[Limit, Sequence[SliceLeft]]) -> None:
    rows = [
        (slice_.lane, promotion_id, market, kind, taken, amount)
        for (promotion_id, market, kind), slices in limits.items()
        for slice_, taken, amount in zip(
            slices,
            level_slices([one.taken_left or 0 for one in slices]),
            level_slices([one.amount_left_minor or 0 for one in slices]),
            strict=True,
        )
    ]
    names = ("lanes", "promotion_ids", "markets", "kinds", "taken_max", "amount_max")
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("promotions", "level_allowances"),
            {name: array_text(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)},
        )
