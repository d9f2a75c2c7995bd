"""Ids: 41 bits of milliseconds, 10 bits of lane, 12 bits of sequence. The id alone tells its lane.

Ids are drawn under a writer's lock, from a millisecond that the writer's row remembers, so they
never go backwards and two processes never draw the same one (INV-9).
"""

from dataclasses import dataclass, field

LANES = 64
LANE_BITS = 10
SEQUENCE_BITS = 12
IDS_PER_LANE_AND_MS = 1 << SEQUENCE_BITS
# 2020-01-01T00:00:00Z; 41 bits of milliseconds last until 2089, the last of them inclusive.
EPOCH_MS = 1_577_836_800_000
UNIX_MS_MAX = EPOCH_MS + 2**41 - 1
# What a bigint holds: no id is greater.
ID_MAX = 2**63 - 1
ID_DIGITS_MAX = len(str(ID_MAX))


def make_id(*, unix_ms: int, lane: int, sequence: int) -> int:
    """Return the id of the `sequence`-th thing made in `lane` in the millisecond `unix_ms`."""
    assert 0 <= lane < LANES, lane
    assert 0 <= sequence < IDS_PER_LANE_AND_MS, sequence
    return ((unix_ms - EPOCH_MS) << (LANE_BITS + SEQUENCE_BITS)) | (lane << SEQUENCE_BITS) | sequence


def parse_id(text: str) -> int | None:
    """Return the id that a text of ASCII digits writes, or None where it writes none that could be one.

    Its length is looked at first: Python refuses to read very long numbers, and takes its time for long ones.
    """
    if len(text) > ID_DIGITS_MAX or not (text.isascii() and text.isdecimal()):
        return None
    some_id = int(text)
    return some_id if some_id <= ID_MAX else None


def lane_of(some_id: int) -> int:
    """Return the lane in which the thing with this id lives."""
    return (some_id >> SEQUENCE_BITS) & ((1 << LANE_BITS) - 1)


def unix_ms_of(some_id: int) -> int:
    """Return the millisecond in which the id was drawn, since 1970."""
    return (some_id >> (LANE_BITS + SEQUENCE_BITS)) + EPOCH_MS


@dataclass(slots=True)
class IdRun:
    """The ids that one batch may draw: per lane, from `first_ms` on, at most `last_ms` inclusive."""

    first_ms: int
    last_ms: int
    _next: dict[int, int] = field(default_factory=dict)

    def draw(self, lane: int) -> int:
        """Return the next id of `lane`; within a lane each is greater than the one before."""
        some_id = self._next.get(lane)
        if some_id is None:
            some_id = make_id(unix_ms=self.first_ms, lane=lane, sequence=0)
        if some_id & (IDS_PER_LANE_AND_MS - 1) == IDS_PER_LANE_AND_MS - 1:
            self._next[lane] = make_id(unix_ms=unix_ms_of(some_id) + 1, lane=lane, sequence=0)
        else:
            self._next[lane] = some_id + 1
        assert unix_ms_of(some_id) <= self.last_ms, "a batch drew more ids than it said it would"
        return some_id
