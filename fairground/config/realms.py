"""Making realms. A realm that needs a catalogue is copied from a template database, which is made once and kept."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from psycopg import connect, sql

from fairground.config.cluster.databases import connection_count, database_exists, remove_database, rename_database
from fairground.config.cluster.server import Server
from fairground.config.realm import Realm

PACKAGE = Path(__file__).resolve().parents[1]


class RealmNotFilledError(Exception):
    """The catalogue could not be loaded; what went wrong stands on the terminal."""


class RealmInUseError(Exception):
    """Somebody works in the realm that was to be made anew."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the realm {name} is in use: stop what runs in it, or choose another name")


def make_realm(*, server: Server, realm: Realm, catalogue: Path | None) -> None:
    """Make a realm's database anew from a catalogue (None: the packaged sample): schema, goods, stock, a festival.

    What the realm held is dropped. The first time the template is filled, with progress on the terminal; later a copy
    takes about a second. The real realm is never made this way.

    :raises RealmNotFilledError: the catalogue could not be loaded; the realm is as it was
    :raises RealmInUseError: somebody is connected to the realm; nothing was done
    """
    assert not realm.is_real, "the real realm is not made from a template"
    template = Realm(f"template_{_fingerprint(catalogue)}")
    source, target = template.database(server.default_database), realm.database(server.default_database)
    maintenance_dsn = server.maintenance_dsn()
    if not database_exists(maintenance_dsn=maintenance_dsn, name=source):
        _fill(server, Realm(f"{template.name}_new"), catalogue)
        unfinished = Realm(f"{template.name}_new").database(server.default_database)
        rename_database(maintenance_dsn=maintenance_dsn, name=unfinished, to=source)
        _drop_other_templates(server, source)
    if connection_count(maintenance_dsn=maintenance_dsn, name=target):
        raise RealmInUseError(realm.name)
    remove_database(maintenance_dsn=maintenance_dsn, name=target)
    with connect(maintenance_dsn, autocommit=True) as connection:
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        connection.execute(copy.format(sql.Identifier(target), sql.Identifier(source)))


def _fill(server: Server, realm: Realm, catalogue: Path | None) -> None:
    database = realm.database(server.default_database)
    server.drop_database(database)
    server.ensure_database(database)
    argv = [sys.executable, "-m", "fairground", "fill", *(["--catalogue", str(catalogue)] if catalogue else [])]
    if subprocess.run(argv, env={**os.environ, "FAIRGROUND_REALM": realm.name}, check=False).returncode:
        server.drop_database(database)
        raise RealmNotFilledError


def _drop_other_templates(server: Server, source: str) -> None:
    """What another version or catalogue left: it would be made again in seconds."""
    prefix = Realm("template").database(server.default_database) + "_"
    with connect(server.maintenance_dsn(), autocommit=True) as connection:
        names = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix]
        ).fetchall()
    for (name,) in names:
        if name != source:
            server.drop_database(name)


def _fingerprint(catalogue: Path | None) -> str:
    """Another schema, another importer, other goods: another template."""
    digest = hashlib.sha256()
    for path in sorted(
        [*PACKAGE.glob("*/migrations/*.py"), *PACKAGE.glob("*/*.json"), *PACKAGE.glob("*/imports/*.py")]
    ):
        digest.update(path.read_bytes())
    source = catalogue or PACKAGE / "catalog" / "sample"
    for path in [source] if source.is_file() else sorted(source.rglob("*")):
        digest.update(f"{path}{path.stat().st_size}{path.stat().st_mtime_ns}".encode())
    return digest.hexdigest()[:12]
