"""The thread that turns what has gathered at the door into batches, and answers everyone in them."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence

from django.db import InterfaceError, OperationalError, connection

from fairground.checkout.offer_book import OfferBook
from fairground.intake.queue import Answer, Entry, IntakeQueue
from fairground.intake.work import WORK, Done, Request
from fairground.kernel.clock import Clock
from fairground.kernel.refusal import Refusal

logger = logging.getLogger(__name__)

# A database that comes back after a crash is there within this time; then whoever waits is told to ask again.
RETRY_FOR_S = 30.0
_RETRY_PAUSE_S = 0.1
# Whoever reads ahead rests three times as long as it read: else, after a change, pages would wait seconds for it.
_RESTS = 3


class OutcomeUnknown(Refusal):
    """The database went away at the wrong moment; asking again with the same key tells what became of it."""


class Broken(Refusal):
    """Something in the shop is broken; it was written to the log."""


class Batcher:
    """One thread, one database connection, one queue. What it answers is committed."""

    def __init__(
        self,
        *,
        queue: IntakeQueue,
        clock: Clock,
        loop: asyncio.AbstractEventLoop,
        encode: Callable[[Done | Refusal], Answer],
    ) -> None:
        self.decided = 0
        self._queue, self._clock, self._loop, self._encode = queue, clock, loop, encode
        self._book = OfferBook()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="batcher", daemon=True)

    def start(self) -> None:
        """Begin to empty the queue."""
        self._thread.start()

    def stop(self) -> None:
        """Empty the queue once more and end."""
        self._stopping = True
        self._queue.wake()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._queue.wait(timeout_s=1.0)
            batch = self._queue.take()
            if batch:
                self._answer(batch)
            elif self._stopping:
                connection.close()
                return
            else:
                self._read_ahead()

    def _read_ahead(self) -> None:
        """Use a quiet moment, until somebody comes."""
        try:
            more = True
            while more and self._queue.waiting == (0, 0) and not self._stopping:
                began = time.monotonic()
                more = self._book.refresh(now=self._clock.now())
                if more:
                    self._queue.wait(timeout_s=_RESTS * (time.monotonic() - began))
        except (OperationalError, InterfaceError) as error:
            logger.warning("reading ahead: %s", str(error).strip())
            connection.close()

    def _answer(self, batch: list[Entry]) -> None:
        by_kind: dict[type[Request], list[Entry]] = {kind: [] for kind in WORK}
        for entry in batch:
            by_kind[type(entry.request)].append(entry)
        for entries in by_kind.values():
            if entries:
                answers = self._decide(entries, give_up_at=time.monotonic() + RETRY_FOR_S)
                self.decided += len(entries)
                self._loop.call_soon_threadsafe(_deliver, answers)

    def _decide(self, entries: list[Entry], *, give_up_at: float) -> list[tuple[Entry, Answer]]:
        requests = [entry.request for entry in entries]
        while True:
            try:
                outcomes = self._work(requests)
            except (OperationalError, InterfaceError) as error:
                # Perhaps committed, perhaps not: the keys will tell when the same batch runs again.
                logger.warning("batch of %d: %s", len(entries), str(error).strip())
                connection.close()
                if time.monotonic() > give_up_at or self._stopping:
                    return [(entry, self._encode(OutcomeUnknown())) for entry in entries]
                time.sleep(_RETRY_PAUSE_S)
            except Exception:  # whatever is wrong with one request must not take the others with it
                logger.exception("batch of %d", len(entries))
                if len(entries) == 1:
                    return [(entries[0], self._encode(Broken()))]
                half = len(entries) // 2
                halves = (entries[:half], entries[half:])
                return [answer for some in halves for answer in self._decide(some, give_up_at=give_up_at)]
            else:
                return [(entry, self._encode(outcome)) for entry, outcome in zip(entries, outcomes, strict=True)]

    def _work(self, requests: Sequence[Request]) -> Sequence[Done | Refusal]:
        return WORK[type(requests[0])].decide(requests, self._book, self._clock.now_ms())


def _deliver(answers: list[tuple[Entry, Answer]]) -> None:
    for entry, answer in answers:
        entry.reply(answer)
