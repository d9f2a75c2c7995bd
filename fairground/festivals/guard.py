"""The price guard: what of a declared deal is likely a mistake, so that a second person looks at it.

Pure: prices, thresholds and rates in, findings out. In 2011 a merchant's declaration put 0.3 % where 30 % was meant,
and what was sold at that price had to be sent. A finding says nothing about anybody: it asks for another pair of eyes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from fairground.kernel.money import Rounding, minor_digits, scale_minor
from fairground.markets.rules import Rate

_ALL_BPS = 10_000
# A point that slipped further than this made the price a single digit, which the floor finds anyway.
_POWERS = range(1, 7)
# A number that may be a percentage which somebody wrote in the place of a price.
_PERCENTS = range(1, 96)


class Code(StrEnum):
    """What the guard finds; the site has the words."""

    BELOW_FLOOR = "below-floor"
    TOO_DEEP = "too-deep"
    DIGITS = "digits"
    PERCENT = "percent"
    ABOVE_USUAL = "above-usual"
    ABOVE_PRIOR = "above-prior"
    MARKETS_DISAGREE = "markets-disagree"
    UNITS_SHORT = "units-short"
    LIMIT_ABOVE_UNITS = "limit-above-units"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason to look twice, and its facts: amounts in minor units of `currency`, shares in basis points."""

    code: Code
    facts: Mapping[str, int | str] = field(default_factory=dict)

    def as_json(self) -> dict[str, int | str]:
        """Return it as it is stored."""
        return {"code": str(self.code), **self.facts}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When the guard finds something; see `models.Festival` for what each is and why it begins where it does."""

    floor_bps: int
    floor_minor: int
    deviation_bps: int
    spread_bps: int


@dataclass(frozen=True, slots=True)
class MarketPrice:
    """What a deal would cost in a market, what the SKU costs there, and the lowest price of the thirty days before."""

    market: str
    currency: str
    price_minor: int
    usual_minor: int
    prior_minor: int


@dataclass(frozen=True, slots=True)
class GuardedDeal:
    """A declaration with all that the guard compares it with; `free` is what the freeze could set aside for it."""

    units: int
    buyer_limit: int
    free: int
    prices: Sequence[MarketPrice]


def findings(
    *, deal: GuardedDeal, thresholds: Thresholds, rates: Mapping[str, Rate], currency: str
) -> tuple[Finding, ...]:
    """Return what the guard finds, by market in the order of `deal.prices`, then what concerns the whole deal.

    `rates` are what one unit of each currency is in `currency`, that of the festival, in which the floor is stated.
    """
    found = [
        one
        for price in deal.prices
        for one in _findings_in_market(price, thresholds, rates.get(price.currency), currency)
    ]
    found += _disagreements(deal.prices, thresholds.spread_bps, rates, currency)
    if deal.units > deal.free:
        found.append(Finding(Code.UNITS_SHORT, {"units": deal.units, "free": deal.free}))
    if deal.buyer_limit > deal.units:
        found.append(Finding(Code.LIMIT_ABOVE_UNITS, {"buyer_limit": deal.buyer_limit, "units": deal.units}))
    return tuple(found)


def deviation_bps(*, price_minor: int, compared_minor: int) -> int:
    """Return by how much a price is away from another one, in basis points of that; negative where it is below."""
    return scale_minor(price_minor - compared_minor, _ALL_BPS, compared_minor, Rounding.HALF_UP)


def _findings_in_market(price: MarketPrice, thresholds: Thresholds, rate: Rate | None, currency: str) -> list[Finding]:
    facts: dict[str, int | str] = {
        "market": price.market,
        "currency": price.currency,
        "price_minor": price.price_minor,
    }
    found: list[Finding] = []
    floor_minor = _floor_minor(price, thresholds, rate, currency)
    if price.price_minor < floor_minor:
        found.append(Finding(Code.BELOW_FLOOR, {**facts, "floor_minor": floor_minor}))
    lowest_minor = scale_minor(price.prior_minor, _ALL_BPS - thresholds.deviation_bps, _ALL_BPS, Rounding.UP)
    is_deep = price.price_minor < lowest_minor
    if is_deep:
        away_bps = deviation_bps(price_minor=price.price_minor, compared_minor=price.prior_minor)
        found.append(Finding(Code.TOO_DEEP, {**facts, "prior_minor": price.prior_minor, "away_bps": away_bps}))
    is_above = price.price_minor > price.usual_minor
    if is_above:
        found.append(Finding(Code.ABOVE_USUAL, {**facts, "usual_minor": price.usual_minor}))
    elif price.price_minor > price.prior_minor:
        found.append(Finding(Code.ABOVE_PRIOR, {**facts, "prior_minor": price.prior_minor}))
    if is_deep or is_above:
        found += _slips(price, thresholds.floor_bps, facts)
    return found


def _floor_minor(price: MarketPrice, thresholds: Thresholds, rate: Rate | None, currency: str) -> int:
    """Return the greater of the two floors, in the market's currency; without a rate there is only the share."""
    share_minor = scale_minor(price.usual_minor, thresholds.floor_bps, _ALL_BPS, Rounding.UP)
    if rate is None or not thresholds.floor_minor:
        return share_minor
    digits = minor_digits(price.currency) - minor_digits(currency)
    numerator, denominator = rate.denominator * 10 ** max(digits, 0), rate.numerator * 10 ** max(-digits, 0)
    return max(share_minor, scale_minor(thresholds.floor_minor, numerator, denominator, Rounding.UP))


def _slips(price: MarketPrice, floor_bps: int, facts: Mapping[str, int | str]) -> list[Finding]:
    """What somebody may have meant who wrote a price that no deal has."""
    found: list[Finding] = []
    least_minor = scale_minor(price.usual_minor, floor_bps, _ALL_BPS, Rounding.UP)
    for power in _POWERS:
        for moved, meant_minor in (
            (power, price.price_minor * 10**power),
            (-power, scale_minor(price.price_minor, 1, 10**power, Rounding.HALF_UP)),
        ):
            if least_minor <= meant_minor <= price.usual_minor:
                found.append(Finding(Code.DIGITS, {**facts, "meant_minor": meant_minor, "power": moved}))
    unit = 10 ** minor_digits(price.currency)
    percent, rest = divmod(price.price_minor, unit)
    if not rest and percent in _PERCENTS and price.price_minor < price.usual_minor:
        meant_minor = scale_minor(price.usual_minor, 100 - percent, 100, Rounding.HALF_UP)
        found.append(Finding(Code.PERCENT, {**facts, "percent": percent, "meant_minor": meant_minor}))
    return found


def _disagreements(
    prices: Sequence[MarketPrice], spread_bps: int, rates: Mapping[str, Rate], currency: str
) -> list[Finding]:
    """Markets that stand apart from the middle one at the pinned rates, unless their usual prices do so as well."""
    known = [price for price in prices if price.currency in rates]
    if len(known) < 2:  # noqa: PLR2004 - it takes two to disagree
        return []
    at_rate = {price.market: _in_festival(rates[price.currency], price.currency, currency) for price in known}
    middle = _median([price.price_minor * at_rate[price.market] for price in known])
    middle_usual = _median([price.usual_minor * at_rate[price.market] for price in known])
    found: list[Finding] = []
    for price in known:
        stands = price.price_minor * at_rate[price.market] / middle
        usually = price.usual_minor * at_rate[price.market] / middle_usual
        if _away(stands) > spread_bps and _away(stands / usually) > spread_bps:
            expected = middle / at_rate[price.market] * usually
            found.append(
                Finding(
                    Code.MARKETS_DISAGREE,
                    {
                        "market": price.market,
                        "currency": price.currency,
                        "price_minor": price.price_minor,
                        "expected_minor": round(expected),
                    },
                )
            )
    return found


def _in_festival(rate: Rate, source: str, target: str) -> Fraction:
    """Return what one minor unit of a currency is in minor units of the festival's."""
    digits = minor_digits(target) - minor_digits(source)
    return Fraction(rate.numerator, rate.denominator) * Fraction(10) ** digits


def _median(values: Sequence[Fraction]) -> Fraction:
    return sorted(values)[len(values) // 2]


def _away(ratio: Fraction) -> Fraction:
    """Return how far two amounts are apart, in basis points of the smaller one, so that up and down weigh alike."""
    return (max(ratio, 1 / ratio) - 1) * _ALL_BPS
