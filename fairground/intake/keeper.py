"""The thread that keeps a process in step with the database: its clock, its lines, and who is blocked."""

import logging
import threading
import time
from collections.abc import Mapping

from django.db import InterfaceError, OperationalError, connection

from fairground.identity.queries import blocked_shopper_ids
from fairground.intake.batcher import Batcher
from fairground.intake.line import Line
from fairground.kernel.clock import Clock

logger = logging.getLogger(__name__)

LINE_EVERY_S = 0.1
CLOCK_EVERY_S = 1.0


class Keeper:
    """Reads the watermark ten times a second, the clock and the blocked shoppers once."""

    def __init__(self, *, clock: Clock, lines: Mapping[Line, Batcher]) -> None:
        self.blocked: frozenset[int] = frozenset()
        self._clock, self._lines = clock, lines
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        """Look once, so that the door opens with a true clock, then go on in the background."""
        self._look()
        self._move(0.0)
        connection.close()
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        looked_at = moved_at = time.monotonic()
        while not self._stopping.wait(LINE_EVERY_S):
            try:
                now = time.monotonic()
                self._move(now - moved_at)
                moved_at = now
                if now - looked_at >= CLOCK_EVERY_S:
                    looked_at = now
                    self._look()
            except (OperationalError, InterfaceError) as error:
                logger.warning("keeper: %s", str(error).strip())
                connection.close()
        connection.close()

    def _move(self, elapsed_s: float) -> None:
        for line, batcher in self._lines.items():
            line.move(decided=batcher.decided, elapsed_s=elapsed_s)

    def _look(self) -> None:
        self.blocked = blocked_shopper_ids()
        with connection.cursor() as cursor:
            sent_ms = time.time() * 1000
            cursor.execute("SELECT extract(epoch FROM clock_timestamp()) * 1000")
            row = cursor.fetchone()
            received_ms = time.time() * 1000
        assert row is not None
        self._clock.discipline(sent_ms=sent_ms, database_ms=float(row[0]), received_ms=received_ms)
