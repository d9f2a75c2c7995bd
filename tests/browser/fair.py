"""Fill the database that DATABASE_URL names with the sample catalogue and a festival two days ahead."""

import time
from datetime import UTC, datetime, timedelta

import django

django.setup()

from fairground.catalog.imports.opening import packaged_sample  # noqa: E402 - Django must be set up first
from fairground.festivals.actions import create_festival  # noqa: E402
from fairground.festivals.demo import demo_festival, demo_phases  # noqa: E402
from fairground.festivals.demo_halls import compose_demo_halls  # noqa: E402
from fairground.inventory.actions import freeze_deals  # noqa: E402
from fairground.inventory.imports import import_catalogue  # noqa: E402
from fairground.kernel.clock import from_unix_ms  # noqa: E402
from fairground.kernel.edits import By  # noqa: E402
from fairground.markets.actions import ensure_markets  # noqa: E402
from fairground.markets.queries import default_world, reference_rates  # noqa: E402


def fill() -> None:
    """Fill the empty shop."""
    ensure_markets(world=default_world())
    opens_at = datetime.now(UTC) + timedelta(days=2)
    festival = create_festival(
        record=demo_festival(categories=packaged_sample().names().categories),
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=1),
        rates=reference_rates(),
        phases=demo_phases(opens_at=opens_at, closes_at=opens_at + timedelta(days=1)),
    )
    now_ms = time.time_ns() // 1_000_000
    import_catalogue(source=packaged_sample(), now_ms=now_ms, festival=festival)
    freeze_deals(festival=festival, now_ms=now_ms)
    compose_demo_halls(festival=festival, by=By(user_id=None, now=from_unix_ms(now_ms)))


if __name__ == "__main__":
    fill()
