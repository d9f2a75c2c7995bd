"""What the rest of Fairground may ask of its PostgreSQL, whether embedded or foreign."""

import os
import threading
from collections.abc import Mapping
from typing import Protocol

from fairground.config.cluster.embedded import Cluster
from fairground.config.cluster.external import ExternalServer
from fairground.config.home import Home


class Server(Protocol):
    @property
    def is_ours(self) -> bool:
        """Whether we start and stop it."""

    @property
    def default_database(self) -> str:
        """The database of the real realm."""

    def start(self) -> None:
        """Make it accept connections; fine if it does already."""

    def stop(self, *, hurry: threading.Event | None = None) -> None:
        """Stop it, if it is ours; at once when `hurry` is set."""

    def is_running(self) -> bool:
        """Whether its process lives; cheap enough to ask four times a second."""

    def ensure_database(self, name: str) -> bool: ...

    def drop_database(self, name: str) -> None: ...

    def maintenance_dsn(self) -> str: ...

    def dsn(self, database: str) -> str: ...

    def django_settings(self, database: str) -> dict[str, object]: ...


def configured_server(*, home: Home, environ: Mapping[str, str] = os.environ) -> Server:
    """Return the server that DATABASE_URL names, or the home's own."""
    url = environ.get("DATABASE_URL")
    return ExternalServer(url) if url else Cluster(home)
