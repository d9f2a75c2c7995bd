"""Which processes of a data directory live: its postmaster, and backends that outlived one."""

import os
import signal
import time
from pathlib import Path

from fairground.config.cluster.account import Account

PROC = Path("/proc")

# A backend that notices its postmaster's death leaves at once; one deep in a sum may not look for long.
STRAYS_LEAVE_S = 5.0


def postmaster_pid(*, data_dir: Path) -> int | None:
    """Return the process id of the live PostgreSQL of a data directory, if there is one.

    A postmaster.pid left behind by a crash may name a process that is something else by now, so the
    process must also be a postgres, and not one of another data directory.
    """
    try:
        pid = int((data_dir / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return pid if _is_postmaster(pid=pid, data_dir=data_dir) else None


def remove_stale_lock_files(*, data_dir: Path, socket_dir: Path) -> None:
    """Remove what a killed PostgreSQL of this directory left: its pid file and socket.

    PostgreSQL would do so itself, except where the number in them has gone to another process of the same
    account, or belongs to a zombie that nobody reaps (a container without an init). That two servers
    share the data stays impossible: PostgreSQL also locks by the shared memory of the directory.
    """
    if postmaster_pid(data_dir=data_dir) is None:
        for left in (data_dir / "postmaster.pid", *socket_dir.glob(".s.PGSQL.*")):
            left.unlink(missing_ok=True)


def end_stray_backends(*, data_dir: Path, account: Account) -> None:
    """Wait for backends whose postmaster was killed, and end those that stay.

    Call only while no postmaster lives. Until they are gone PostgreSQL refuses to start, since they could
    still write; killing all of them is the same as a crash, from which the start recovers.
    """
    deadline = time.monotonic() + STRAYS_LEAVE_S
    while _stray_pids(data_dir=data_dir, account=account) and time.monotonic() < deadline:
        time.sleep(0.1)
    for pid in _stray_pids(data_dir=data_dir, account=account):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    while _stray_pids(data_dir=data_dir, account=account):
        time.sleep(0.1)


def _is_postmaster(*, pid: int, data_dir: Path) -> bool:
    if not PROC.is_dir() or not (PROC / "self").exists():
        return _is_alive(pid)
    # A zombie's command line is empty. The working directory would say it better, but root in a
    # container may not read that of another account's process.
    arguments = _command_line(pid)
    if len(arguments) < 3 or Path(arguments[0]).name != "postgres" or arguments[1] != "-D":  # noqa: PLR2004
        return False
    theirs = Path(arguments[2])
    # Theirs is not there when the whole working copy was moved under a running server.
    return not theirs.exists() or theirs.samefile(data_dir)


def _stray_pids(*, data_dir: Path, account: Account) -> list[int]:
    # Asked under their own account, which may read its processes' working directory (the data directory).
    script = 'for p in /proc/[0-9]*; do [ "$(readlink "$p/cwd")" = "$1" ] && echo "${p#/proc/}"; done 2>/dev/null'
    found = account.run(["/bin/sh", "-c", script, "sh", data_dir]).stdout.split()
    return [pid for pid in map(int, found) if _command_line(pid)[:1] and "postgres" in _command_line(pid)[0]]


def _command_line(pid: int) -> list[str]:
    try:
        return (PROC / str(pid) / "cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
