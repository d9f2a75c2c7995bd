"""The rehearsal's crowd for a long overload: requests come from disk, so hundreds of thousands may wait."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench.spool import Spool
from fairground.rehearsal.crowd import Call, Crowd

PLACED = 201


@dataclass(slots=True)
class SpooledCall(Call):
    """A call that knows its request's number, and holds the request only while it is asked."""

    number: int = 0


@dataclass(slots=True)
class Seen:
    """What became of the requests. Moments in seconds after the start, latencies in milliseconds.

    `placed_at_s`, `of_due_ms` (since the request was due), `of_try_ms` (since the try was sent that was accepted) and
    `tries` go together. `late_ms` is how long after it was due a first try was sent.
    """

    placed_at_s: "array[float]" = field(default_factory=lambda: array("d"))
    of_due_ms: "array[float]" = field(default_factory=lambda: array("d"))
    of_try_ms: "array[float]" = field(default_factory=lambda: array("d"))
    tries: "array[int]" = field(default_factory=lambda: array("i"))
    late_ms: "array[float]" = field(default_factory=lambda: array("d"))
    all_sent_at_s: float = 0.0
    all_answered_at_s: float = 0.0
    refusals: int = 0
    refused: int = 0
    without_ticket: int = 0
    unexpected: list[str] = field(default_factory=list)

    def note(self, call: Call) -> None:
        """Write down a final answer."""
        if call.status != PLACED:
            self.unexpected.append(f"{call.status} {call.body.decode()[:200]}")
            return
        self.placed_at_s.append(call.due_s + call.latency_ms / 1000)
        self.of_due_ms.append(call.latency_ms)
        self.of_try_ms.append(call.answered_at_ms - call.sent_at_ms)
        self.tries.append(call.attempts)


@dataclass(slots=True, kw_only=True)
class Surge(Crowd):
    """Sends every request of a spool, and each that was refused for load again when its number has come up."""

    spool: Spool
    seen: Seen

    def surge(self, due_s: Iterator[float], *, when_all_are_sent: Callable[[], None]) -> None:
        """Send the requests at the moments given; return once all have their answer, second tries too."""

        def calls() -> Iterator[Call]:
            for number, at in enumerate(due_s):
                yield SpooledCall(at, b"", number=number)
            self.seen.all_sent_at_s = self._now()
            when_all_are_sent()

        self.run_through(calls(), count=len(self.spool))
        self.seen.all_answered_at_s = self._now()

    def _send(self, call: Call) -> None:
        if isinstance(call, SpooledCall):
            call.request = self.spool[call.number]
            if call.ticket is not None:
                ticket = b"\r\nQueue-Ticket: " + call.ticket.ticket.encode() + b"\r\n\r\n"
                call.request = call.request.replace(b"\r\n\r\n", ticket, 1)
            if not call.attempts:
                self.seen.late_ms.append((self._now() - call.due_s) * 1000)
        Crowd._send(self, call)

    def _answered(self, call: Call, status: int, body: bytes) -> None:
        refused_before = call.refused_for_load
        Crowd._answered(self, call, status, body)
        if call.refused_for_load > refused_before:
            self.seen.refusals += 1
            self.seen.refused += not refused_before
            self.seen.without_ticket += call.ticket is None
        call.request = b""
