"""The machine a rehearsal ran on, and what it spent."""

import os
import platform
from contextlib import suppress
from pathlib import Path

import psutil
from django.db import connection

# What tells the part of a process that this one started, from its command line.
_PARTS = (("fairground web", "web"), ("fairground background", "background"))


class CpuMeter:
    """Seconds of processor time that this generator, the shop's programs and their database spend, by part.

    The programs are told as children of this process; a database on another machine is not counted.
    """

    def __init__(self) -> None:
        self._before = _cpu_s()

    def spent_s(self) -> dict[str, float]:
        """Return the seconds since the meter was made, by part; what ended meanwhile is not counted."""
        spent: dict[str, float] = {}
        for (pid, part), seconds in _cpu_s().items():
            spent[part] = spent.get(part, 0.0) + seconds - self._before.get((pid, part), 0.0)
        return spent


def _cpu_s() -> dict[tuple[int, str], float]:
    own = psutil.Process()
    parts = {own.pid: "crowd"}
    for child in own.children(recursive=True):
        with suppress(psutil.Error):
            words = " ".join(child.cmdline())
            part = next((part for word, part in _PARTS if word in words), None)
            parts |= {child.pid: part} if part else {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity")
        parts |= {pid: "database" for (pid,) in cursor.fetchall()}
    spent = {}
    for pid, part in parts.items():
        with suppress(psutil.Error):
            times = psutil.Process(pid).cpu_times()
            spent[pid, part] = times.user + times.system
    return spent


def describe_machine() -> dict[str, object]:
    """Return processor, cores, memory, versions, and the database's settings that durability depends on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s) ORDER BY name",
            [["server_version", "shared_buffers", "max_wal_size", "fsync", "synchronous_commit", "full_page_writes"]],
        )
        settings = dict(cursor.fetchall())
    return {
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
        "postgresql": settings,
    }


def _cpu_name() -> str:
    path = Path("/proc/cpuinfo")
    for line in path.read_text().splitlines() if path.exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
