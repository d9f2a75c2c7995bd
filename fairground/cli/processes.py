"""The processes that `fairground up` runs; hidden, since nobody needs to start them by hand."""

import click
from django.core.management import call_command

from fairground.config.background import run
from fairground.config.web import serve


@click.command(hidden=True)
def migrate() -> None:
    """Bring the realm's database to this version's schema."""
    call_command("migrate", interactive=False, verbosity=1)


@click.command(hidden=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def web(host: str, port: int) -> None:
    """Serve the site and the door, beside other processes on the same port."""
    serve(host=host, port=port)


@click.command(hidden=True)
def background() -> None:
    """Read the outbox and sweep."""
    run()
