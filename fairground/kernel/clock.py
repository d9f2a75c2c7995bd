"""The clock of a process, disciplined to the database's: many processes, one opening second."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

# A sample whose round trip took longer says more about the load than about the clock.
ROUND_TRIP_MAX_MS = 20
# A process whose clock jumps further from the database's takes itself out: it stamps arrivals, which say what is open.
OFF_MAX_MS = 50


def from_unix_ms(unix_ms: int) -> datetime:
    """Return the aware UTC moment of a millisecond since 1970."""
    return datetime.fromtimestamp(unix_ms / 1000, UTC)


def to_unix_ms(moment: datetime) -> int:
    """Return the millisecond since 1970 of an aware moment."""
    assert moment.tzinfo is not None, moment
    return round(moment.timestamp() * 1000)


def wall_ms() -> int:
    """Return this machine's current millisecond since 1970, for what waits long and is booked when it is over."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Clock:
    """The moment as the database would tell it: this machine's time plus a measured offset."""

    offset_ms: float = 0.0
    steady: bool = True
    _samples: int = 0

    def now_ms(self) -> int:
        """Return the current millisecond since 1970."""
        return int(time.time() * 1000 + self.offset_ms)

    def now(self) -> datetime:
        """Return the current moment, aware, in UTC."""
        return from_unix_ms(self.now_ms())

    def discipline(self, *, sent_ms: float, database_ms: float, received_ms: float) -> None:
        """Take one sample of the database's clock: its time, and ours before and after asking (Cristian 1989).

        The first good sample sets the offset. A later one that is further off than `OFF_MAX_MS` makes the
        process unsteady until the next good sample confirms the new offset.
        """
        round_trip_ms = received_ms - sent_ms
        if round_trip_ms > ROUND_TRIP_MAX_MS:
            return
        measured = database_ms - (sent_ms + received_ms) / 2
        jump_ms = abs(measured - self.offset_ms) - round_trip_ms / 2
        self.steady = self._samples == 0 or jump_ms <= OFF_MAX_MS
        self.offset_ms = measured
        self._samples += 1
