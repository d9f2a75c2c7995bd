"""`fairground backup` and `fairground restore`."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
import psycopg

from fairground.config import backup as backups
from fairground.config.cluster.errors import ClusterError
from fairground.config.cluster.server import Server, configured_server
from fairground.config.dump_programs import Progress
from fairground.config.home import Home
from fairground.config.realm import Realm
from fairground.config.supervisor import running_server

BACKUP_EPILOG = """\b
Examples:
  fairground backup
  fairground backup --to /mnt/backups/before-the-opening
"""

RESTORE_EPILOG = """\b
Examples:
  fairground restore .fairground/backups/fairground-20261110T230000Z --database fairground_look
  fairground restore /mnt/backups/before-the-opening --replace
"""

MIB = 1 << 20


@click.command(epilog=BACKUP_EPILOG)
@click.option("--to", "target", type=click.Path(path_type=Path), help="A new directory; else one in the home.")
@click.option("--json", "as_json", is_flag=True, help="Print the backup's manifest as JSON.")
def backup(target: Path | None, as_json: bool) -> None:
    """Write a backup of the realm's database and pictures while the shop goes on selling.

    It is one consistent moment of the database, with the pictures that it shows and their checksums, in a directory of
    its own.
    """
    home, now = Home.default(), datetime.now(tz=UTC)
    try:
        server = configured_server(home=home)
        database = _realm_database(server)
        target = target or home.backups / f"{database}-{now:%Y%m%dT%H%M%SZ}"
        with running_server(home=home, server=server):
            manifest = backups.backup(
                cluster=server,
                database=database,
                target=target.absolute(),
                now=now,
                pictures=home.pictures(database=database),
                progress=_show,
            )
    except (ClusterError, psycopg.Error, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps({**asdict(manifest), "path": str(target)}))
    else:
        files = f"{manifest.dump_bytes / MIB:.1f} MiB and {manifest.picture_files:,} files of pictures"
        click.echo(f"Backed up {database} to {target} ({files}).")


@click.command(epilog=RESTORE_EPILOG)
@click.argument("source", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--database", help="The database to make; else that of the realm.")
@click.option("--replace", is_flag=True, help="Throw away what the database holds now.")
@click.option("--json", "as_json", is_flag=True, help="Print what was restored as JSON.")
def restore(source: Path, database: str | None, replace: bool, as_json: bool) -> None:
    """Make a database out of a backup, and put its pictures back.

    Mail, webhooks and calls to payment providers stay held in it until you release them.
    """
    home = Home.default()
    try:
        server = configured_server(home=home)
        database = database or _realm_database(server)
        with running_server(home=home, server=server):
            manifest = backups.restore(
                cluster=server,
                source=source,
                database=database,
                replace=replace,
                pictures=home.pictures(database=database),
                progress=_show,
            )
    except (ClusterError, psycopg.Error, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps({**asdict(manifest), "restored_to": database, "effects_held": True}))
    else:
        click.echo(
            f"Restored the backup of {manifest.made_at} as the database {database}. "
            "Its outgoing effects (mail, webhooks, payments) are held."
        )


def _realm_database(server: Server) -> str:
    return Realm.current().database(server.default_database)


def _show(progress: Progress) -> None:
    click.echo(f"  {progress.done + 1} of {progress.total}: {progress.table}", err=True)
