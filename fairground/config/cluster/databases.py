"""Making and dropping the databases of realms; the same for the embedded server and a foreign one."""

import re

import psycopg
from psycopg import sql

# Realm names end up in file names and process titles, so they are plainer than PostgreSQL would ask.
DATABASE_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")

CREATE = sql.SQL(
    "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' "
    "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C'"
)


def create_database(*, maintenance_dsn: str, name: str) -> bool:
    """Make sure that a database is there, and tell whether it was made now.

    Encoding and collation are the same on every machine and server: bytes of UTF-8, so no index
    depends on the operating system's idea of the alphabet.
    """
    _check(name)
    if database_exists(maintenance_dsn=maintenance_dsn, name=name):
        return False
    with psycopg.connect(maintenance_dsn, autocommit=True) as connection:
        try:
            connection.execute(CREATE.format(name=sql.Identifier(name)))
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return False
    return True


def remove_database(*, maintenance_dsn: str, name: str) -> None:
    """Drop a database whole, closing what is still connected to it; none is fine too."""
    _check(name)
    with psycopg.connect(maintenance_dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def rename_database(*, maintenance_dsn: str, name: str, to: str) -> None:
    """Give a database another name; nothing may be connected to it."""
    _check(name)
    _check(to)
    with psycopg.connect(maintenance_dsn, autocommit=True) as connection:
        statement = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(to)))


def database_exists(*, maintenance_dsn: str, name: str) -> bool:
    """Tell whether the server has a database of this name."""
    with psycopg.connect(maintenance_dsn, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
    return found is not None


def connection_count(*, maintenance_dsn: str, name: str) -> int:
    """Count the connections to a database."""
    with psycopg.connect(maintenance_dsn, autocommit=True) as connection:
        found = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", (name,))
        return found.rowcount


def _check(name: str) -> None:
    if not DATABASE_NAME.fullmatch(name):
        raise ValueError(f"a database name is up to 63 of a-z, 0-9 and _, the first a letter, not {name!r}")
