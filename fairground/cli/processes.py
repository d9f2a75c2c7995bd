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
@click.option("--workers", default=None, type=int, help="Web workers; one a core by default.")
def web(host: str, port: int, workers: int | None) -> None:
    """Serve the site and the door."""
    serve(host=host, port=port, workers=workers)


@click.command(hidden=True)
def background() -> None:
    """Read the outbox and sweep."""
    run()
