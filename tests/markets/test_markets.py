"""The default markets, their taxes and the reference rates."""

import csv
import json
import lzma
from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from fairground.markets.actions import ensure_markets
from fairground.markets.models import Market, MarketRegion, TaxRate
from fairground.markets.queries import default_world, market_currencies, market_languages, market_of, packaged_rates
from fairground.markets.rules import MarketTerms, World
from tests.catalogue_making import make_shop, offers_version, shared_data

# Where our rate and the older one of the comparison differ, with what changed since.
CHANGED_SINCE = {
    "BH": 1000,  # 10 % since 2022
    "BO": 1300,  # the nominal rate; 14.94 % is what it comes to on the net price
    "BS": 1000,  # 10 % since 2022
    "EC": 1500,  # 15 % since 2024
    "KZ": 1600,  # 16 % since 2026
    "LI": 810,  # 8.1 % since 2024, as in Switzerland
    "LK": 1800,  # 18 % since 2024
    "PK": 1800,  # 18 % since 2023
    "PR": 1050,  # the territory's own part
    "RU": 2200,  # 22 % since 2026
    "SR": 1000,  # VAT of 10 % since 2023
    "TH": 700,  # 7 %, extended every year
    "ZW": 1550,  # 15.5 % since 2026
}


def test_every_country_of_iso_3166_buys_in_exactly_one_market() -> None:
    counts = Counter(country for market in default_world().markets for country in market.countries)
    assert len(counts) == 249
    assert set(counts.values()) == {1}


def test_the_countries_are_those_of_iso_3166() -> None:
    with lzma.open(shared_data("geo/country-codes.csv.xz"), "rt", encoding="utf-8") as file:
        codes = {row["ISO3166-1-Alpha-2"] for row in csv.DictReader(file)} - {""}
    assert {country for market in default_world().markets for country in market.countries} == codes


def test_each_market_has_the_currency_of_its_region() -> None:
    assert {market.code: market.currency for market in default_world().markets} == {
        "EU": "EUR",
        "GB": "GBP",
        "US": "USD",
        "CN": "CNY",
        "JP": "JPY",
        "KR": "KRW",
        "IN": "INR",
        "VN": "VND",
        "BR": "BRL",
        "AU": "AUD",
        "NO": "NOK",
        "DK": "DKK",
        "SE": "SEK",
        "WW": "USD",
    }


def test_all_euro_countries_and_the_union_without_own_markets_buy_in_the_european_one() -> None:
    [europe] = [market for market in default_world().markets if market.code == "EU"]
    assert " ".join(sorted(europe.countries)) == (
        "AD AT AX BE BG BL CY CZ DE EE ES FI FR GF GP GR HR HU IE IT LT LU LV MC ME MF MQ MT NL PL PM PT RE RO SI SK "
        "SM TF VA YT"
    )


def test_only_the_united_states_add_tax_on_top() -> None:
    assert [market.code for market in default_world().markets if not market.tax_included] == ["US"]


def test_every_market_has_languages_and_a_time_zone_that_exists() -> None:
    for market in default_world().markets:
        assert market.languages, market.code
        assert ZoneInfo(market.time_zone).key == market.time_zone


def test_taxes_of_the_european_union_and_britain_are_those_of_the_comparison() -> None:
    with lzma.open(shared_data("tax_duty_fx/ibericode-vat-rates.json.xz"), "rt", encoding="utf-8") as file:
        periods_by_country = json.load(file)["items"]
    rates = default_world().tax_rates_bps
    for country, periods in periods_by_country.items():
        current = max((one for one in periods if one["effective_from"] <= "2026-11-11"), key=_effective_from)
        ours = rates[{"EL": "GR", "UK": "GB"}.get(country, country)]
        assert ours == round(current["rates"]["standard"] * 100), country


def test_taxes_elsewhere_are_those_of_the_comparison_or_changed_since() -> None:
    with lzma.open(shared_data("tax_duty_fx/sales_tax_rates.json.xz"), "rt", encoding="utf-8") as file:
        known = json.load(file)
    rates = default_world().tax_rates_bps
    differing = {
        country: rates[country]
        for country, entry in known.items()
        if country in rates and rates[country] != round(entry["rate"] * 10_000)
    }
    assert differing == CHANGED_SINCE


def test_reference_rates_are_near_those_of_the_european_central_bank() -> None:
    with lzma.open(shared_data("tax_duty_fx/eurofxref-hist.csv.xz"), "rt", encoding="utf-8") as file:
        newest = next(csv.DictReader(file))
    ours = packaged_rates().per_euro
    quoted = {code: float(rate) for code, rate in newest.items() if code in ours and rate not in {"N/A", ""}}
    assert len(quoted) == 29
    off = {code: ours[code][0] / ours[code][1] / rate - 1 for code, rate in quoted.items()}
    assert [code for code, share in off.items() if abs(share) > 0.02] == []


def test_a_rate_between_two_currencies_is_in_lowest_terms() -> None:
    rate = packaged_rates().between(source="USD", target="JPY")
    assert (rate.numerator, rate.denominator) == (18_700, 117)
    back = packaged_rates().between(source="JPY", target="USD")
    assert (back.numerator, back.denominator) == (117, 18_700)


def test_a_currency_is_worth_itself() -> None:
    rate = packaged_rates().between(source="VND", target="VND")
    assert (rate.numerator, rate.denominator) == (1, 1)


def test_every_market_has_a_reference_rate() -> None:
    currencies = {market.currency for market in default_world().markets}
    assert currencies <= packaged_rates().per_euro.keys()


@pytest.mark.django_db
def test_the_default_markets_are_made_once() -> None:
    make_shop()
    assert ensure_markets(world=default_world()) == 14
    assert (Market.objects.count(), MarketRegion.objects.count(), TaxRate.objects.count()) == (14, 249, 197)
    assert MarketRegion.objects.get(country="MX").market_id == "WW"
    assert TaxRate.objects.get(region="US-CA").rate_bps == 725
    assert list(market_currencies().items())[:3] == [("AU", "AUD"), ("BR", "BRL"), ("CN", "CNY")]


@pytest.mark.django_db
def test_a_market_that_changed_is_brought_up_to_date_and_raises_the_version_of_the_offers() -> None:
    make_shop()
    before = offers_version()
    terms = MarketTerms("GB", "Britain", "GBP", ("en", "vi"), "Europe/London", True, ("GB", "IE"))
    ensure_markets(world=World(markets=(terms,), tax_rates_bps={"GB": 2_100}))
    assert Market.objects.get(code="GB").languages == ["en", "vi"]
    assert MarketRegion.objects.get(country="IE").market_id == "GB"
    assert TaxRate.objects.get(region="GB").rate_bps == 2_100
    assert (Market.objects.count(), MarketRegion.objects.count()) == (14, 249)
    assert offers_version() == before + 1


def _effective_from(period: dict[str, str]) -> str:
    return period["effective_from"]


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "market"), [("EU", "EU"), ("DE", "EU"), ("US", "US"), ("PR", "US"), ("XX", None)])
def test_a_market_is_found_by_its_code_or_by_a_country_that_buys_in_it(code: str, market: str | None) -> None:
    make_shop()

    found = market_of(code=code)

    assert (found.code if found else None) == market


@pytest.mark.django_db
def test_the_first_language_of_a_market_is_its_default() -> None:
    make_shop()

    assert market_languages(market="CN") == ["zh", "en"]


@pytest.mark.django_db
def test_how_long_one_may_change_ones_mind_is_the_markets_law() -> None:
    make_shop()
    days = dict(Market.objects.values_list("code", "withdrawal_days"))
    assert {code: count for code, count in days.items() if count} == {
        **dict.fromkeys(("EU", "GB", "NO", "DK", "SE"), 14),
        **dict.fromkeys(("CN", "KR", "BR"), 7),
        "JP": 8,
    }
