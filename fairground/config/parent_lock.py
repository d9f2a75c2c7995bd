"""The lock that makes one supervisor the only parent of a home, and the port it is going to use."""

import contextlib
import fcntl
import json
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fairground.config import tether
from fairground.config.cluster.errors import AlreadyRunningError, PortTakenError
from fairground.config.home import Home

# A moment for the tethers' own start and end, on top of the grace they give their programs.
TETHER_MARGIN_S = 2.0


@dataclass(frozen=True)
class Parent:
    pid: int
    address: str | None


class ParentLock:
    """Held by the kernel for a live process only, so a killed parent leaves no lock behind."""

    def __init__(self, *, home: Home) -> None:
        self._home = home
        self._file: IO[str] | None = None
        self.follows_a_killed_parent = False

    @property
    def is_held(self) -> bool:
        return self._file is not None

    def take(self, *, address: str | None) -> None:
        """Become the only parent, and write down our process id and address for others.

        :raises AlreadyRunningError: another live process is it.
        """
        self._home.prepare()
        file = _path(self._home).open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            holder = _read(self._home)
            raise AlreadyRunningError(
                home=self._home.path,
                pid=holder.pid if holder else None,
                address=holder.address if holder else None,
            ) from None
        self.follows_a_killed_parent = _read(self._home) is not None
        file.truncate(0)
        json.dump({"pid": os.getpid(), "address": address}, file)
        file.flush()
        self._file = file

    def release(self) -> None:
        """Stop being the parent, and leave the lock empty, as the sign of a clean end."""
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None


def live_parent(*, home: Home) -> Parent | None:
    """Name the live process that is the parent of a home, if there is one."""
    with contextlib.suppress(FileNotFoundError), _path(home).open("r", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read(home)
    return None


def check_port_is_free(*, host: str, port: int, follows_a_killed_parent: bool) -> None:
    """Make sure that we could listen at an address.

    After a killed parent its web process may still be ending: that is waited for.

    :raises PortTakenError: somebody else listens there, or it is none of this machine's addresses.
    """
    patience_s = tether.GRACE_S + TETHER_MARGIN_S if follows_a_killed_parent else 0.0
    give_up = time.monotonic() + patience_s
    while True:
        try:
            _bind(host=host, port=port)
        except OSError as error:
            if time.monotonic() > give_up:
                raise PortTakenError(host=host, port=port, reason=(error.strerror or str(error)).lower()) from error
            time.sleep(0.1)
        else:
            return


def _bind(*, host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as trial:
        # Connections of an earlier server that linger must not count as somebody who listens.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.bind(address)


def _path(home: Home) -> Path:
    return home.run / "up.lock"


def _read(home: Home) -> Parent | None:
    try:
        written = json.loads(_path(home).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return Parent(pid=int(written["pid"]), address=written["address"])
