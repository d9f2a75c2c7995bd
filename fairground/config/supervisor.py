"""The only parent: it starts the database and the processes, keeps them alive, takes them down in order."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType, TracebackType

from fairground.config.children import Backoff, Child, ChildSpec
from fairground.config.cluster.errors import AlreadyRunningError, ClusterError
from fairground.config.cluster.server import Server
from fairground.config.home import Home
from fairground.config.parent_lock import ParentLock, check_port_is_free

# A killed database is missed by every request, so it is looked for four times a second.
POLL_S = 0.25

# Requests in hand are answered within seconds; a browser's event stream is cut after that. For all children together.
CHILD_GRACE_S = 10.0

Report = Callable[[str], None]


def migrate_step() -> ChildSpec:
    """Describe the migrations, run to their end before anything else starts."""
    return ChildSpec(name="migrate", argv=(sys.executable, "-m", "fairground", "migrate"))


def web_and_background(*, host: str, port: int) -> tuple[ChildSpec, ...]:
    """Describe the processes of an installation, in the order of their start; a web one a core."""
    python = (sys.executable, "-m", "fairground")
    web = (*python, "web", "--host", host, "--port", str(port))
    return (
        *(
            ChildSpec(name=f"web-{number}", argv=web, listens=(host, port))
            for number in range(1, (os.cpu_count() or 1) + 1)
        ),
        ChildSpec(
            name="background",
            argv=(*python, "background"),
            # To where the letters of a demo lead.
            env={"FAIRGROUND_SERVED_AT": _address(host, port)},
        ),
    )


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def running_server(*, home: Home, server: Server) -> Iterator[None]:
    """Keep the database up for the length of one command.

    Beside a live parent the command uses the parent's; alone it starts the database and stops it again.
    """
    lock = ParentLock(home=home)
    try:
        lock.take(address=None)
    except AlreadyRunningError:
        server.start()
        yield
        return
    try:
        server.start()
        yield
    finally:
        server.stop()
        lock.release()


class Supervisor:
    """Start, watch, stop. Use it as a context manager, or by `run` for a command that lasts until Ctrl-C.

    `may_join`: beside a live parent of the same home, run the children on its database (as a rehearsal
    does while the site is up), leaving lock and database to that parent. `env` is added to what the
    children inherit, such as their realm's name. `make_database` is called once the server runs, where an
    empty database is not enough.
    """

    def __init__(
        self,
        *,
        home: Home,
        server: Server,
        database: str,
        children: Sequence[ChildSpec],
        prepare: Sequence[ChildSpec] = (),
        host: str = "127.0.0.1",
        port: int | None = None,
        may_join: bool = False,
        env: Mapping[str, str] | None = None,
        make_database: Callable[[], None] | None = None,
        report: Report = print,
    ) -> None:
        self.address = _address(host, port) if port is not None else None
        self._home = home
        self._server = server
        self._database = database
        self._host, self._port = host, port
        self._may_join = may_join
        self._report = report
        self._make_database = make_database or self._ensure_database
        self._lock = ParentLock(home=home)
        self._is_guest = False
        own = {"FAIRGROUND_HOME": str(home.path), **(env or {})}
        self._steps = [Child(spec=spec, logs=home.logs, env=own) for spec in prepare]
        self._children = [Child(spec=spec, logs=home.logs, env=own) for spec in children]
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self._may_interrupt = False
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def __enter__(self) -> "Supervisor":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Return once everything runs; if anything fails, nothing is left running.

        :raises ClusterError: the one that says what is wrong.
        """
        self._take_lock()
        try:
            if self._port is not None:
                follows = self._lock.follows_a_killed_parent
                check_port_is_free(host=self._host, port=self._port, follows_a_killed_parent=follows)
            self._start_all()
        except BaseException:
            self.stop()
            raise
        self._watcher.start()

    def stop(self) -> None:
        """Ask everything to end in reverse order, the database last; safe to call twice."""
        self._stopping.set()
        if self._watcher.is_alive():
            self._watcher.join()
        backwards = [*self._steps, *self._children][::-1]
        for child in backwards if not self._hurry.is_set() else []:
            child.ask_to_end()
        give_up_at = time.monotonic() + CHILD_GRACE_S
        for child in backwards:
            child.stop(give_up_at=give_up_at, hurry=self._hurry)
        if not self._is_guest and self._lock.is_held:
            self._server.stop(hurry=self._hurry)
            self._lock.release()

    def hurry(self) -> None:
        """Let a stop take no time: children are killed, the database stops at once."""
        self._hurry.set()

    def end(self) -> None:
        """Let `run` return, as the first Ctrl-C does."""
        self._stopping.set()

    def run(self, *, when_ready: Callable[[], None]) -> None:
        """Start everything, call `when_ready`, and last until SIGINT or SIGTERM.

        A signal cuts `when_ready` short too; the second one hurries. Call it from the main thread.
        """
        with self._signals_stop_us():
            try:
                self.start()
                if not self._stopping.is_set():
                    self._call(when_ready)
                while not self._stopping.wait(POLL_S):
                    if not self._watcher.is_alive():
                        raise RuntimeError("the supervisor's watching thread has ended; its error stands above")
            finally:
                self.stop()

    def _call(self, when_ready: Callable[[], None]) -> None:
        self._may_interrupt = True
        try:
            when_ready()
        except KeyboardInterrupt:
            assert self._stopping.is_set(), "only a signal interrupts"
        finally:
            self._may_interrupt = False

    def _take_lock(self) -> None:
        try:
            self._lock.take(address=self.address)
        except AlreadyRunningError:
            if not self._may_join:
                raise
            self._is_guest = True

    def _start_all(self) -> None:
        self._server.start()
        self._make_database()
        for step in self._steps:
            if self._stopping.is_set():
                return
            step.start()
            step.wait_until_done(stopping=self._stopping)
        for child in self._children:
            if self._stopping.is_set():
                return
            child.start()
            child.wait_until_ready(stopping=self._stopping)

    def _ensure_database(self) -> None:
        self._server.ensure_database(self._database)

    def _watch(self) -> None:
        # The database first: children that lost it need it back before they are looked at.
        database = Backoff()
        database_due_at = database_lives_since = time.monotonic()
        backoffs = {child.spec.name: Backoff() for child in self._children}
        due_at: dict[str, float] = {}
        while not self._stopping.wait(POLL_S):
            now = time.monotonic()
            if not self._is_guest and now >= database_due_at and not self._server.is_running():
                database_due_at = now + database.after_failure(lived_s=now - database_lives_since)
                if self._restart_database():
                    database_lives_since = time.monotonic()
            for child in self._children:
                if child.exit_code is not None:
                    self._restart_child(child, backoffs[child.spec.name], due_at)

    def _restart_database(self) -> bool:
        self._report("the database has ended; starting it again")
        try:
            self._server.start()
        except ClusterError as error:
            self._report(str(error))
            return False
        self._report("the database runs again")
        return True

    def _restart_child(self, child: Child, backoff: Backoff, due_at: dict[str, float]) -> None:
        name, now = child.spec.name, time.monotonic()
        if name not in due_at:
            delay_s = backoff.after_failure(lived_s=now - child.started_at)
            due_at[name] = now + delay_s
            self._report(f"the {name} process ended with code {child.exit_code}; again in {delay_s:g} s ({child.log})")
        elif now >= due_at[name]:
            del due_at[name]
            child.start()

    @contextmanager
    def _signals_stop_us(self) -> Iterator[None]:
        def on_signal(_number: int, _frame: FrameType | None) -> None:
            if self._stopping.is_set():
                self._hurry.set()
            self._stopping.set()
            if self._may_interrupt:
                self._may_interrupt = False
                raise KeyboardInterrupt

        before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
