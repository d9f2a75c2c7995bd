"""The tax on commissions: by month, merchant's country and rate, what was taken and what went back."""

from datetime import UTC, date, datetime

import pytest

from fairground.merchants.models import Merchant
from fairground.settlement.reports.fee_taxes import FeeTaxRow, FeeTaxSum, fee_tax_by_country
from fairground.settlement.reports.rules import Period
from fairground.settlement.reports.written_fees import fee_tax_table
from tests.factories import NOW, make_market, make_merchant, make_sku
from tests.refunding import Scene, back, make_scene
from tests.settlement.making import settle
from tests.settlement.trade_making import sell

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
LAST_OF_NOVEMBER_MS = int(datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def scene(two_writers: None) -> Scene:
    """Chairs of a Spanish merchant, released in November; of three units one goes back in it, one in December."""
    make_market()
    scene = make_scene()
    settle(scene.chairs)
    back(scene.chairs, 1, 1, now_ms=LAST_OF_NOVEMBER_MS)
    back(scene.chairs, 1, 1, now_ms=LAST_OF_NOVEMBER_MS + 1_000)
    return scene


def test_what_was_taken_stands_in_the_month_of_the_release_and_what_went_back_in_its_own(scene: Scene) -> None:
    # 5 % of 225.88, what the chairs cost less their merchant's part of discounts; 21 % of that.
    assert fee_tax_by_country(period=YEAR) == [
        FeeTaxSum(
            "EUR",
            (
                FeeTaxRow("2026-11", "EU", "ES", "EUR", 2_100, 1_129, 237, 376, 79),
                FeeTaxRow("2026-12", "EU", "ES", "EUR", 2_100, 0, 0, 377, 79),
            ),
        )
    ]
    (euro,) = fee_tax_by_country(period=YEAR)
    assert [(row.commission_left_minor, row.tax_left_minor) for row in euro.rows] == [(753, 158), (-377, -79)]
    assert (euro.sum_minor("commission_left_minor"), euro.sum_minor("tax_left_minor")) == (376, 79)


def test_a_period_begins_and_ends_at_midnight_by_utc(scene: Scene) -> None:
    (december,) = fee_tax_by_country(period=Period(date(2026, 12, 1), date(2027, 1, 1)))

    assert [(row.month, row.tax_back_minor) for row in december.rows] == [("2026-12", 79)]
    assert fee_tax_by_country(period=Period(date(2026, 1, 1), date(2026, 11, 1))) == []


def test_a_market_is_that_of_its_merchants_and_a_country_without_a_rate_has_none(scene: Scene) -> None:
    abroad = make_merchant(lane=40, country="CN", commission_bps=1_000)
    settle(sell(make_sku(merchant=abroad, price_minor=5_000), at=NOW))

    of_europe, (everywhere,) = fee_tax_by_country(period=YEAR, market="EU"), fee_tax_by_country(period=YEAR)

    assert [row.country for one in of_europe for row in one.rows] == ["ES", "ES"]
    assert FeeTaxRow("2026-11", "", "CN", "EUR", 0, 500, 0, 0, 0) in everywhere.rows
    assert len(everywhere.rows) == 3
    assert fee_tax_by_country(period=YEAR, market="JP") == []


def test_a_merchant_that_moves_keeps_the_country_that_its_orders_froze(scene: Scene) -> None:
    Merchant.objects.update(country="DE")

    (euro,) = fee_tax_by_country(period=YEAR)

    assert {row.country for row in euro.rows} == {"ES"}


def test_as_a_file_amounts_are_money_and_the_last_columns_are_what_is_left(scene: Scene) -> None:
    table = fee_tax_table(fee_tax_by_country(period=YEAR))

    assert table.columns[-2:] == ("commission_left", "tax_left")
    assert [row[:5] for row in table.rows] == [
        ("2026-11", "EU", "ES", "EUR", 2_100),
        ("2026-12", "EU", "ES", "EUR", 2_100),
    ]
    assert {len(row) for row in table.rows} == {len(table.columns)}
