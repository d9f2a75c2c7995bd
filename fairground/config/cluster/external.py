"""A PostgreSQL of the operator's, named by DATABASE_URL; asked like our own, and never stopped."""

import threading

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from fairground.config.cluster import databases
from fairground.config.cluster.binaries import POSTGRES_MAJOR
from fairground.config.cluster.errors import ServerTooOldError, ServerUnreachableError

CONNECT_TIMEOUT_S = 5

# PostgreSQL's own way to write a version as a number: 18.4 is 180004.
VERSION_UNIT = 10_000

DJANGO_KEYS = {"user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


class ExternalServer:
    is_ours = False

    def __init__(self, url: str) -> None:
        try:
            self._parameters = {key: str(value) for key, value in conninfo_to_dict(url).items()}
        except psycopg.ProgrammingError:
            # libpq would quote the text, and with it the password.
            raise ServerUnreachableError(address="an unreadable address", reason="it is not a PostgreSQL URL") from None
        self.default_database = self._parameters.pop("dbname", "fairground")

    @property
    def address(self) -> str:
        """Where it is, without the password."""
        return f"{self._parameters.get('host', 'localhost')}:{self._parameters.get('port', '5432')}"

    def start(self) -> None:
        """Check that the server answers and is new enough; nothing is started.

        :raises ServerUnreachableError: it does not answer, or not to this role.
        :raises ServerTooOldError: it is older than what Fairground needs.
        """
        with self._connect() as connection:
            version = connection.info.server_version
        if version < POSTGRES_MAJOR * VERSION_UNIT:
            found = f"{version // VERSION_UNIT}.{version % VERSION_UNIT}"
            raise ServerTooOldError(address=self.address, found=found, needed=POSTGRES_MAJOR)

    def stop(self, *, hurry: threading.Event | None = None) -> None:
        """Do nothing: the server is not ours."""

    def is_running(self) -> bool:
        """Say yes: that a foreign server is gone is seen by its users, not by us."""
        return True

    def ensure_database(self, name: str) -> bool:
        """Make sure that a database is there, and tell whether it was made now."""
        return databases.create_database(maintenance_dsn=self.maintenance_dsn(), name=name)

    def drop_database(self, name: str) -> None:
        """Drop a database whole, closing what is still connected to it."""
        databases.remove_database(maintenance_dsn=self.maintenance_dsn(), name=name)

    def dsn(self, database: str) -> str:
        """Return libpq's connection string for a database of this server."""
        return make_conninfo("", **self._parameters, dbname=database)

    def django_settings(self, database: str) -> dict[str, object]:
        """Return the entry for Django's DATABASES."""
        settings: dict[str, object] = {"ENGINE": "django.db.backends.postgresql", "NAME": database}
        options = {key: value for key, value in self._parameters.items() if key not in DJANGO_KEYS}
        named = {DJANGO_KEYS[key]: value for key, value in self._parameters.items() if key in DJANGO_KEYS}
        return settings | named | ({"OPTIONS": options} if options else {})

    def maintenance_dsn(self) -> str:
        """Return the connection string by which databases are made and dropped."""
        with self._connect() as connection:
            return self.dsn(connection.info.dbname)

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """To `postgres`, which a server has unless its operator dropped it; then to the named database."""
        reason = ""
        for database in ("postgres", self.default_database):
            try:
                return psycopg.connect(self.dsn(database), autocommit=True, connect_timeout=CONNECT_TIMEOUT_S)
            except psycopg.OperationalError as error:
                reason = reason or str(error).strip()
        raise ServerUnreachableError(address=self.address, reason=reason)
