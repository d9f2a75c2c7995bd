"""One process's part of the line before a writer: the numbers it may give, and how many it can let in."""

from collections import deque

from fairground.intake.queue import TICKET_SHARE_BPS, IntakeQueue
from fairground.kernel.ticket_line import LineState, move_ticket_line, read_ticket_line

NUMBERS_MIN = 256
# Even a process with nothing to spare lets somebody in each time, so the line always moves.
ADMITTED_MIN = 16
RETRY_AFTER_MAX_S = 600
# Whoever is admitted takes a moment to come back: with room for one queue alone the process would wait for them.
ROOM_WHEN_QUIET = 3
# What one process admits the others know a look later, and whoever heard of it may come to any of them at once. So it
# is told some looks late; and where a look takes long, a number is let in that would come up within this many seconds.
TOLD_LOOKS_LATE = 2
AHEAD_S = 1.0
# Whoever was admitted is expected for so many moves, two seconds, before the next ones get the room.
MOVES_WAITED = 20
# What people are told to wait goes by the pace of about a quarter of a minute, known once the line moved so long.
PACE_OVER_S = 15.0
PACE_AFTER_S = 3.0


class Line:
    """Touched by two threads: the event loop gives numbers, the keeper draws and admits. Plain ints, no lock needed."""

    def __init__(self, *, writer_id: int, queue: IntakeQueue) -> None:
        self.writer_id = writer_id
        self.admitted = 0
        self.admitted_per_s = 1.0
        self.queue = queue
        # Somebody of a waiting room that has opened is still before the door: who has no ticket comes after them.
        self.room_waits = False
        self._state = LineState(issued=0, admitted=0)
        self._pace_per_s = self._paced_s = 0.0
        self._next = self._end = 0
        self._refused = self._decided = 0
        self._lately: deque[tuple[int, int]] = deque(maxlen=MOVES_WAITED)
        self._looks: deque[int] = deque([0], maxlen=TOLD_LOOKS_LATE + 1)

    @property
    def told(self) -> int:
        """The watermark that shoppers are told: below it every process lets them in."""
        return self._looks[0]

    @property
    def pace_per_s(self) -> float | None:
        """How many numbers came up a second lately; None while that is not known."""
        return self._pace_per_s if self._paced_s >= PACE_AFTER_S else None

    def give_number(self) -> int:
        """Return a number for somebody who is refused now, never one that is admitted already.

        Should the block run out before the next move, numbers go on beyond it; another process may give the same ones.
        """
        self._refused += 1
        self.queue.line_waits = True
        number = max(self._next, self.admitted)
        self._next = number + 1
        return number

    def has_come_up(self, number: int) -> bool:
        """Whether the holder of a number may come in, or may have heard so from a process that looked later."""
        if self._state.is_shut and number >= self._state.room_from:
            return False
        ahead = self.admitted_per_s * AHEAD_S if self.queue.line_waits else 0.0
        return number < self.admitted + ahead

    def retry_after_s(self, number: int) -> int:
        """Return in how many seconds a number will have been admitted, as things go."""
        ahead = number + 1 - self.admitted
        return min(RETRY_AFTER_MAX_S, max(1, round(ahead / max(self.admitted_per_s, 1.0)) + 1))

    def move(self, *, decided: int, elapsed_s: float) -> None:
        """Draw numbers and admit those whom this process can take; called ten times a second by the keeper.

        `decided` is how many requests its batcher decided so far.
        """
        refused, self._refused = self._refused, 0
        lately, self._decided = decided - self._decided, decided
        wanted = max(NUMBERS_MIN, 2 * refused)
        left = self._end - self._next
        draw = wanted - min(0, left) if left < wanted // 2 else 0
        at_gate = self._state.is_shut and self.admitted >= self._state.room_from
        admit = self._room(refused, lately) if self.queue.line_waits and not at_gate else 0
        self._lately.append((admit, self.queue.ticketed_so_far))
        if draw or admit:
            state = move_ticket_line(writer_id=self.writer_id, draw=draw, admit=admit)
        else:
            state = read_ticket_line(self.writer_id)
        self._take(state, draw, elapsed_s)

    def _room(self, refused: int, lately: int) -> int:
        fresh, ticketed = self.queue.waiting
        ticketed += self._on_the_way()
        # While a room comes in those who are refused are no sign of load: they come after it.
        if (refused and not self.room_waits) or fresh > self.queue.entries_max // 2:
            room = lately * TICKET_SHARE_BPS // 10_000 - ticketed
        else:
            room = self.queue.entries_max * ROOM_WHEN_QUIET - fresh - ticketed
        return max(room, ADMITTED_MIN)

    def _on_the_way(self) -> int:
        """How many were admitted lately and have not come yet; after that long they are no longer waited for."""
        if not self._lately:
            return 0
        came = self.queue.ticketed_so_far - self._lately[0][1]
        return max(0, sum(admitted for admitted, _ in self._lately) - came)

    def _take(self, state: LineState, draw: int, elapsed_s: float) -> None:
        if draw:
            # Numbers left in the old block are skipped: a place is an upper bound.
            self._next, self._end = max(self._next, state.issued - draw), state.issued
        if self._next < state.room_to:
            # What is left of a block drawn before the room would come before it.
            self._next, self._end = state.room_to, max(self._end, state.room_to)
        if elapsed_s > 0:
            moved_per_s = (state.admitted - self.admitted) / elapsed_s
            self.admitted_per_s += (moved_per_s - self.admitted_per_s) / 8
            self._take_pace(state, moved_per_s, elapsed_s)
        self.admitted, self._state = state.admitted, state
        self.room_waits = state.room_waits
        self._looks.append(state.admitted)
        self.queue.line_waits = state.admitted < state.issued
        if self._refused:
            # Somebody was sent away while the database was asked: that number is not in its answer.
            self.queue.line_waits = True

    def _take_pace(self, state: LineState, moved_per_s: float, elapsed_s: float) -> None:
        """Measure only while somebody waits who may come in: a line that stands empty has no pace."""
        if not self.queue.line_waits or state.is_shut:
            return
        self._paced_s = min(PACE_OVER_S, self._paced_s + elapsed_s)
        self._pace_per_s += (moved_per_s - self._pace_per_s) * min(1.0, elapsed_s / self._paced_s)
