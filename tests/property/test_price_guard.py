"""The price guard over prices that nobody thought of: a slip of the point is found, an honest discount is not."""

from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from fairground.festivals.guard import Code, GuardedDeal, MarketPrice, Thresholds, findings
from fairground.kernel.money import Rounding, scale_minor
from fairground.markets.queries import packaged_rates
from fairground.markets.rules import Rate

THRESHOLDS = Thresholds(floor_bps=2_000, floor_minor=0, deviation_bps=6_500, spread_bps=3_000)
CURRENCIES = ("EUR", "USD", "JPY", "VND", "KWD")
RATES: dict[str, Rate] = {
    currency: packaged_rates().between(source=currency, target="EUR") for currency in ("EUR", "USD", "JPY", "VND")
} | {"KWD": Rate(3, 1, datetime(2026, 11, 1, tzinfo=UTC))}

usual_prices = st.integers(1_000, 1_000_000_000)
discounts_bps = st.integers(500, 6_000)


def codes(*prices: MarketPrice) -> set[Code]:
    deal = GuardedDeal(units=10, buyer_limit=2, free=10, prices=prices)
    return {one.code for one in findings(deal=deal, thresholds=THRESHOLDS, rates=RATES, currency="EUR")}


def discounted(usual_minor: int, off_bps: int) -> int:
    return scale_minor(usual_minor, 10_000 - off_bps, 10_000, Rounding.HALF_UP)


@given(usual=usual_prices, off_bps=discounts_bps, currency=st.sampled_from(CURRENCIES))
def test_a_discount_of_five_to_sixty_per_cent_is_never_found(usual: int, off_bps: int, currency: str) -> None:
    assert codes(MarketPrice("A", currency, discounted(usual, off_bps), usual, usual)) == set()


@given(
    usual=st.lists(usual_prices, min_size=2, max_size=6),
    off_bps=discounts_bps,
    currencies=st.lists(st.sampled_from(CURRENCIES), min_size=6, max_size=6),
)
def test_the_same_discount_in_all_markets_is_never_found_however_their_usual_prices_stand(
    usual: list[int], off_bps: int, currencies: list[str]
) -> None:
    prices = [MarketPrice(f"M{at}", currencies[at], discounted(one, off_bps), one, one) for at, one in enumerate(usual)]

    assert codes(*prices) == set()


@given(usual=usual_prices, off_bps=discounts_bps, power=st.integers(1, 6), currency=st.sampled_from(CURRENCIES))
def test_a_point_that_slipped_by_any_power_of_ten_is_found(usual: int, off_bps: int, power: int, currency: str) -> None:
    meant = discounted(usual, off_bps)

    up = codes(MarketPrice("A", currency, meant * 10**power, usual, usual))
    assert {Code.ABOVE_USUAL, Code.DIGITS} <= up
    down = meant // 10**power
    assume(down > 0)
    assert {Code.TOO_DEEP, Code.BELOW_FLOOR} <= codes(MarketPrice("A", currency, down, usual, usual))


@given(usual=usual_prices, off_bps=discounts_bps, power=st.integers(1, 4))
def test_a_slip_that_kept_its_digits_is_told_with_the_price_meant(usual: int, off_bps: int, power: int) -> None:
    meant = discounted(usual * 10**power, off_bps) // 10**power * 10**power
    deal = GuardedDeal(10, 2, 10, [MarketPrice("A", "EUR", meant // 10**power, usual * 10**power, usual * 10**power)])

    found = findings(deal=deal, thresholds=THRESHOLDS, rates=RATES, currency="EUR")

    assert [one.facts["meant_minor"] for one in found if one.code is Code.DIGITS] == [meant]
