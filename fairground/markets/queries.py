"""Reads of markets, and of the default markets and rates that the package brings."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources

from fairground.markets.models import Market, MarketRegion
from fairground.markets.rules import DEPOSIT_ALL_BPS, DepositMode, MarketTerms, ReferenceRates, World


@cache
def default_world() -> World:
    """Return the default markets: every country of ISO 3166-1 buys in exactly one of them."""
    world = json.loads(resources.files("fairground.markets").joinpath("world.json").read_text("utf-8"))
    return World(
        markets=tuple(
            MarketTerms(
                code=market["code"],
                name=market["name"],
                currency=market["currency"],
                languages=tuple(market["languages"]),
                time_zone=market["time_zone"],
                tax_included=market["tax_included"],
                countries=tuple(market["countries"]),
                withdrawal_days=market.get("withdrawal_days", 0),
                deposit_mode=DepositMode[market.get("deposit_mode", "advance").upper()],
                deposit_max_bps=market.get("deposit_max_bps", DEPOSIT_ALL_BPS),
            )
            for market in world["markets"]
        ),
        tax_rates_bps=world["tax_rates_bps"],
    )


@cache
def reference_rates() -> ReferenceRates:
    """Return the rates at which imports price goods in other currencies and festivals pin their totals."""
    rates = json.loads(resources.files("fairground.markets").joinpath("rates.json").read_text("utf-8"))
    return ReferenceRates(
        per_euro={currency: (pair[0], pair[1]) for currency, pair in rates["per_euro"].items()},
        quoted_at=datetime.fromisoformat(rates["quoted_at"]),
    )


def has_rate(*currencies: str) -> bool:
    """Return whether each of these currencies has a reference rate."""
    return reference_rates().per_euro.keys() >= set(currencies)


def protection_days(*, market: str) -> int:
    """Return for how many days after payment a market protects prices; 0 where it does not."""
    return Market.objects.values_list("protection_days", flat=True).get(code=market)


def market_currencies() -> dict[str, str]:
    """Return the currency of every market, by code, in the codes' order."""
    return dict(Market.objects.order_by("code").values_list("code", "currency"))


@dataclass(frozen=True, slots=True)
class MarketFacts:
    """A market as its shoppers see it."""

    code: str
    name: str
    currency: str
    time_zone: str
    tax_included: bool
    withdrawal_days: int = 0


def market_facts() -> list[MarketFacts]:
    """Return every market, in the codes' order."""
    names = MarketFacts.__dataclass_fields__
    rows = Market.objects.order_by("code").values_list(*names)
    return [MarketFacts(*row) for row in rows]


def market_of(*, code: str) -> MarketFacts | None:
    """Return the market with this code, else the one in which the country `code` buys; None where there is none."""
    markets = {market.code: market for market in market_facts()}
    if code in markets:
        return markets[code]
    region = MarketRegion.objects.filter(country=code).first()
    return markets[region.market_id] if region else None


def market_languages(*, market: str) -> list[str]:
    """Return the languages of a market that there is; the first is its default."""
    return Market.objects.get(code=market).languages


def market_countries(*, market: str) -> list[str]:
    """Return the countries (ISO 3166-1 alpha-2) that buy in a market, in the codes' order."""
    return list(MarketRegion.objects.filter(market_id=market).order_by("country").values_list("country", flat=True))
