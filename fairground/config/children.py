"""The processes the supervisor looks after: what they run, whether they live, when they start again."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fairground.config import tether
from fairground.config.cluster import startup_log
from fairground.config.cluster.errors import ChildFailedError

# Twice as long after every quick death, up to the time an operator would wait before looking himself.
FIRST_DELAY_S = 0.25
LONGEST_DELAY_S = 10.0

# A process that lived this long died of something else than its start.
STEADY_S = 30.0

# Importing everything and opening the port takes seconds on a cold disk.
LISTENS_S = 60.0

POLL_S = 0.05


@dataclass(frozen=True)
class ChildSpec:
    """One program to run. `listens` is the address by which one knows that it is ready."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    listens: tuple[str, int] | None = None


@dataclass
class Backoff:
    """How long to wait before the next try."""

    delay_s: float = 0.0

    def after_failure(self, *, lived_s: float) -> float:
        """Return the seconds to wait now."""
        quick = self.delay_s > 0 and lived_s < STEADY_S
        self.delay_s = min(LONGEST_DELAY_S, self.delay_s * 2) if quick else FIRST_DELAY_S
        return self.delay_s


class Child:
    """A process held by a tether, so that it ends with us whatever happens to us."""

    def __init__(self, *, spec: ChildSpec, logs: Path, env: Mapping[str, str]) -> None:
        self.spec = spec
        self.log = logs / f"{spec.name}.log"
        self._env = {**os.environ, **env, **spec.env}
        self._process: subprocess.Popen[bytes] | None = None
        self._log_starts_at = 0
        self.started_at = 0.0

    @property
    def exit_code(self) -> int | None:
        """None while it runs, and before it has run."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start the program; both its outputs go to its log."""
        self.release()
        startup_log.rotate(log=self.log)
        with self.log.open("ab") as log:
            self._log_starts_at = log.tell()
            # -I -S: the tether needs the standard library alone, and starts in a fiftieth of a second so.
            argv = [sys.executable, "-I", "-S", tether.__file__, *self.spec.argv]
            self._process = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=log, stderr=log, env=self._env, start_new_session=True
            )
        self.started_at = time.monotonic()

    def wait_until_ready(self, *, stopping: threading.Event) -> None:
        """Wait until the program accepts connections, if it is one that does.

        :raises ChildFailedError: it ended, or does not listen within a minute.
        """
        give_up = time.monotonic() + LISTENS_S
        while self.spec.listens and not stopping.is_set():
            if self.exit_code is not None:
                raise self.failure(reason=f"ended with code {self.exit_code} while it started")
            if is_listening(self.spec.listens):
                return
            if time.monotonic() > give_up:
                raise self.failure(reason=f"does not listen after {LISTENS_S:.0f} s")
            time.sleep(POLL_S)

    def wait_until_done(self, *, stopping: threading.Event) -> None:
        """Wait until a program that has an end is at it.

        :raises ChildFailedError: it ended with an error.
        """
        while (code := self.exit_code) is None and not stopping.is_set():
            time.sleep(POLL_S)
        if code:
            raise self.failure(reason=f"ended with code {code}")

    def ask_to_end(self) -> None:
        """Ask the program to finish what it has in hand, and return at once."""
        self._order(b"T")

    def stop(self, *, give_up_at: float, hurry: threading.Event) -> None:
        """Wait for the program's end, and kill it at `give_up_at` (monotonic) or on `hurry`."""
        if self._process is None:
            return
        while self._process.poll() is None and time.monotonic() < give_up_at and not hurry.is_set():
            time.sleep(POLL_S)
        self._order(b"K")
        self._process.wait()
        self.release()

    def release(self) -> None:
        """Let go of a process that has ended."""
        if self._process and self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
            self._process.wait()
        self._process = None

    def failure(self, *, reason: str) -> ChildFailedError:
        """Describe what went wrong, with the end of what it wrote since it started."""
        lines = startup_log.last_lines(log=self.log, since_bytes=self._log_starts_at)
        return ChildFailedError(name=self.spec.name, reason=reason, log=self.log, last_lines=lines)

    def _order(self, letter: bytes) -> None:
        if self._process and self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(letter)
                self._process.stdin.flush()


def is_listening(address: tuple[str, int]) -> bool:
    """Tell whether somebody accepts connections at an address."""
    try:
        socket.create_connection(address, timeout=1.0).close()
    except OSError:
        return False
    return True
