"""What the reports say of duties, to the minor unit: what customs is owed, tax, sellers' income, refunds."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection

from fairground.checkout.actions.refund_lines import refund_lines
from fairground.kernel.edits import By
from fairground.orders.rules import RefundReason
from fairground.settlement.reports.duties import DutyRow, DutySum, duties_owed
from fairground.settlement.reports.escrow import escrow_by_age
from fairground.settlement.reports.refunded import RefundsAsked, all_refunds, refunds_summed
from fairground.settlement.reports.rules import Period
from fairground.settlement.reports.sellers import sellers_of_year
from fairground.settlement.reports.taxes import TaxRow, tax_by_region
from fairground.settlement.reports.written import duties_table, refunds_table
from tests.duties import TOTAL, Imported, customs_minor, make_import
from tests.factories import NOW, make_duty, make_market, make_merchant, make_sku
from tests.refunding import back
from tests.settlement.making import SETTLED_MS, settle
from tests.settlement.trade_making import sell

pytestmark = pytest.mark.usefixtures("lone_writer")
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
EVER = RefundsAsked(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
DECEMBER = datetime(2026, 12, 3, tzinfo=UTC)


@pytest.fixture
def bought(lone_writer: object) -> Imported:
    """A purchase of November whose chairs and stool went back in December."""
    make_market()
    bought = make_import()
    refund_lines(
        units={(bought.order_id, 1): 2, (bought.order_id, 2): 1},
        reason=RefundReason.WITHDRAWN,
        by=By(user_id=None, now=DECEMBER),
    )
    return bought


def test_what_customs_is_owed_counts_when_it_is_paid_and_what_goes_back_when_it_does(bought: Imported) -> None:
    spanish = make_sku(merchant=make_merchant(lane=11))
    sell(spanish, at=NOW)

    found = duties_owed(period=YEAR)

    # 50.00 and 5.00 with 19 % in them, line by line.
    ways = ("EU", "EUR", "DE", "CN")
    assert found == [
        DutySum(
            "EU",
            "EUR",
            (
                DutyRow("2026-11", *ways, "940161", 1, 4_201, 300, 57, 0, 0, 0, 0),
                DutyRow("2026-11", *ways, "940521", 1, 420, 300, 57, 0, 0, 0, 0),
                DutyRow("2026-12", *ways, "940161", 0, 0, 0, 0, 1, 4_201, 300, 57),
            ),
        )
    ]
    assert [row.owed_minor for row in found[0].rows] == [357, 357, -357]
    assert found[0].total("owed_minor") == 357
    assert duties_owed(period=Period(date(2026, 11, 1), date(2026, 12, 1)), market="EU")[0].total("owed_minor") == 714
    assert duties_owed(period=YEAR, market="US") == []
    assert duties_owed(period=Period(date(2027, 1, 1), date(2027, 2, 1))) == []


def test_what_customs_is_owed_is_what_was_put_aside_for_it(bought: Imported) -> None:
    settle(bought.order_id)

    (euro,) = duties_owed(period=YEAR)
    assert euro.total("owed_minor") == customs_minor() == 357

    back(bought.order_id, 3, 1, now_ms=SETTLED_MS + 1)

    (euro,) = duties_owed(period=YEAR)
    assert euro.total("owed_minor") == customs_minor() == 0


def test_months_are_the_markets_own(lone_writer: object) -> None:
    make_market(code="JP", currency="JPY", tax_included=False, tax_rates_bps={"JP": 1_000})
    make_duty(market="JP", countries=["JP"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE markets_market SET time_zone = 'Asia/Tokyo' WHERE code = 'JP'")
    sku = make_sku(market="JP", price_minor=5_000, merchant=make_merchant(lane=12))
    sell(sku, at=datetime(2026, 10, 31, 14, 59, 59, tzinfo=UTC), country="JP", region="JP")
    sell(sku, at=datetime(2026, 10, 31, 15, 0, tzinfo=UTC), country="JP", region="JP")

    (yen,) = duties_owed(period=YEAR)

    ways = ("JP", "JPY", "JP", "ES", "940161")
    assert yen.rows == (
        DutyRow("2026-10", *ways, 1, 5_000, 300, 30, 0, 0, 0, 0),
        DutyRow("2026-11", *ways, 1, 5_000, 300, 30, 0, 0, 0, 0),
    )


def test_as_a_file_amounts_are_money_and_the_last_column_is_what_is_owed(bought: Imported) -> None:
    table = duties_table(duties_owed(period=YEAR))

    assert (table.columns[-1], len(table.columns), len(table.rows)) == ("owed", 15, 3)
    assert {len(row) for row in table.rows} == {15}


def test_tax_on_duties_stands_beside_that_on_goods(bought: Imported) -> None:
    (euro,) = tax_by_region(period=YEAR)

    # 40.00, 10.00 and 5.00 contain 6.39, 1.60 and 0.80 of tax.
    assert euro.rows == (TaxRow("EU", "EUR", "DE", 1_900, True, 4_621, 879, 0, 4_201, 799, 0, 600, 114, 300, 57),)
    (row,) = euro.rows
    assert (row.duty_left_minor, row.duty_tax_left_minor, row.tax_left_minor) == (300, 57, 80)


def test_duties_are_no_consideration_of_their_seller(bought: Imported) -> None:
    (seller,) = sellers_of_year(year=2026)

    fourth = seller.quarters[3]
    # 5.00 are kept, less 5 % of commission.
    assert (fourth.consideration_minor, fourth.fees_minor, fourth.activities) == (475, 25, 1)


def test_refunds_of_duties_are_listed_by_that_name_and_summed(bought: Imported) -> None:
    rows = all_refunds(asked=EVER)

    assert [(one.line_no, one.units, one.paid_minor, one.tax_minor) for one in rows] == [
        (-1, 0, 357, 57),
        (1, 2, 4_000, 639),
        (2, 1, 1_000, 160),
    ]
    table = refunds_table(rows)
    assert [row[table.columns.index("title")] for row in table.rows] == ["duty", *(one.title for one in rows[1:])]
    (total,) = [one for one in refunds_summed(asked=EVER) if one.by == "all"]
    assert (total.units, total.paid_minor, total.tax_minor) == (3, 5_357, 856)


def test_duties_lie_in_escrow_until_the_release(bought: Imported) -> None:
    (escrow,) = escrow_by_age(now=DECEMBER)
    assert (escrow.total_minor, escrow.difference_minor) == (TOTAL - 5_357, 0)

    settle(bought.order_id)

    assert escrow_by_age(now=DECEMBER) == []
