"""The PostgreSQL that comes with Fairground: made, started, adopted, stopped."""

import errno
import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg
from psycopg.conninfo import make_conninfo

from fairground.config.cluster import databases, placement, processes, startup_log, tuning
from fairground.config.cluster.account import Account, database_account
from fairground.config.cluster.binaries import POSTGRES_MAJOR, Binaries, binaries_for
from fairground.config.cluster.errors import (
    DiskFullError,
    NoPermissionError,
    OtherMajorVersionError,
    StartFailedError,
    StopFailedError,
)
from fairground.config.home import Home

# Sixteen log segments: enough to recover and to write the first checkpoint.
FREE_BYTES_MIN = 256 << 20

# Recovery replays at most max_wal_size; a slow disk does that in minutes.
START_S = 600

# A fast stop ends with a checkpoint of what is dirty; after that time the next start recovers instead.
STOP_FAST_S = 60.0
STOP_IMMEDIATE_S = 20.0

POLL_S = 0.05


@dataclass(frozen=True)
class ClusterStatus:
    state: Literal["absent", "stopped", "running"]
    pid: int | None
    data_dir: Path
    socket_dir: Path


class Cluster:
    is_ours = True
    default_database = "fairground"

    def __init__(self, home: Home) -> None:
        self.home = home
        self.socket_dir = placement.socket_dir_of(home=home)

    @property
    def log(self) -> Path:
        return self.home.logs / "postgres.log"

    @property
    def data_dir(self) -> Path:
        return placement.data_dir_of(home=self.home)

    def status(self) -> ClusterStatus:
        """Tell whether there is data and whether its PostgreSQL lives."""
        data_dir = self.data_dir
        pid = processes.postmaster_pid(data_dir=data_dir)
        state: Literal["absent", "stopped", "running"] = "stopped" if data_dir.exists() else "absent"
        return ClusterStatus("running" if pid else state, pid, data_dir, self.socket_dir)

    def is_running(self) -> bool:
        """Tell whether the process lives; it costs a look at two small files."""
        return self.status().state == "running"

    def start(self) -> None:
        """Make the database accept connections: made if there is none, adopted if it runs.

        :raises OtherMajorVersionError: the data was written by another version; it is untouched.
        :raises DiskFullError: too little room to recover and go on.
        :raises NoPermissionError: the account of the database can't reach what it needs.
        :raises StartFailedError: anything else, with the end of the log.
        """
        self.home.prepare()
        with self._only_one_at_a_time():
            if self._adopt():
                return
            data_dir = self.data_dir
            account = database_account(data_dir=data_dir)
            self._check_disk(data_dir)
            self._check_version(data_dir)
            binaries = binaries_for(account=account)
            startup_log.rotate(log=self.log)
            if not data_dir.exists():
                data_dir = self._initialise(account=account, binaries=binaries)
            if account.is_dropped_to and not account.can_enter(data_dir):
                raise NoPermissionError(path=data_dir, account=account.name, wanted="enter")
            self._prepare_start(data_dir=data_dir, account=account)
            self._start(data_dir=data_dir, account=account, binaries=binaries)

    def adopt(self) -> bool:
        """Take over a PostgreSQL that a killed parent left, and tell whether there is one.

        It is waited for while it recovers. One that lives and can't be reached (its socket was
        cleaned away) is stopped, so the next start makes it whole.
        """
        with self._only_one_at_a_time():
            return self._adopt()

    def stop(self, *, hurry: threading.Event | None = None) -> None:
        """Stop the database; nothing happens if it does not run.

        Fast first: sessions are ended, a checkpoint is written. At once when `hurry` is set, or when fast
        takes a minute: what was committed is safe, and the next start recovers.

        :raises StopFailedError: it lives on, even so.
        """
        status = self.status()
        if status.pid is None:
            return
        account = database_account(data_dir=status.data_dir)
        pg_ctl = binaries_for(account=account).program("pg_ctl")
        hurry = hurry or threading.Event()
        for mode, seconds in (("fast", STOP_FAST_S), ("immediate", STOP_IMMEDIATE_S)):
            if mode == "fast" and hurry.is_set():
                continue
            account.run([pg_ctl, "stop", "-D", status.data_dir, "-m", mode, "-W"])
            give_up = time.monotonic() + seconds
            while time.monotonic() < give_up and not (mode == "fast" and hurry.is_set()):
                if not self.is_running():
                    return
                time.sleep(POLL_S)
        raise StopFailedError(pid=status.pid)

    def destroy(self) -> None:
        """Stop the database at once and delete its data for good, as tests do."""
        hurry = threading.Event()
        hurry.set()
        self.stop(hurry=hurry)
        placement.remove_data_dir(home=self.home)
        if self.socket_dir.exists():
            for left in self.socket_dir.iterdir():
                left.unlink()
            self.socket_dir.rmdir()

    def ensure_database(self, name: str) -> bool:
        """Make sure that a database is there, and tell whether it was made now."""
        return databases.create_database(maintenance_dsn=self.maintenance_dsn(), name=name)

    def drop_database(self, name: str) -> None:
        """Drop a database whole, closing what is still connected to it."""
        databases.remove_database(maintenance_dsn=self.maintenance_dsn(), name=name)

    def dsn(self, database: str) -> str:
        """Return libpq's connection string; the database need not run, nor exist."""
        return make_conninfo("", host=str(self.socket_dir), user=tuning.ROLE, dbname=database)

    def maintenance_dsn(self) -> str:
        """Return the connection string by which databases are made and dropped."""
        return self.dsn("postgres")

    def django_settings(self, database: str) -> dict[str, object]:
        """Return the entry for Django's DATABASES."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": database,
            "USER": tuning.ROLE,
            "HOST": str(self.socket_dir),
        }

    def _adopt(self) -> bool:
        give_up = time.monotonic() + START_S
        while self.is_running() and time.monotonic() < give_up:
            try:
                psycopg.connect(self.dsn("postgres"), connect_timeout=3).close()
            except psycopg.OperationalError as error:
                if "starting up" not in str(error) and "recovery" not in str(error):
                    break
                time.sleep(POLL_S)
            else:
                return True
        self.stop()
        return False

    def _check_disk(self, data_dir: Path) -> None:
        free_bytes = placement.free_bytes_at(directory=data_dir)
        if free_bytes < FREE_BYTES_MIN:
            raise DiskFullError(path=data_dir, free_bytes=free_bytes, needed_bytes=FREE_BYTES_MIN)

    def _check_version(self, data_dir: Path) -> None:
        if not data_dir.exists():
            return
        try:
            found = (data_dir / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            found = "(no PG_VERSION: not a data directory)"
        except PermissionError as error:
            raise NoPermissionError(path=data_dir, account="this account", wanted="read") from error
        if found != str(POSTGRES_MAJOR):
            raise OtherMajorVersionError(data_dir=data_dir, found=found, needed=POSTGRES_MAJOR)

    def _initialise(self, *, account: Account, binaries: Binaries) -> Path:
        data_dir = placement.choose_new_data_dir(home=self.home, account=account)
        unfinished = data_dir.with_name("data.new")
        placement.make_private_dir(directory=unfinished, account=account)
        began_at_bytes = self._log_bytes()
        initdb: list[str | Path] = [
            binaries.program("initdb"),
            "-D",
            unfinished,
            "-U",
            tuning.ROLE,
            "--auth=peer",
        ]
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        with self.log.open("ab") as log:
            done = account.run([*initdb, *locale, "--data-checksums", "--no-instructions"], output=log)
        if done.returncode != 0:
            raise self._failure(data_dir=data_dir, account=account, since_bytes=began_at_bytes)
        unfinished.rename(data_dir)
        placement.link_data_dir(home=self.home, data_dir=data_dir)
        return data_dir

    def _prepare_start(self, *, data_dir: Path, account: Account) -> None:
        placement.prepare_socket_dir(socket_dir=self.socket_dir, account=account)
        machine = tuning.machine_at(directory=data_dir)
        settings = tuning.render_settings(machine=machine, socket_dir=self.socket_dir)
        try:
            account.write(data_dir / "postgresql.conf", settings)
            for name, text in tuning.render_access(account=account).items():
                account.write(data_dir / name, text)
            processes.remove_stale_lock_files(data_dir=data_dir, socket_dir=self.socket_dir)
        except PermissionError as error:
            raise NoPermissionError(path=data_dir, account=account.name, wanted="write") from error
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            free_bytes = placement.free_bytes_at(directory=data_dir)
            raise DiskFullError(path=data_dir, free_bytes=free_bytes) from error

    def _start(self, *, data_dir: Path, account: Account, binaries: Binaries) -> None:
        argv: list[str | Path] = [binaries.program("pg_ctl"), "start", "-D", data_dir]
        argv += ["-w", "-s", "-t", str(START_S)]
        for is_retry in (False, True):
            began_at_bytes = self._log_bytes()
            with self.log.open("ab") as log:
                if account.run(argv, output=log).returncode == 0:
                    return
            text = startup_log.text_since(log=self.log, since_bytes=began_at_bytes)
            if is_retry or startup_log.trouble_in(log_text=text) != "strays":
                break
            processes.end_stray_backends(data_dir=data_dir, account=account)
        raise self._failure(data_dir=data_dir, account=account, since_bytes=began_at_bytes)

    def _failure(
        self, *, data_dir: Path, account: Account, since_bytes: int
    ) -> DiskFullError | NoPermissionError | OtherMajorVersionError | StartFailedError:
        text = startup_log.text_since(log=self.log, since_bytes=since_bytes)
        match startup_log.trouble_in(log_text=text):
            case "disk full":
                return DiskFullError(path=data_dir, free_bytes=placement.free_bytes_at(directory=data_dir))
            case "no permission":
                return NoPermissionError(path=data_dir, account=account.name, wanted="use all of")
            case "other version":
                return OtherMajorVersionError(data_dir=data_dir, found="of another version", needed=POSTGRES_MAJOR)
            case _:
                lines = startup_log.last_lines(log=self.log, since_bytes=since_bytes)
                return StartFailedError(log=self.log, last_lines=lines)

    def _log_bytes(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    @contextmanager
    def _only_one_at_a_time(self) -> Iterator[None]:
        """Two processes of a home may start it together (a test and a shell): one does, the other adopts."""
        self.home.run.mkdir(parents=True, exist_ok=True)
        with (self.home.run / "cluster.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
