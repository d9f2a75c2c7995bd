"""pg_dump and pg_restore: which ones to run, how, and what they say on the way."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from fairground.config.cluster.binaries import POSTGRES_MAJOR, packaged_binaries
from fairground.config.cluster.errors import BackupFailedError, DiskFullError
from fairground.config.cluster.external import VERSION_UNIT

# What the programs say, with --verbose, when they come to the rows of a table.
TABLE_LINE = re.compile(r'(?:dumping contents of table|processing data for table) "([^"]+)"')

VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
TLS_MODES = ("require", "verify-ca", "verify-full")

# The first lines of an error explain it; what follows is the statement, which may hold personal data.
LINES_KEPT = 3

LIST_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"


@dataclass(frozen=True)
class Progress:
    """`done` of `total` tables are behind; `table` is next."""

    done: int
    total: int
    table: str


def dump_database(*, dsn: str, file: Path, progress: Callable[[Progress], None]) -> None:
    """Dump one snapshot of a database into a file.

    :raises BackupFailedError: the program's reason.
    :raises DiskFullError: the file did not fit.
    """
    with psycopg.connect(dsn) as connection:
        major = connection.info.server_version // VERSION_UNIT
        total = connection.execute(LIST_TABLES).rowcount
    # The lightest compression: a tenth of the strongest one's time for most of its gain.
    argv = [
        _program("pg_dump", dsn=dsn, major=major),
        "--format=custom",
        "--compress=1",
        "--no-owner",
        "--no-privileges",
    ]
    argv += ["--verbose", f"--file={file}"]
    _run(argv, dsn=dsn, total=total, progress=progress, doing="write the backup", writes_to=file.parent)


def load_dump(*, file: Path, dsn: str, progress: Callable[[Progress], None]) -> None:
    """Load a dump into an empty database, stopping at the first error.

    :raises BackupFailedError: the program's reason.
    """
    with psycopg.connect(dsn) as connection:
        program = _program("pg_restore", dsn=dsn, major=connection.info.server_version // VERSION_UNIT)
    listing = subprocess.run([program, "--list", str(file)], capture_output=True, text=True, check=False)
    total = listing.stdout.count(" TABLE DATA ")
    argv = [program, "--no-owner", "--no-privileges", "--exit-on-error", "--verbose", str(file)]
    _run(argv, dsn=dsn, total=total, progress=progress, doing="restore the backup", writes_to=file.parent)


def _program(name: str, *, dsn: str, major: int) -> str:
    """The wheel's, which every installation has, unless it can't do it and the operator's own can.

    A program refuses a server newer than itself, and the wheel's are built without TLS.
    """
    wants_tls = conninfo_to_dict(dsn).get("sslmode") in TLS_MODES
    own = shutil.which(name)
    if own and (wants_tls or major > POSTGRES_MAJOR):
        said = subprocess.run([own, "--version"], capture_output=True, text=True, check=False).stdout
        version = VERSION.search(said)
        if version and int(version[1]) >= major:
            return own
    return str(packaged_binaries().program(name))


def _run(
    argv: Sequence[str],
    *,
    dsn: str,
    total: int,
    progress: Callable[[Progress], None],
    doing: str,
    writes_to: Path,
) -> None:
    parameters = conninfo_to_dict(dsn)
    password = parameters.pop("password", None)
    # The password goes by the environment, where other accounts can't read it as they can a command line.
    env = {**os.environ, "LC_ALL": "C"} | ({"PGPASSWORD": str(password)} if password else {})
    complaints: list[str] = []
    done = 0
    with subprocess.Popen(
        [*argv, f"--dbname={make_conninfo('', **parameters)}"],
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        env=env,
        start_new_session=True,
    ) as process:
        for line in process.stderr or ():
            if found := TABLE_LINE.search(line):
                progress(Progress(done=done, total=total, table=found[1]))
                done += 1
            elif "error:" in line or "No space left" in line:
                complaints.append(line.strip())
    if process.returncode == 0:
        return
    reason = " ".join(complaints[:LINES_KEPT]) or f"the program ended with code {process.returncode}"
    if "No space left on device" in reason:
        raise DiskFullError(path=writes_to, free_bytes=shutil.disk_usage(writes_to).free)
    raise BackupFailedError(doing=doing, reason=reason)
