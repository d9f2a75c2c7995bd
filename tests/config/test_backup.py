"""Backups and what comes back from them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from fairground.config.backup import backup, check_backup, restore
from fairground.config.cluster.embedded import Cluster
from fairground.config.cluster.errors import (
    BackupFailedError,
    BackupUnusableError,
    DatabaseInUseError,
    DatabaseNotEmptyError,
    NoPermissionError,
)
from fairground.config.cluster.external import ExternalServer
from fairground.config.dump_programs import Progress

NOW = datetime(2026, 11, 10, 23, 0, tzinfo=UTC)


@pytest.fixture
def shop(running: Cluster) -> Iterator[str]:
    """A database with two tables, one of them the realm's facts."""
    database = "shop"
    running.ensure_database(database)
    with psycopg.connect(running.dsn(database)) as connection:
        connection.execute("CREATE TABLE kernel_realmfact (key text PRIMARY KEY, value text NOT NULL)")
        connection.execute("CREATE TABLE purchase (number int PRIMARY KEY, note text)")
        connection.execute("INSERT INTO purchase VALUES (1, 'première'), (2, '双十一')")
    yield database
    for name in (database, "copy"):
        running.drop_database(name)


def saved(running: Cluster, database: str, target: Path) -> Path:
    backup(cluster=running, database=database, target=target, now=NOW)
    return target


def rows(cluster: Cluster, database: str, table: str) -> list[tuple[object, ...]]:
    with psycopg.connect(cluster.dsn(database)) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


def databases(cluster: Cluster) -> list[str]:
    with psycopg.connect(cluster.maintenance_dsn()) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1")
        return [str(row[0]) for row in found]


def test_what_was_backed_up_comes_back_with_its_outgoing_effects_held(
    running: Cluster, shop: str, tmp_path: Path
) -> None:
    source = saved(running, shop, tmp_path / "saved")

    restore(cluster=running, source=source, database="copy")

    assert rows(running, "copy", "purchase") == [(1, "première"), (2, "双十一")]
    assert rows(running, "copy", "kernel_realmfact") == [("effects_held", "true")]
    assert rows(running, shop, "kernel_realmfact") == []


def test_effects_that_were_released_in_the_original_are_held_in_the_copy(
    running: Cluster, shop: str, tmp_path: Path
) -> None:
    with psycopg.connect(running.dsn(shop)) as connection:
        connection.execute("INSERT INTO kernel_realmfact VALUES ('effects_held', 'false')")
    source = saved(running, shop, tmp_path / "saved")

    restore(cluster=running, source=source, database="copy")

    assert rows(running, "copy", "kernel_realmfact") == [("effects_held", "true")]


def test_a_foreign_server_is_backed_up_and_restored_alike(running: Cluster, shop: str, tmp_path: Path) -> None:
    foreign = ExternalServer(running.dsn(shop))

    backup(cluster=foreign, database=shop, target=tmp_path / "saved", now=NOW)
    restore(cluster=foreign, source=tmp_path / "saved", database="copy")

    assert rows(running, "copy", "purchase") == [(1, "première"), (2, "双十一")]


def test_the_manifest_says_what_the_backup_holds(running: Cluster, shop: str, tmp_path: Path) -> None:
    source = saved(running, shop, tmp_path / "saved")

    manifest = json.loads((source / "manifest.json").read_text())

    assert (manifest["database"], manifest["made_at"]) == (shop, "2026-11-10T23:00:00+00:00")
    assert manifest["server_version"].startswith("18.")
    assert manifest["dump_bytes"] == (source / "database.dump").stat().st_size
    assert sorted(path.name for path in tmp_path.iterdir()) == ["saved"]


def test_pictures_are_backed_up_and_come_back_beside_those_that_are_there(
    running: Cluster, shop: str, tmp_path: Path
) -> None:
    home = make_pictures(tmp_path / "home", "ab/ab1-320.avif", "cd/cd2-320.avif", "cd/.unfinished")
    there = make_pictures(tmp_path / "there", "ef/ef3-320.avif")
    source = tmp_path / "saved"

    manifest = backup(cluster=running, database=shop, target=source, now=NOW, pictures=home)
    restore(cluster=running, source=source, database="copy", pictures=there)

    assert (manifest.picture_files, len(manifest.pictures_sha256)) == (2, 64)
    assert pictures_in(there) == {one: one for one in ("ab/ab1-320.avif", "cd/cd2-320.avif", "ef/ef3-320.avif")}
    restore(cluster=running, source=source, database="copy", replace=True, pictures=there)
    assert len(pictures_in(there)) == 3


@pytest.mark.parametrize("damage", ["changed", "missing", "more"])
def test_a_backup_whose_pictures_are_others_is_refused_before_any_is_put_back(
    running: Cluster, shop: str, tmp_path: Path, damage: str
) -> None:
    home = make_pictures(tmp_path / "home", "ab/ab1-320.avif", "cd/cd2-320.avif")
    source = tmp_path / "saved"
    backup(cluster=running, database=shop, target=source, now=NOW, pictures=home)
    picture = source / "pictures" / "ab" / "ab1-320.avif"
    picture.unlink()
    if damage == "changed":
        picture.write_text("another")
    elif damage == "more":
        picture.write_text("ab/ab1-320.avif")
        picture.with_name("ab2-320.avif").write_text("ab/ab2-320.avif")

    with pytest.raises(BackupUnusableError) as caught:
        restore(cluster=running, source=source, database="copy", pictures=tmp_path / "there")

    assert caught.value.reason == "a file in pictures is damaged or missing, or one is too many"
    assert databases(running) == ["postgres", shop]
    assert not (tmp_path / "there").exists()
    assert len(pictures_in(home)) == 2


def test_a_backup_from_before_there_were_pictures_is_whole(running: Cluster, shop: str, tmp_path: Path) -> None:
    source = saved(running, shop, tmp_path / "saved")
    manifest = json.loads((source / "manifest.json").read_text())
    del manifest["picture_files"], manifest["pictures_sha256"]
    (source / "manifest.json").write_text(json.dumps(manifest))

    assert restore(cluster=running, source=source, database="copy", pictures=tmp_path / "none").picture_files == 0
    assert not (tmp_path / "none").exists()


def make_pictures(folder: Path, *files: str) -> Path:
    """Make files that hold their own names, and return the folder."""
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(file)
    return folder


def pictures_in(folder: Path) -> dict[str, str]:
    """Return the finished files below a folder and what they hold."""
    found = sorted(path for path in folder.rglob("*-320.avif") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in found}


def test_progress_names_each_table_in_turn(running: Cluster, shop: str, tmp_path: Path) -> None:
    said: list[Progress] = []

    backup(cluster=running, database=shop, target=tmp_path / "saved", now=NOW, progress=said.append)
    restore(cluster=running, source=tmp_path / "saved", database="copy", progress=said.append)

    assert said == 2 * [
        Progress(done=0, total=2, table="public.kernel_realmfact"),
        Progress(done=1, total=2, table="public.purchase"),
    ]


def test_a_backup_never_overwrites_another(running: Cluster, shop: str, tmp_path: Path) -> None:
    source = saved(running, shop, tmp_path / "saved")
    before = check_backup(source=source)

    with pytest.raises(NoPermissionError):
        backup(cluster=running, database=shop, target=source, now=NOW)

    assert check_backup(source=source) == before


def test_a_backup_of_no_database_leaves_nothing(running: Cluster, tmp_path: Path) -> None:
    with pytest.raises(BackupFailedError) as caught:
        backup(cluster=running, database="nowhere", target=tmp_path / "saved", now=NOW)

    assert 'database "nowhere" does not exist' in caught.value.reason
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_backup_is_refused_before_any_database_is_made(running: Cluster, shop: str, tmp_path: Path) -> None:
    source = saved(running, shop, tmp_path / "saved")
    dump = bytearray((source / "database.dump").read_bytes())
    dump[len(dump) // 2] ^= 1
    (source / "database.dump").write_bytes(dump)

    with pytest.raises(BackupUnusableError) as caught:
        restore(cluster=running, source=source, database="copy")

    assert caught.value.reason == "database.dump is damaged (its SHA-256 differs)"
    assert databases(running) == ["postgres", shop]


def test_a_database_with_tables_is_not_overwritten(running: Cluster, shop: str, tmp_path: Path) -> None:
    source = saved(running, shop, tmp_path / "saved")
    with psycopg.connect(running.dsn(shop)) as connection:
        connection.execute("INSERT INTO purchase VALUES (3, 'later')")

    with pytest.raises(DatabaseNotEmptyError):
        restore(cluster=running, source=source, database=shop)

    assert rows(running, shop, "purchase") == [(1, "première"), (2, "双十一"), (3, "later")]
    assert databases(running) == ["postgres", shop]


def test_a_database_is_replaced_when_that_is_said(running: Cluster, shop: str, tmp_path: Path) -> None:
    source = saved(running, shop, tmp_path / "saved")
    with psycopg.connect(running.dsn(shop)) as connection:
        connection.execute("INSERT INTO purchase VALUES (3, 'later')")

    restore(cluster=running, source=source, database=shop, replace=True)

    assert rows(running, shop, "purchase") == [(1, "première"), (2, "双十一")]
    assert databases(running) == ["postgres", shop]


def test_a_database_in_use_is_not_replaced(running: Cluster, shop: str, tmp_path: Path) -> None:
    source = saved(running, shop, tmp_path / "saved")

    with psycopg.connect(running.dsn(shop)), pytest.raises(DatabaseInUseError):
        restore(cluster=running, source=source, database=shop, replace=True)

    assert databases(running) == ["postgres", shop]
    assert rows(running, shop, "purchase") == [(1, "première"), (2, "双十一")]


def test_an_empty_database_is_filled_without_a_word(running: Cluster, shop: str, tmp_path: Path) -> None:
    source = saved(running, shop, tmp_path / "saved")
    running.ensure_database("copy")

    restore(cluster=running, source=source, database="copy")

    assert rows(running, "copy", "purchase") == [(1, "première"), (2, "双十一")]


def test_a_backup_of_something_else_is_not_restored(running: Cluster, shop: str, tmp_path: Path) -> None:
    with psycopg.connect(running.dsn(shop)) as connection:
        connection.execute("DROP TABLE kernel_realmfact")
    source = saved(running, shop, tmp_path / "saved")

    with pytest.raises(BackupUnusableError) as caught:
        restore(cluster=running, source=source, database="copy")

    assert caught.value.reason == "it is not one of Fairground"
    assert databases(running) == ["postgres", shop]
