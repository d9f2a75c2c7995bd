"""Writes of markets."""

from django.db import transaction
from django.db.models import F

from fairground.kernel.models import Writer
from fairground.markets.models import Market, MarketRegion, TaxRate
from fairground.markets.rules import World


def ensure_markets(*, world: World) -> int:
    """Make the markets of `world`, their regions and tax rates, or bring them up to date; return how many.

    Markets, regions and rates that `world` does not name stay as they are. Currency and tax are part of what
    an order depends on, so every writer's `offers_version` is raised, first of all: that takes their lock.
    """
    with transaction.atomic():
        Writer.objects.update(offers_version=F("offers_version") + 1)
        Market.objects.bulk_create(
            [
                Market(
                    code=terms.code,
                    name=terms.name,
                    currency=terms.currency,
                    languages=list(terms.languages),
                    time_zone=terms.time_zone,
                    tax_included=terms.tax_included,
                    withdrawal_days=terms.withdrawal_days,
                    deposit_mode=terms.deposit_mode.value,
                    deposit_max_bps=terms.deposit_max_bps,
                )
                for terms in world.markets
            ],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=[
                "name",
                "currency",
                "languages",
                "time_zone",
                "tax_included",
                "withdrawal_days",
                "deposit_mode",
                "deposit_max_bps",
            ],
        )
        MarketRegion.objects.bulk_create(
            [
                MarketRegion(country=country, market_id=terms.code)
                for terms in world.markets
                for country in terms.countries
            ],
            update_conflicts=True,
            unique_fields=["country"],
            update_fields=["market"],
        )
        TaxRate.objects.bulk_create(
            [TaxRate(region=region, rate_bps=rate_bps) for region, rate_bps in world.tax_rates_bps.items()],
            update_conflicts=True,
            unique_fields=["region"],
            update_fields=["rate_bps"],
        )
    return len(world.markets)
