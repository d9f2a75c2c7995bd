"""Reads of markets, and of the default markets and rates that the package brings."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from django.db.models import Max, QuerySet

from fairground.kernel.refusal import Refusal
from fairground.markets.models import Market, MarketRegion
from fairground.markets.models import Rate as StoredRate
from fairground.markets.rules import (
    DEPOSIT_ALL_BPS,
    RATE_AGE_MAX_DAYS,
    DatedRate,
    DepositMode,
    MarketTerms,
    RateSource,
    ReferenceRates,
    World,
    cross_rate,
)


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


def is_country(code: str) -> bool:
    """Return whether this is a country's code (ISO 3166-1 alpha-2)."""
    return code in countries()


@cache
def countries() -> frozenset[str]:
    """Return the codes of all countries (ISO 3166-1 alpha-2)."""
    return frozenset(country for market in default_world().markets for country in market.countries)


@cache
def packaged_rates() -> ReferenceRates:
    """Return the rates that come with the program: round figures, for where nobody brought better ones."""
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


def time_zone_of(*, market: str, among: Iterable[MarketFacts] | None = None) -> str:
    """Return the time zone of a market, the world's where it is gone; `among` markets that were read before."""
    markets = market_facts() if among is None else among
    return next((one.time_zone for one in markets if one.code == market), "UTC")


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


_EURO = "EUR"
# Reference rates are published about four in the afternoon in Frankfurt; a rate of our own counts from then on too.
_PUBLISHED = time(16, tzinfo=ZoneInfo("Europe/Berlin"))
# "About": whoever asks at once gets the file of the day before.
_PUBLISHED_LATE = timedelta(minutes=30)
_SATURDAY = 5


class NoRate(Refusal):
    """Nobody said what a currency was worth on that day, or on a day that is near enough before."""


@dataclass(frozen=True, slots=True)
class CurrencyRate:
    """One euro was `numerator / denominator` units of a currency on a day."""

    currency: str
    day: date
    source: RateSource
    numerator: int
    denominator: int


def reference_rates() -> ReferenceRates:
    """Return the rates at which imports price goods in other currencies and festivals pin their totals.

    The newest stored one of each currency that is still quoted, else the packaged one.
    """
    packaged = packaged_rates()
    stored = current_rates()
    return ReferenceRates(
        per_euro={**packaged.per_euro, **{one.currency: (one.numerator, one.denominator) for one in stored}},
        quoted_at=packaged.quoted_at,
        quoted={one.currency: published_at(one.day) for one in stored},
    )


def has_reference_rate(currency: str) -> bool:
    """Return whether `reference_rates` has a currency; of the usual ones without a read of the database."""
    return currency in packaged_rates().per_euro or bool(_current(StoredRate.objects.filter(currency=currency)))


def current_rates() -> list[CurrencyRate]:
    """Return the newest stored rate of each currency, by currency.

    Not of one that its source gave up: of which it has published nothing since so many days before its newest day as
    a rate counts.
    """
    return _current(StoredRate.objects.all())


def _current(rows: QuerySet[StoredRate]) -> list[CurrencyRate]:
    last = [_rate(row) for row in rows.order_by("currency", "-day", "-source").distinct("currency")]
    newest = {
        source: StoredRate.objects.filter(source=source).aggregate(day=Max("day"))["day"]
        for source in {one.source for one in last}
    }
    return [one for one in last if one.day >= newest[one.source] - timedelta(days=RATE_AGE_MAX_DAYS[one.source])]


def rate_between(*, source: str, target: str, day: date) -> DatedRate:
    """Return what one unit of `source` was in `target` on a day, or on the last day before of which there is a rate.

    Exact: two integers in lowest terms. At a weekend it is Friday's; how far back it may be is `RATE_AGE_MAX_DAYS`. A
    currency of which nothing was ever stored has its packaged rate, and the answer says so (`RateSource.PACKAGED`).

    :raises NoRate: a currency has none, or none that is near enough
    """
    if source == target:
        return DatedRate(1, 1, published_at(day), day, RateSource.ECB)
    legs = {currency: _leg(currency, day) for currency in (source, target) if currency != _EURO}
    numerator, denominator = cross_rate(_pair(legs.get(source)), _pair(legs.get(target)))
    oldest = min(one.day for one in legs.values())
    least = min(one.source for one in legs.values())
    return DatedRate(numerator, denominator, published_at(oldest), oldest, least)


def published_at(day: date) -> datetime:
    """Return the moment at which a day's rates are public."""
    return datetime.combine(day, _PUBLISHED)


def newest_rates_day(*, source: RateSource = RateSource.ECB) -> date | None:
    """Return the last day of which a source's rates are stored; None where none are."""
    found: date | None = StoredRate.objects.filter(source=source.value).aggregate(day=Max("day"))["day"]
    return found


def last_published_day(*, now: datetime) -> date:
    """Return the last working day whose rates were public half an hour before `now`; bank holidays count as one."""
    known_at = now - _PUBLISHED_LATE
    day = known_at.astimezone(_PUBLISHED.tzinfo).date()
    while day.weekday() >= _SATURDAY or published_at(day) > known_at:
        day -= timedelta(days=1)
    return day


def _leg(currency: str, day: date) -> CurrencyRate:
    rows = StoredRate.objects.filter(currency=currency)
    row = rows.filter(day__lte=day).order_by("-day", "-source").first()
    if row is not None:
        one = _rate(row)
        if (day - one.day).days <= RATE_AGE_MAX_DAYS[one.source]:
            return one
    packaged = packaged_rates()
    if row is not None or currency not in packaged.per_euro or rows.exists():
        raise NoRate(currency=currency, day=day)
    return CurrencyRate(currency, packaged.quoted_at.date(), RateSource.PACKAGED, *packaged.per_euro[currency])


def _pair(one: CurrencyRate | None) -> tuple[int, int]:
    return (one.numerator, one.denominator) if one else (1, 1)


def _rate(row: StoredRate) -> CurrencyRate:
    return CurrencyRate(row.currency, row.day, RateSource(row.source), row.numerator, row.denominator)
