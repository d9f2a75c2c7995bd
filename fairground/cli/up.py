"""`fairground up`: the one command that runs an installation."""

import json
import os

import click
import psycopg

from fairground.config.cluster.errors import ClusterError
from fairground.config.cluster.server import configured_server
from fairground.config.home import Home
from fairground.config.realm import Realm
from fairground.config.supervisor import Supervisor, migrate_step, web_and_background

EPILOG = """\b
Examples:
  fairground up
  fairground up --host 0.0.0.0 --port 80
  fairground up --json | head -1     the address, for a program
"""


@click.command(epilog=EPILOG)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port.")
@click.option("--json", "as_json", is_flag=True, help="Say what happens as one JSON object a line.")
def up(host: str, port: int, as_json: bool) -> None:
    """Run Fairground until Ctrl-C: database, migrations, web and background processes.

    What dies is started again. Ctrl-C takes everything down in order; a second one hurries.
    """
    home = Home.default()

    def say(event: str, **facts: object) -> None:
        text = str(facts.get("message", event))
        click.echo(json.dumps({"event": event, **facts}) if as_json else text)

    try:
        server = configured_server(home=home)
        database = Realm.current().database(server.default_database)
        supervisor = Supervisor(
            home=home,
            server=server,
            database=database,
            prepare=[migrate_step()],
            children=web_and_background(host=host, port=port),
            host=host,
            port=port,
            report=lambda message: say("notice", message=message),
        )
        supervisor.run(
            when_ready=lambda: say(
                "ready",
                message=f"Fairground runs at {supervisor.address} (logs: {home.logs}). Ctrl-C stops it.",
                address=supervisor.address,
                database=database,
                home=str(home.path),
                pid=os.getpid(),
            )
        )
    except (ClusterError, psycopg.Error, ValueError) as error:
        raise click.ClickException(str(error)) from error
    say("stopped", message="Stopped; everything that was committed is kept.")
