"""Commands that take `--realm`, and the database of that realm."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from fairground.config.cluster.databases import database_exists
from fairground.config.cluster.errors import ClusterError
from fairground.config.cluster.server import configured_server
from fairground.config.home import Home
from fairground.config.realm import Realm
from fairground.config.supervisor import running_server

realm_option = click.option(
    "--realm", default=None, help="The realm: real, demo, …; else that of FAIRGROUND_REALM, else the real one."
)


def enter_realm(name: str | None) -> None:
    """Go on in the realm `name`: settings are read once a process, so the command starts again if it is another one.

    None is the realm that the process is in.

    :raises click.ClickException: no realm may be called so
    """
    try:
        is_another = name is not None and Realm.current().name != Realm(name).name
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    if is_another:
        os.execve(  # noqa: S606 - our own interpreter, our own arguments
            sys.executable,
            [sys.executable, "-m", "fairground", *sys.argv[1:]],
            {**os.environ, "FAIRGROUND_REALM": str(name)},
        )


@contextmanager
def realm_database(*, migrate: bool = True, makes: bool = False) -> Iterator[None]:
    """Keep the realm's database up for the length of a command; with `migrate` of this version's schema.

    Where there is none it is made if the command `makes` realms, or `migrate`s the real one; a name that was mistyped
    is no new realm.

    :raises click.ClickException: the database could not be had, with the reason in words
    """
    home, name = Home.default(), str(settings.DATABASES["default"]["NAME"])
    realm = settings.REALM
    try:
        with running_server(home=home, server=(server := configured_server(home=home))):
            if migrate and (realm.is_real or makes):
                server.ensure_database(name)
            elif not database_exists(maintenance_dsn=server.maintenance_dsn(), name=name):
                raise click.ClickException(f"there is no realm {realm.name}: `{_what_makes(realm)}` makes it")
            if migrate:
                call_command("migrate", verbosity=0, interactive=False)
            try:
                yield
            finally:
                connection.close()
    except (ClusterError, psycopg.Error) as error:
        raise click.ClickException(str(error).strip()) from error


def _what_makes(realm: Realm) -> str:
    if realm.is_demo:
        return "fairground demo"
    return "fairground up" if realm.is_real else f"FAIRGROUND_REALM={realm.name} fairground up"
