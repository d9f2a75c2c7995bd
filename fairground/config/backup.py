"""Backups: one directory with a dump of one database, its pictures, and a manifest that proves both whole.

pg_dump, since it reads one snapshot while the shop goes on selling, works for a foreign server as well,
and its files can be restored by a newer PostgreSQL.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from fairground.config.cluster import databases
from fairground.config.cluster.errors import (
    BackupFailedError,
    BackupUnusableError,
    DatabaseInUseError,
    DatabaseNotEmptyError,
    NoPermissionError,
)
from fairground.config.cluster.server import Server
from fairground.config.dump_programs import LIST_TABLES, Progress, dump_database, load_dump
from fairground.config.picture_copies import copy_pictures, count_pictures
from fairground.kernel.files import flush_to_disk

DUMP = "database.dump"
PICTURES = "pictures"
MANIFEST = "manifest.json"

# A restore fills a database of this name and renames it when whole, so no half-restored one is ever in use.
SCRATCH_SUFFIX = "_restoring"

ASIDE_SUFFIX = "_replaced"

HOLD_EFFECTS = (
    "INSERT INTO kernel_realmfact (key, value) VALUES ('effects_held', 'true') "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)

ReportProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `made_at` is ISO 8601 in UTC; the pictures' digest is empty where none were asked for."""

    database: str
    made_at: str
    server_version: str
    dump_bytes: int
    dump_sha256: str
    picture_files: int = 0
    pictures_sha256: str = ""


def ignore_progress(_progress: Progress) -> None:
    """Do nothing with the news."""


def backup(
    *,
    cluster: Server,
    database: str,
    target: Path,
    now: datetime,
    pictures: Path | None = None,
    progress: ReportProgress = ignore_progress,
) -> Manifest:
    """Write a backup of a database, and of its folder of `pictures`, as the new directory `target`.

    The shop goes on meanwhile. The directory appears when it is whole, on disk, and not before. Pictures come after
    the dump, so that all are there that it shows.

    :raises BackupFailedError: pg_dump's reason; nothing is left.
    :raises NoPermissionError: the target exists already, or may not be written.
    """
    partial = target.with_name(f"{target.name}.partial")
    try:
        if target.exists():
            raise NoPermissionError(path=target, account="a backup", wanted="overwrite")
        partial.mkdir(mode=0o700, parents=True)
    except (PermissionError, FileExistsError) as error:
        raise NoPermissionError(path=partial, account="this account", wanted="write") from error
    try:
        try:
            with psycopg.connect(cluster.dsn(database)) as connection:
                version = str(connection.info.parameter_status("server_version"))
        except psycopg.OperationalError as error:
            raise BackupFailedError(doing="write the backup", reason=str(error).strip()) from error
        dump_database(dsn=cluster.dsn(database), file=partial / DUMP, progress=progress)
        if pictures is not None:
            copy_pictures(source=pictures, target=partial / PICTURES)
        copies = count_pictures(partial / PICTURES)
        manifest = Manifest(
            database=database,
            made_at=now.astimezone(UTC).isoformat(timespec="seconds"),
            server_version=version,
            dump_bytes=(partial / DUMP).stat().st_size,
            dump_sha256=_sha256(partial / DUMP),
            picture_files=copies.files,
            pictures_sha256=copies.sha256 if copies.files else "",
        )
        (partial / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
        for path in (partial / DUMP, partial / MANIFEST, partial):
            flush_to_disk(path)
        partial.rename(target)
        flush_to_disk(target.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def restore(
    *,
    cluster: Server,
    source: Path,
    database: str,
    replace: bool = False,
    pictures: Path | None = None,
    progress: ReportProgress = ignore_progress,
) -> Manifest:
    """Make a database out of a backup, with its outgoing effects held, and put its pictures into the folder `pictures`.

    Mail, webhooks and calls to providers wait until the operator releases them: the backup is of the past,
    and what it would send may have been sent.

    :raises BackupUnusableError: the backup is damaged, or is not one of Fairground.
    :raises DatabaseNotEmptyError: the database has tables, and `replace` is not said.
    :raises DatabaseInUseError: somebody is connected to the database that would be replaced.
    :raises BackupFailedError: pg_restore's reason; the databases are as they were.
    """
    manifest = check_backup(source=source)
    _check_replaceable(cluster=cluster, database=database, replace=replace)
    scratch = f"{database}{SCRATCH_SUFFIX}"
    cluster.drop_database(scratch)
    try:
        cluster.ensure_database(scratch)
        load_dump(file=source / DUMP, dsn=cluster.dsn(scratch), progress=progress)
        try:
            with psycopg.connect(cluster.dsn(scratch)) as connection:
                connection.execute(HOLD_EFFECTS)
        except psycopg.errors.UndefinedTable as error:
            raise BackupUnusableError(source=source, reason="it is not one of Fairground") from error
        _check_replaceable(cluster=cluster, database=database, replace=replace)
        if pictures is not None:
            copy_pictures(source=source / PICTURES, target=pictures)
        _put_in_place(cluster=cluster, scratch=scratch, database=database)
    finally:
        cluster.drop_database(scratch)
    return manifest


def check_backup(*, source: Path) -> Manifest:
    """Read a backup's manifest and make sure that the dump and the pictures are those it describes.

    :raises BackupUnusableError: something is missing or damaged.
    """
    try:
        manifest = Manifest(**json.loads((source / MANIFEST).read_text(encoding="utf-8")))
        digest = _sha256(source / DUMP)
        copies = count_pictures(source / PICTURES)
    except OSError as error:
        reason = f"{error.filename} can't be read ({error.strerror})"
        raise BackupUnusableError(source=source, reason=reason) from error
    except (ValueError, TypeError) as error:
        raise BackupUnusableError(source=source, reason=f"{MANIFEST} is not readable") from error
    if digest != manifest.dump_sha256:
        raise BackupUnusableError(source=source, reason=f"{DUMP} is damaged (its SHA-256 differs)")
    if (copies.files, copies.sha256 if copies.files else "") != (manifest.picture_files, manifest.pictures_sha256):
        raise BackupUnusableError(
            source=source, reason=f"a file in {PICTURES} is damaged or missing, or one is too many"
        )
    return manifest


def _check_replaceable(*, cluster: Server, database: str, replace: bool) -> None:
    maintenance_dsn = cluster.maintenance_dsn()
    if not databases.database_exists(maintenance_dsn=maintenance_dsn, name=database):
        return
    # Counted before we connect ourselves: a closed connection is still seen for a moment.
    connections = databases.connection_count(maintenance_dsn=maintenance_dsn, name=database)
    if not replace:
        with psycopg.connect(cluster.dsn(database)) as connection:
            if connection.execute(LIST_TABLES).fetchone():
                raise DatabaseNotEmptyError(database=database)
    if connections:
        raise DatabaseInUseError(database=database, connections=connections)


def _put_in_place(*, cluster: Server, scratch: str, database: str) -> None:
    """The old database is only put aside until the new one has its name."""
    maintenance_dsn = cluster.maintenance_dsn()
    aside = f"{database}{ASIDE_SUFFIX}"
    had_one = databases.database_exists(maintenance_dsn=maintenance_dsn, name=database)
    if had_one:
        cluster.drop_database(aside)
        try:
            databases.rename_database(maintenance_dsn=maintenance_dsn, name=database, to=aside)
        except psycopg.errors.ObjectInUse as error:
            connections = databases.connection_count(maintenance_dsn=maintenance_dsn, name=database)
            raise DatabaseInUseError(database=database, connections=connections) from error
    try:
        databases.rename_database(maintenance_dsn=maintenance_dsn, name=scratch, to=database)
    except psycopg.Error:
        if had_one:
            databases.rename_database(maintenance_dsn=maintenance_dsn, name=aside, to=database)
        raise
    cluster.drop_database(aside)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
