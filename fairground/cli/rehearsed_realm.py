"""A realm of a rehearsal's own with all programs up, for as long as it is rehearsed."""

import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
import psycopg
from django.conf import settings
from django.db import connection

from fairground.cli.realm import enter_realm
from fairground.config.cluster.errors import ClusterError
from fairground.config.cluster.server import configured_server
from fairground.config.home import Home
from fairground.config.realm import Realm
from fairground.config.realms import RealmInUseError, RealmNotFilledError, make_realm
from fairground.config.supervisor import Supervisor, web_and_background

Outcome = TypeVar("Outcome")


def enter_rehearsal(realm: str) -> Path:
    """Go on in a realm of its own, and return the folder of its reports.

    :raises click.UsageError: it is the real one
    """
    if Realm(realm).is_real:
        raise click.UsageError("a rehearsal needs a realm of its own; the real one is never dropped")
    enter_realm(realm)
    return Home.default().reports / realm


def with_programs(
    perform: Callable[[int], Outcome], *, realm: str, keep: bool, catalogue: Path | None = None
) -> Outcome:
    """Make the realm anew, start all programs, perform against the port at which they listen, and end them.

    The realm's database is dropped afterwards, unless it is to be kept.

    :raises click.ClickException: the realm or its programs could not be had, with the reason in words
    """
    home = Home.default()
    server = configured_server(home=home)
    database = str(settings.DATABASES["default"]["NAME"])
    port = _free_port()
    try:
        with Supervisor(
            home=home,
            server=server,
            database=database,
            children=web_and_background(host="127.0.0.1", port=port),
            port=port,
            may_join=True,
            make_database=lambda: make_realm(server=server, realm=Realm(realm), catalogue=catalogue),
            report=_say,
        ):
            try:
                outcome = perform(port)
            finally:
                connection.close()
            if not keep:
                server.drop_database(database)
    except (ClusterError, RealmInUseError, RealmNotFilledError, psycopg.Error) as error:
        raise click.ClickException(str(error) or "the realm could not be filled") from error
    return outcome


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port


def _say(message: str) -> None:
    click.echo(message, file=sys.stderr)
