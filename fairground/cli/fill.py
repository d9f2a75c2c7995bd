"""`fairground fill`: a realm's schema, catalogue and festival; hidden, as demos and rehearsals call it themselves."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from django.core.management import call_command

from fairground.catalog.imports.opening import open_catalogue, packaged_sample
from fairground.cli.progress import progress_bar
from fairground.crossborder.actions import ensure_customs
from fairground.crossborder.queries import default_customs
from fairground.festivals.actions import create_festival
from fairground.festivals.demo import demo_festival, demo_phases
from fairground.festivals.demo_halls import compose_demo_halls
from fairground.inventory.actions import freeze_deals
from fairground.inventory.imports import import_catalogue
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.markets.actions import ensure_markets
from fairground.markets.queries import default_world, reference_rates
from fairground.search.actions import index_products

# Far enough off that nothing opens by itself before it is shifted.
OPENS_IN = timedelta(days=30)


@click.command(hidden=True)
@click.option("--catalogue", type=click.Path(path_type=Path), default=None, help="The packaged sample without it.")
def fill(catalogue: Path | None) -> None:
    """Fill an empty realm: schema, markets, what customs asks, catalogue, a festival with frozen deals."""
    now_ms = time.time_ns() // 1_000_000
    call_command("migrate", interactive=False, verbosity=0)
    ensure_markets(world=default_world())
    by = By(user_id=None, now=from_unix_ms(now_ms))
    ensure_customs(schedule=default_customs(), by=by)
    source = packaged_sample() if catalogue is None else open_catalogue(catalogue)
    opens_at = datetime.now(UTC) + OPENS_IN
    closes_at = opens_at + timedelta(hours=24)
    slug = create_festival(
        record=demo_festival(categories=source.names().categories),
        opens_at=opens_at,
        closes_at=closes_at,
        rates=reference_rates(),
        phases=demo_phases(opens_at=opens_at, closes_at=closes_at),
    )
    with progress_bar("Catalogue", source.size) as tell:
        report = import_catalogue(
            source=source, now_ms=now_ms, festival=slug, on_progress=tell, on_written=index_products
        )
    freeze_deals(festival=slug, now_ms=now_ms)
    if report.deals_held:
        click.echo(f"{report.deals_held:,} deals wait to be decided: fairground deals review --festival {slug}")
    compose_demo_halls(festival=slug, by=by)
