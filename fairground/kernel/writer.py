"""A writer's turn: the lock, the ids and the numbers under which one batch is written."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.db import connection

from fairground.kernel.ids import IDS_PER_LANE_AND_MS, IdRun
from fairground.kernel.models import Writer
from fairground.kernel.sql import load_sql


@dataclass(frozen=True, slots=True)
class Turn:
    """What a batch holds until it commits. `outbox_seq` is the last number before its own."""

    writer_id: int
    lane_from: int
    batch_seq: int
    outbox_seq: int
    offers_versions: dict[int, int]
    ids: IdRun


@cache
def _writer_of_lane(database: str) -> tuple[int, ...]:
    owner = [-1] * 64
    for writer in Writer.objects.order_by("id"):
        owner[writer.lane_from : writer.lane_to] = [writer.id] * (writer.lane_to - writer.lane_from)
    assert -1 not in owner, f"lanes without a writer in {database}"
    return tuple(owner)


def writers_by_lane() -> tuple[int, ...]:
    """Return the writer of each of the 64 lanes. Who drains what is fixed at a realm's birth."""
    return _writer_of_lane(str(connection.settings_dict["NAME"]))


def slice_lanes() -> tuple[int, ...]:
    """Return for each lane where the slices lie of what is cut for the writers: in the first lane of its writer."""
    owner = writers_by_lane()
    first = {writer_id: owner.index(writer_id) for writer_id in set(owner)}
    return tuple([first[writer_id] for writer_id in owner])


def writers_of_lanes(lanes: Iterable[int]) -> list[int]:
    """Return the ids of the writers that drain these lanes, ascending; at least one, the first."""
    owner = writers_by_lane()
    return sorted({owner[lane] for lane in lanes}) or [owner[0]]


def take_turn(*, writer_ids: list[int], now_ms: int, ids_max: int, outbox_rows: int) -> Turn:
    """Lock the writers until the transaction ends and reserve up to `ids_max` ids a lane and the outbox numbers.

    Must be the first lock of the transaction. With several writers the first is the batch's home, and ids are drawn
    from a millisecond that is new to all of them.
    """
    assert connection.in_atomic_block, "a turn is part of a transaction"
    span = max(0, ids_max - 1) // IDS_PER_LANE_AND_MS
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("kernel", "take_turn"),
            {"writer_ids": writer_ids, "now_ms": now_ms, "id_ms_span": span, "outbox_rows": outbox_rows},
        )
        rows = sorted(cursor.fetchall())
    assert [row[0] for row in rows] == writer_ids, f"no such writer: {writer_ids}"
    home_id, lane_from, _, batch_seq, _, outbox_seq, _ = rows[0]
    return Turn(
        writer_id=home_id,
        lane_from=lane_from,
        batch_seq=batch_seq,
        outbox_seq=outbox_seq - outbox_rows,
        offers_versions={row[0]: row[6] for row in rows},
        ids=_common_ids(rows, span),
    )


def _common_ids(rows: list[tuple[int, ...]], span: int) -> IdRun:
    """Several writers: each reserved its own milliseconds; the latest ones are new to all, so the others catch up."""
    last_ms = max(row[4] for row in rows)
    behind = [row[0] for row in rows if row[4] < last_ms]
    if behind:
        Writer.objects.filter(id__in=behind).update(id_ms=last_ms)
    return IdRun(first_ms=last_ms - span, last_ms=last_ms)
