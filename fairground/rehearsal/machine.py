"""The machine a rehearsal ran on, and what it spent."""

import os
import platform
from pathlib import Path

import psutil
from django.db import connection

# What tells a process's part from its command line, in the order to look.
_PARTS = (("fairground web", "web"), ("fairground background", "background"), ("postgres", "database"))


class CpuMeter:
    """Seconds of processor time that the shop's programs, the database and this generator spend, by part."""

    def __init__(self) -> None:
        self._before = _cpu_s()

    def spent_s(self) -> dict[str, float]:
        """Return the seconds since the meter was made, by part; of processes that ended meanwhile nothing is counted."""
        spent: dict[str, float] = {}
        for (pid, part), seconds in _cpu_s().items():
            spent[part] = spent.get(part, 0.0) + seconds - self._before.get((pid, part), 0.0)
        return spent


def _cpu_s() -> dict[tuple[int, str], float]:
    spent = {}
    for process in psutil.process_iter(["cmdline", "cpu_times"]):
        words = " ".join(process.info["cmdline"] or [])
        own = "crowd" if process.pid == os.getpid() else None
        part = own or next((part for word, part in _PARTS if word in words), None)
        times = process.info["cpu_times"]
        if part is not None and times is not None:
            spent[process.pid, part] = times.user + times.system
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
