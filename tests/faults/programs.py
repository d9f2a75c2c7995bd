"""The real programs in a home of the tests' own, as processes that can be watched, killed and counted."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil
import psycopg

from fairground.config.cluster.embedded import Cluster
from fairground.config.cluster.tuning import ROLE
from fairground.config.realm import Realm

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
# Long enough for a slow machine that does other things too; nothing here waits for it in vain.
PATIENCE_S = 180.0


@dataclass(frozen=True)
class Installation:
    """A home of its own, whose database runs only while a program of it does."""

    cluster: Cluster

    @property
    def environment(self) -> dict[str, str]:
        """What a program of this home inherits: nothing of the tests' own database."""
        kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "FAIRGROUND_REALM"}}
        return kept | {"FAIRGROUND_HOME": str(self.cluster.home.path), "PYTHONUNBUFFERED": "1"}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `fairground ...` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "fairground", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    @contextmanager
    def program(self, *arguments: str, realm: str = "real", module: str = "fairground") -> Iterator["Program"]:
        """Start `fairground ...`; what is left of it at the end is killed."""
        said = self.cluster.home.path.parent / f"said-{time.monotonic_ns()}"
        with said.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                env=self.environment | {"FAIRGROUND_REALM": realm},
                cwd=ROOT,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        with process:
            try:
                yield Program(process, said)
            finally:
                process.kill()

    def purchases(self, realm: str) -> dict[str, bool]:
        """Return the committed purchases by id, and whether each is paid."""
        with psycopg.connect(self.cluster.dsn(Realm(realm).database())) as connection:
            found = connection.execute("SELECT id, paid_at IS NOT NULL FROM orders_purchase").fetchall()
        return {str(purchase_id): paid for purchase_id, paid in found}


@dataclass(frozen=True)
class Program:
    """A running program of ours, and the file to which it speaks."""

    process: subprocess.Popen[bytes]
    said: Path

    @property
    def words(self) -> str:
        """All it said so far."""
        return self.said.read_text()

    @property
    def events(self) -> list[dict[str, str]]:
        """What a program with --json said, line by line."""
        return [json.loads(line) for line in self.words.splitlines(keepends=True) if line.endswith("\n")]

    def wait_for(self, words: str) -> None:
        """Wait until it says something."""
        until(lambda: words in self.words or self.process.poll() is not None)
        assert words in self.words, self.words

    def wait_for_end(self) -> None:
        """Wait until it ends well by itself."""
        until(lambda: self.process.poll() is not None)
        assert self.process.returncode == 0, self.words

    def children(self, *words: str) -> list[psutil.Process]:
        """Return the living programs below it whose command line is `fairground` and these words."""
        return [one for one in self.tree() if _arguments(one)[1 : 3 + len(words)] == ["-m", "fairground", *words]]

    def tree(self) -> list[psutil.Process]:
        """Return all processes below it."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def interrupt(self) -> None:
        """Press Ctrl-C: the terminal signals the whole group."""
        os.killpg(self.process.pid, signal.SIGINT)


def postmaster(installation: Installation) -> psutil.Process | None:
    """Return PostgreSQL's first process while it runs."""
    pid = installation.cluster.status().pid
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid) if pid is not None else None
    return None


def backends(installation: Installation, realm: str) -> list[psutil.Process]:
    """Return the processes of PostgreSQL that serve the realm's sessions."""
    parent = postmaster(installation)
    title = f"postgres: {ROLE} {Realm(realm).database()} "
    return [one for one in parent.children() if " ".join(_arguments(one)).startswith(title)] if parent else []


def until(condition: Callable[[], T]) -> T:
    """Wait for something that must come about, and return it."""
    give_up = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < give_up, "it did not come about"
        time.sleep(0.05)
    return found


def lives(process: psutil.Process) -> bool:
    """Tell whether a process has not ended; one that only waits to be looked at by its parent has."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
