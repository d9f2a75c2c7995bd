"""What a commit means on this machine: the server's settings, the file system, and how long the disk takes."""

import os
import statistics
import tempfile
import time
from pathlib import Path

import psutil
from django.db import connection

from fairground.kernel.sql import load_sql

# A page of PostgreSQL's log, as pg_test_fsync writes it.
_PAGE_BYTES = 8192
_FLUSHES = 200
# Each of them off makes commits faster and crashes costly, so a report names them first.
_SETTINGS_OF_DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")


def read_server_facts() -> dict[str, object]:
    """Return what decides what a crash may take: settings, tables, and where the data lies as far as we may know.

    `flush_us` is the median of writing 8 kB and waiting for the disk, in the data directory; None where it is not ours
    to write in.
    """
    with connection.cursor() as cursor:
        cursor.execute(load_sql("rehearsal", "server_facts"))
        settings = dict(cursor.fetchall())
        cursor.execute(load_sql("rehearsal", "server_place"))
        found = cursor.fetchone()
        cursor.execute(load_sql("rehearsal", "hot_tables_persistence"))
        (persistence,) = cursor.fetchone() or (None,)
    place = Path(found[0]) if found else None
    ours = place is not None and os.access(place, os.W_OK) and (place / "PG_VERSION").exists()
    return {
        "postgresql": settings,
        **{name: settings[name] for name in _SETTINGS_OF_DURABILITY},
        "hot_tables_persistence": persistence,
        "data_filesystem": file_system(path=place) if ours and place else None,
        "flush_us": flush_us(directory=place) if ours and place else None,
    }


def file_system(*, path: Path) -> str | None:
    """Return the kind of file system that holds `path` (ext4, overlay), if the machine tells."""
    mounts = [one for one in psutil.disk_partitions(all=True) if path.is_relative_to(one.mountpoint)]
    return str(max(mounts, key=lambda one: len(one.mountpoint)).fstype) if mounts else None


def flush_us(*, directory: Path) -> int:
    """Return the median time to write 8 kB in `directory` and have the disk confirm it; leaves nothing behind."""
    page = bytes(_PAGE_BYTES)
    taken: list[int] = []
    with tempfile.TemporaryFile(dir=directory, buffering=0) as file:
        for _ in range(_FLUSHES):
            started = time.perf_counter_ns()
            os.pwrite(file.fileno(), page, 0)
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter_ns() - started)
    return round(statistics.median(taken) / 1000)
