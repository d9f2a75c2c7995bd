"""The reports of a small trade, to the minor unit: trial balance, escrow, refunds and tax."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from fairground.ledger.models import Account
from fairground.orders.models import Order, Refund
from fairground.orders.rules import RefundReason, Step
from fairground.payments.rules import funding_address
from fairground.settlement.reports import reading
from fairground.settlement.reports.escrow import by_age_minor, by_state_minor, escrow_by_age
from fairground.settlement.reports.reading import REPORTS_AT_ONCE_MAX, ReportsUnderWay, ReportTooLong, ReportTooSlow
from fairground.settlement.reports.refunded import (
    RefundsAsked,
    RefundSum,
    all_refunds,
    refunds_listed,
    refunds_summed,
    refunds_waiting,
)
from fairground.settlement.reports.rules import Period
from fairground.settlement.reports.taxes import TaxRow, tax_by_region
from fairground.settlement.reports.trial_balance import accounts_of, disagreements, trial_balance_by_family
from tests.factories import NOW, give_wallet, make_market, make_merchant, make_shopper, make_sku, pay, pay_request
from tests.presales import (
    BALANCE,
    BALANCE_OPENS,
    DEPOSIT,
    OPENS_MS,
    ORDERED_AT,
    TOTAL,
    make_presale,
    pay_deposit,
    place_presale,
)
from tests.refunding import WALLET, refund_sums
from tests.settlement.trade_making import days_later, make_trade, sell

pytestmark = pytest.mark.usefixtures("lone_writer")
EVER = RefundsAsked(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    make_market()


def total_minor(order_id: int) -> int:
    return Order.objects.get(id=order_id).total_minor


def test_a_process_reads_few_reports_at_a_time() -> None:
    places = reading._reading
    assert [places.acquire(blocking=False) for _ in range(REPORTS_AT_ONCE_MAX)] == [True] * REPORTS_AT_ONCE_MAX
    try:
        with pytest.raises(ReportsUnderWay):
            trial_balance_by_family()
    finally:
        places.release(REPORTS_AT_ONCE_MAX)

    assert trial_balance_by_family() == []


def test_the_trial_balance_is_even_and_its_families_are_what_wallets_and_escrow_hold() -> None:
    scene = make_trade()

    (euro,) = trial_balance_by_family()

    left_minor = sum(total_minor(one) - refund_sums(one)["paid_minor"] for one in (scene.chairs, scene.lamps))
    assert euro.is_even
    assert {one.family: (one.accounts, one.balance_minor) for one in euro.families} == {
        "merchant:escrow": (2, left_minor),
        "platform:funding": (1, -WALLET),
        "shopper:wallet": (1, WALLET - left_minor),
    }
    assert (euro.total.accounts, euro.total.balance_minor, euro.total.pending_minor) == (4, 0, 0)
    assert disagreements() == []


def test_a_row_that_no_transfer_explains_makes_the_trial_balance_uneven_and_is_named() -> None:
    make_trade()
    Account.objects.filter(address=funding_address("EUR")).update(debits_posted_minor=WALLET + 1)

    (euro,) = trial_balance_by_family()

    assert not euro.is_even
    assert euro.total.balance_minor == -1
    assert [one.address for one in disagreements()] == [funding_address("EUR")]


def test_accounts_are_found_by_family_currency_and_words_and_read_on_from_the_last() -> None:
    scene = make_trade()

    escrows = accounts_of(family="merchant:escrow", currency="EUR", words="", after=(0, 0), rows_max=9)
    first = accounts_of(family="", currency="EUR", words="", after=(-1, 0), rows_max=1)
    then = accounts_of(family="", currency="EUR", words="", after=(first[0].lane, first[0].id), rows_max=9)

    assert [one.address for one in escrows] == [
        f"merchant:{sku.merchant.id}:escrow:EUR" for sku in (scene.chair, scene.lamp)
    ]
    assert len(first) == 1
    assert len(then) == 3
    found = accounts_of(family="", currency="", words=str(scene.lamp.merchant.id), after=(-1, 0), rows_max=9)
    assert [one.address for one in found] == [f"merchant:{scene.lamp.merchant.id}:escrow:EUR"]
    assert accounts_of(family="", currency="USD", words="", after=(-1, 0), rows_max=9) == ()
    assert accounts_of(family="", currency="", words="%", after=(-1, 0), rows_max=9) == ()


def test_escrow_is_told_by_the_age_and_the_state_of_its_orders() -> None:
    sku = make_sku(merchant=make_merchant(lane=7), price_minor=1_000, units=999)
    for days in (61, 31, 15, 8, 0):
        sell(sku, at=NOW - timedelta(days=days), units=1 + days)

    (escrow,) = escrow_by_age(now=NOW + timedelta(days=0, hours=23))

    assert escrow.by_age_minor == (1_000, 9_000, 16_000, 32_000, 62_000)
    assert escrow.by_state_minor == {Step.PAID: 120_000}
    assert (escrow.total_minor, escrow.balance_minor, escrow.difference_minor) == (120_000, 120_000, 0)
    assert escrow.orders == 5
    (later,) = escrow_by_age(now=NOW + timedelta(days=7))
    assert later.by_age_minor == (1_000, 0, 25_000, 32_000, 62_000)


def test_escrow_is_what_was_paid_less_what_went_back_and_says_where_its_account_has_other_sums() -> None:
    scene = make_trade()

    escrows = escrow_by_age(now=days_later(3))

    left = {one: total_minor(one) - refund_sums(one)["paid_minor"] for one in (scene.chairs, scene.lamps)}
    assert {one.merchant_id: one.total_minor for one in escrows} == {
        scene.chair.merchant.id: left[scene.chairs],
        scene.lamp.merchant.id: left[scene.lamps],
    }
    assert by_state_minor(escrows) == {Step.PAID: left[scene.chairs], Step.SHIPPED: left[scene.lamps]}
    assert by_age_minor(escrows) == (sum(left.values()), 0, 0, 0, 0)
    assert [one.difference_minor for one in escrows] == [0, 0]

    Account.objects.filter(address=f"merchant:{scene.lamp.merchant.id}:escrow:EUR").update(credits_posted_minor=999_999)

    differences = {one.merchant_id: one.difference_minor for one in escrow_by_age(now=days_later(3))}
    assert differences[scene.chair.merchant.id] == 0
    assert differences[scene.lamp.merchant.id] != 0


def test_a_deposit_lies_in_escrow_since_it_was_paid_and_the_whole_since_the_balance_was() -> None:
    made, shopper_id = make_presale(), make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=TOTAL)
    placed = place_presale(made, shopper_id=shopper_id)
    pay_deposit(placed, shopper_id=shopper_id)

    (escrow,) = escrow_by_age(now=ORDERED_AT + timedelta(days=9))

    assert (escrow.by_state_minor, escrow.by_age_minor) == ({Step.DEPOSITED: DEPOSIT}, (0, DEPOSIT, 0, 0, 0))
    assert tax_by_region(period=NOVEMBER) == []

    pay([pay_request(placed, shopper_id=shopper_id, amount_minor=BALANCE)], now_ms=OPENS_MS)
    (escrow,) = escrow_by_age(now=BALANCE_OPENS + timedelta(days=1))
    (taxed,) = tax_by_region(period=NOVEMBER)

    assert (escrow.by_state_minor, escrow.by_age_minor) == ({Step.PAID: TOTAL}, (TOTAL, 0, 0, 0, 0))
    assert escrow.difference_minor == 0
    assert taxed.sum_minor("net_minor") + taxed.sum_minor("tax_minor") == TOTAL


def test_refunds_are_listed_filtered_and_summed() -> None:
    scene = make_trade()
    chair, lamp = (refund_sums(one)["paid_minor"] for one in (scene.chairs, scene.lamps))

    rows = refunds_listed(asked=EVER, rows_max=9)

    assert {(one.order_id, one.reason, one.units, one.paid_minor, one.market) for one in rows} == {
        (scene.chairs, RefundReason.WITHDRAWN, 1, chair, "EU"),
        (scene.lamps, RefundReason.FAULTY, 1, lamp, "EU"),
    }
    assert {one.purchase_number for one in rows} == {scene.placed.number}
    assert refunds_listed(asked=EVER, rows_max=9, passed_over=1) == rows[1:]
    sums = refunds_summed(asked=EVER)
    assert {(one.by, one.key): one.paid_minor for one in sums if one.by in {"all", "day", "market", "reason"}} == {
        ("all", ""): chair + lamp,
        ("day", "2026-11-11"): chair + lamp,
        ("market", "EU"): chair + lamp,
        ("reason", "withdrawn"): chair,
        ("reason", "faulty"): lamp,
    }
    assert len([one for one in sums if one.by == "merchant"]) == 2
    only = RefundsAsked(EVER.from_at, EVER.to_at, reason=RefundReason.FAULTY, market="EU")
    assert [one.order_id for one in all_refunds(asked=only)] == [scene.lamps]
    assert RefundSum("all", "", "EUR", 1, 1, refund_sums(scene.lamps)["tax_minor"], lamp) in refunds_summed(asked=only)
    assert all_refunds(asked=RefundsAsked(EVER.from_at, EVER.to_at, market="US")) == []
    assert all_refunds(asked=RefundsAsked(EVER.from_at, NOW)) == []
    assert refunds_waiting() == []


def test_a_file_of_too_many_refunds_is_refused_and_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    make_trade()
    monkeypatch.setattr("fairground.settlement.reports.refunded.ROWS_MAX", 1)

    with pytest.raises(ReportTooLong):
        all_refunds(asked=EVER)


def test_tax_adds_up_to_what_was_paid_and_what_went_back() -> None:
    scene = make_trade()

    (euro,) = tax_by_region(period=NOVEMBER)

    paid_minor = sum(total_minor(one) for one in (scene.chairs, scene.lamps))
    refunds = [refund_sums(one) for one in (scene.chairs, scene.lamps)]
    assert [(one.region, one.rate_bps, one.tax_included) for one in euro.rows] == [("DE", 1_900, True)]
    assert euro.sum_minor("net_minor") + euro.sum_minor("tax_minor") == paid_minor
    assert euro.sum_minor("tax_back_minor") == sum(one["tax_minor"] for one in refunds)
    back_minor = euro.sum_minor("net_back_minor") + euro.sum_minor("tax_back_minor")
    assert back_minor == sum(one["paid_minor"] for one in refunds)
    # Half of the 40.00 across shops, less a cent that a line's share rounds to, all of the coupon and the red packet.
    assert euro.sum_minor("funded_minor") == 1_999 + 1_000 + 777


def test_tax_is_of_the_month_by_the_markets_own_clock() -> None:
    make_market(code="JP", currency="JPY", tax_included=False, tax_rates_bps={"JP": 1_000})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE markets_market SET time_zone = 'Asia/Tokyo' WHERE code = 'JP'")
    sku = make_sku(market="JP", price_minor=5_000)
    sell(sku, at=datetime(2026, 10, 31, 14, 59, 59, tzinfo=UTC), country="JP", region="JP")
    sell(sku, at=datetime(2026, 10, 31, 15, 0, tzinfo=UTC), units=2, country="JP", region="JP")

    october = tax_by_region(period=Period(date(2026, 10, 1), date(2026, 11, 1)), market="JP")
    november = tax_by_region(period=NOVEMBER, market="JP")

    assert [one.rows for one in october] == [
        (TaxRow("JP", "JPY", "JP", 1_000, False, 5_000, 500, 0, 0, 0, 0),),
    ]
    assert [one.rows for one in november] == [
        (TaxRow("JP", "JPY", "JP", 1_000, False, 10_000, 1_000, 0, 0, 0, 0),),
    ]
    assert tax_by_region(period=NOVEMBER, market="EU") == []


def test_a_report_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    make_trade()
    monkeypatch.setattr(reading, "REPORT_MAX_MS", 1)
    monkeypatch.setattr(reading, "load_sql", lambda app, name: "SELECT pg_sleep(1)")

    with pytest.raises(ReportTooSlow):
        trial_balance_by_family()

    assert Refund.objects.count() == 2
