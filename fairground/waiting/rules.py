"""Places, and how long people are told to wait: pure sums. What was said once is never taken back."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

# The draw of a hundred thousand takes some two seconds, and then each of them asks once for a place before it opens.
CLOSES_BEFORE_MS = 10_000
ROOM_KEPT_MS = 24 * 3600 * 1000
# The line may become so much slower, or faster, than it was measured; people are told both.
SLOWER, FASTER = 2.0, 1.25
# Good news is told in parts, so that a moment of luck is no promise: of what it would be better, this share a look.
TOLD_AT_ONCE = 0.25
REFRESH_MIN_S, REFRESH_MAX_S = 4, 60
# Whoever has less than this before them is told "less than a minute".
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody was told: how many come before them, and in how many milliseconds from `at_ms` it is their turn.

    `soonest_ms` and `latest_ms` are None while nothing is known of how fast the line goes.
    """

    place: int
    soonest_ms: int | None
    latest_ms: int | None
    at_ms: int
    is_slower: bool = False


@dataclass(frozen=True, slots=True)
class Minutes:
    """A range of whole minutes; `at_least` 0 and `at_most` 1 is less than a minute."""

    at_least: int
    at_most: int


def tell_place(*, before: Told | None, place: int, pace_per_s: float | None, now_ms: int) -> Told:
    """Return what to tell of a place after what was told before: neither it nor the time ever gets worse.

    `pace_per_s` is how many come in a second; None where that is not known. Where the line has become so slow that what
    was said may not hold, the time stands still, and `is_slower` says so.
    """
    if before is not None:
        place = min(place, before.place)
    if pace_per_s is None or pace_per_s <= 0:
        if before is None or before.latest_ms is None:
            return Told(place, None, None, now_ms)
        return Told(place, before.soonest_ms, before.latest_ms, now_ms, is_slower=place > 0)
    wait_ms = place / pace_per_s * 1000
    soonest_ms, latest_ms = round(wait_ms / FASTER), round(wait_ms * SLOWER)
    if before is None or before.soonest_ms is None or before.latest_ms is None:
        return Told(place, soonest_ms, latest_ms, now_ms)
    elapsed_ms = max(0, now_ms - before.at_ms)
    told_ms = _tell_less(before.latest_ms, latest_ms, elapsed_ms)
    return Told(
        place,
        min(_tell_less(before.soonest_ms, soonest_ms, elapsed_ms), told_ms),
        told_ms,
        now_ms,
        is_slower=wait_ms > before.latest_ms,
    )


def _tell_less(before_ms: int, now_ms: int, elapsed_ms: int) -> int:
    """Return the time to tell: never more than before, nor much less at once than the time that has passed."""
    if now_ms >= before_ms:
        return before_ms
    return max(now_ms, min(before_ms, before_ms - elapsed_ms - round((before_ms - now_ms) * TOLD_AT_ONCE)))


def minutes_of(told: Told) -> Minutes | None:
    """Return the range in minutes that a page shows; None while nothing is known."""
    if told.soonest_ms is None or told.latest_ms is None:
        return None
    at_most = max(1, -(-told.latest_ms // _MINUTE_MS))
    return Minutes(at_least=min(told.soonest_ms // _MINUTE_MS, at_most - 1), at_most=at_most)


def refresh_after_s(told: Told) -> int:
    """Return after how many seconds a page without a script looks again: the more often the nearer its turn."""
    soonest_s = REFRESH_MAX_S if told.soonest_ms is None else told.soonest_ms // 1000
    if told.soonest_ms is None and told.place < 1_000:  # noqa: PLR2004 - nothing is known, but they can't wait long
        soonest_s = REFRESH_MIN_S
    return max(REFRESH_MIN_S, min(REFRESH_MAX_S, soonest_s // 4))


def look_again_s(*, moment_ms: int, now_ms: int, late_s: float) -> int:
    """Return after how many seconds to look again for what comes at a moment: `late_s` after it, or now and then."""
    left_s = (moment_ms - now_ms) / 1000
    return REFRESH_MAX_S if left_s > REFRESH_MAX_S else max(1, round(left_s + late_s))


def is_open_for_entrants(*, opens_ms: int, now_ms: int) -> bool:
    """Return whether a room that opens then still takes entrants."""
    return now_ms < opens_ms - CLOSES_BEFORE_MS


def key_for_opening(*, opens_ms: int, shopper_id: int) -> str:
    """Return the idempotency key of what a shopper buys at an opening, from however many pages: a UUIDv7 (RFC 9562).

    The same one for the same shopper and opening, so that several tabs place one purchase.
    """
    digest = int.from_bytes(hashlib.blake2b(b"%d/%d" % (opens_ms, shopper_id), digest_size=10).digest())
    random_a, random_b = digest >> 68, digest & ((1 << 62) - 1)
    return str(UUID(int=opens_ms << 80 | 0x7 << 76 | random_a << 64 | 0b10 << 62 | random_b))
