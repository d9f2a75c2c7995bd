"""The bounded queue of one writer in one process: who came first, and a reserved share for who waited with a ticket."""

import threading
from collections import deque
from collections.abc import Callable

from msgspec import Struct

from fairground.intake.work import Request

# At 4,000 orders/s a process this is a sixth of a second of work: whoever gets in is answered within one second.
QUEUE_MAX = 640
# While nobody waits with a ticket a burst may fill it so many times: to send people away and to hear them again costs
# more than to let them stand half a second longer, but in a long overload they would all stand that long.
BURST_QUEUES = 5
# Larger batches gain nothing more (bench/), smaller ones answer sooner.
BATCH_MAX = 1024
# Of each batch, this share is kept for who holds an admitted ticket, while there are any.
TICKET_SHARE_BPS = 5000
# So many queues' worth of admitted tickets may wait, should people save them up and come back all at once.
TICKETED_QUEUES_MAX = 8

# HTTP status, body, further header lines: encoded by the site, passed through here.
Answer = tuple[int, bytes, bytes]


class Entry(Struct):
    """A request that waits, and who is told its answer, once, in the event loop."""

    request: Request
    reply: Callable[[Answer], None]


class IntakeQueue:
    """Filled by the event loop, emptied by the batcher's thread; deques append and pop atomically."""

    def __init__(self, *, entries_max: int = QUEUE_MAX) -> None:
        self.entries_max = entries_max
        self.ticketed_so_far = 0
        # Whether somebody may wait outside with a ticket; the line says so.
        self.line_waits = False
        self._fresh: deque[Entry] = deque()
        self._ticketed: deque[Entry] = deque()
        self._arrived = threading.Event()

    @property
    def has_room(self) -> bool:
        """Whether a fresh request fits; those with tickets take their share of the same room."""
        if not self.line_waits:
            return len(self._fresh) < self.entries_max * BURST_QUEUES
        kept = min(len(self._ticketed), self.entries_max * TICKET_SHARE_BPS // 10_000)
        return len(self._fresh) + kept < self.entries_max

    @property
    def has_room_for_ticketed(self) -> bool:
        """Whether one with an admitted ticket fits. No more are admitted than are taken: False is for hoarders."""
        return len(self._ticketed) < self.entries_max * TICKETED_QUEUES_MAX

    def put(self, entry: Entry) -> bool:
        """Queue a fresh request; False where it has no room."""
        if not self.has_room:
            return False
        self._fresh.append(entry)
        if not self._arrived.is_set():
            self._arrived.set()
        return True

    def put_ticketed(self, entry: Entry) -> bool:
        """Queue a request with an admitted ticket; False where it has no room."""
        if not self.has_room_for_ticketed:
            return False
        self._ticketed.append(entry)
        self.ticketed_so_far += 1
        if not self._arrived.is_set():
            self._arrived.set()
        return True

    @property
    def waiting(self) -> tuple[int, int]:
        """How many wait: fresh, with a ticket."""
        return len(self._fresh), len(self._ticketed)

    def wait(self, timeout_s: float) -> bool:
        """Block until something is queued, or the time is over."""
        return self._arrived.wait(timeout_s)

    def wake(self) -> None:
        """Let `wait` return now."""
        self._arrived.set()

    def take(self, entries_max: int = BATCH_MAX) -> list[Entry]:
        """Return what has gathered, at most `entries_max`; tickets get their share, and all that the fresh leave."""
        self._arrived.clear()
        fresh, ticketed = len(self._fresh), len(self._ticketed)
        share = min(ticketed, max(entries_max * TICKET_SHARE_BPS // 10_000, entries_max - fresh))
        batch = [self._ticketed.popleft() for _ in range(share)]
        batch += [self._fresh.popleft() for _ in range(min(fresh, entries_max - share))]
        if self._fresh or self._ticketed:
            self._arrived.set()
        return batch
