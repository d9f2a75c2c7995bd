"""What the price guard finds in a declared deal, and what it leaves alone."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fairground.festivals.guard import Code, Finding, GuardedDeal, MarketPrice, Thresholds, findings
from fairground.markets.rules import Rate

QUOTED = datetime(2026, 11, 1, tzinfo=UTC)
# One unit of each in euros.
RATES = {"EUR": Rate(1, 1, QUOTED), "USD": Rate(9, 10, QUOTED), "JPY": Rate(1, 160, QUOTED)}
THRESHOLDS = Thresholds(floor_bps=2_000, floor_minor=0, deviation_bps=6_500, spread_bps=3_000)


def price(
    price_minor: int, *, usual: int = 12_900, prior: int | None = None, market: str = "EU", currency: str = "EUR"
) -> MarketPrice:
    return MarketPrice(market, currency, price_minor, usual, usual if prior is None else prior)


def found(
    *prices: MarketPrice, units: int = 40, limit: int = 2, free: int = 100, **changes: Any
) -> tuple[Finding, ...]:
    thresholds = Thresholds(**{**{name: getattr(THRESHOLDS, name) for name in THRESHOLDS.__slots__}, **changes})
    deal = GuardedDeal(units=units, buyer_limit=limit, free=free, prices=prices)
    return findings(deal=deal, thresholds=thresholds, rates=RATES, currency="EUR")


def codes(*prices: MarketPrice, **given: Any) -> list[str]:
    return [str(one.code) for one in found(*prices, **given)]


@pytest.mark.parametrize("price_minor", [12_900, 12_255, 9_030, 5_160, 4_515])
def test_what_is_a_discount_up_to_two_thirds_is_left_alone(price_minor: int) -> None:
    assert codes(price(price_minor)) == []


@pytest.mark.parametrize(
    ("price_minor", "expected"),
    [
        (4_514, ["too-deep"]),
        (2_580, ["too-deep"]),
        (2_579, ["below-floor", "too-deep"]),
        (903, ["below-floor", "too-deep", "digits"]),
        (90, ["below-floor", "too-deep", "digits"]),
        (39, ["below-floor", "too-deep", "digits"]),
        (3_000, ["too-deep", "percent"]),
        (700, ["below-floor", "too-deep", "digits", "percent"]),
        (12_901, ["above-usual"]),
        (90_300, ["above-usual", "digits"]),
        (903_000, ["above-usual", "digits"]),
    ],
)
def test_what_is_likely_a_slip_is_found_and_called_by_what_it_may_be(price_minor: int, expected: list[str]) -> None:
    assert codes(price(price_minor)) == expected


def test_a_share_of_three_in_a_thousand_may_have_meant_thirty_per_cent() -> None:
    facts = {one.code: one.facts for one in found(price(39))}

    assert facts[Code.DIGITS] == {
        "market": "EU",
        "currency": "EUR",
        "price_minor": 39,
        "meant_minor": 3_900,
        "power": 2,
    }


def test_a_percentage_in_the_place_of_a_price_is_told_with_what_it_would_mean() -> None:
    facts = {one.code: one.facts for one in found(price(3_000))}

    assert (facts[Code.PERCENT]["percent"], facts[Code.PERCENT]["meant_minor"]) == (30, 9_030)


def test_a_price_without_decimals_is_guarded_in_its_own_units() -> None:
    tokyo = price(700, usual=12_800, market="JP", currency="JPY")

    assert codes(tokyo) == ["below-floor", "too-deep", "digits"]
    assert codes(price(30, usual=12_800, market="JP", currency="JPY"))[-1] == "percent"


def test_what_costs_more_than_within_thirty_days_is_no_reduction() -> None:
    (finding,) = found(price(9_000, usual=10_000, prior=8_000))

    assert finding == Finding(
        Code.ABOVE_PRIOR, {"market": "EU", "currency": "EUR", "price_minor": 9_000, "prior_minor": 8_000}
    )
    assert codes(price(8_000, usual=10_000, prior=8_000)) == []


def test_depth_counts_from_the_lowest_of_thirty_days_and_the_floor_from_the_usual_price() -> None:
    assert codes(price(3_000, usual=10_000, prior=5_000, currency="JPY")) == []
    assert codes(price(3_001, usual=10_000, currency="JPY")) == ["too-deep"]


def test_the_floor_of_a_festival_holds_in_every_currency_at_its_rate() -> None:
    dollars = price(555, usual=1_000, market="US", currency="USD")
    assert codes(dollars, floor_minor=500) == ["below-floor"]
    assert codes(price(556, usual=1_000, market="US", currency="USD"), floor_minor=500) == []
    assert codes(price(799, usual=1_600, market="JP", currency="JPY"), floor_minor=500) == ["below-floor"]


def test_a_market_that_stands_apart_from_the_others_is_found() -> None:
    europe = price(9_000)
    japan = price(14_400, usual=20_640, market="JP", currency="JPY")
    states = price(5_000, usual=14_333, market="US", currency="USD")

    assert codes(europe, japan, states, deviation_bps=9_000) == ["markets-disagree"]
    (finding,) = found(europe, japan, states, deviation_bps=9_000)
    assert finding.facts == {"market": "US", "currency": "USD", "price_minor": 5_000, "expected_minor": 10_000}


def test_a_market_whose_usual_price_stands_apart_just_so_is_left_alone() -> None:
    dear = price(18_000, usual=25_800, market="US", currency="EUR")

    assert codes(price(9_000), price(9_000, market="GB"), dear) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"units": 100, "free": 100}, []),
        ({"units": 101, "free": 100}, ["units-short"]),
        ({"units": 5, "limit": 5}, []),
        ({"units": 5, "limit": 6}, ["limit-above-units"]),
        ({"units": 5, "limit": 0}, []),
    ],
)
def test_units_that_are_not_there_and_limits_that_limit_nothing_are_found(
    given: dict[str, int], expected: list[str]
) -> None:
    assert codes(price(9_000), **given) == expected
