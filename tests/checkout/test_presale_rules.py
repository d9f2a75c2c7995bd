"""The rules of presales as tables: what is due, what the guarantee takes off, where a failed deposit goes."""

from datetime import timedelta

import pytest

from fairground.checkout.rules.presales import (
    Due,
    Failure,
    PresaleFacts,
    balance_due,
    deposit_due,
    deposit_end,
)
from fairground.festivals.rules import Period, PresaleTerms, presale_terms_wrong, presale_times_wrong
from fairground.markets.queries import default_world
from fairground.markets.rules import DepositMode
from fairground.orders.rules import DepositEnd, Step
from tests.factories import NOW


def facts(
    *,
    today_minor: int | None = None,
    deposit_minor: int = 100,
    quantity: int = 1,
    tax_rate_bps: int = 0,
    tax_included: bool = True,
) -> PresaleFacts:
    """A presale at 1000 a unit whose deposit is worth 50 more."""
    return PresaleFacts(
        deposit_minor=deposit_minor,
        mode=DepositMode.ADVANCE,
        balance_opens_at_ms=10,
        balance_closes_at_ms=20,
        deposited_at_ms=1,
        deal_id=7,
        goods_minor=1_000 * quantity,
        discount_minor=50 * quantity,
        shipping_minor=0,
        quantity=quantity,
        tax_rate_bps=tax_rate_bps,
        tax_included=tax_included,
        today_minor=today_minor,
    )


def test_the_deposit_is_due_first() -> None:
    assert deposit_due(facts(), total_minor=950) == Due(100, Step.DEPOSITED, 950)


@pytest.mark.parametrize("today_minor", [None, 950, 951, 1_200])
def test_goods_that_cost_no_less_today_leave_the_balance_as_it_was_promised(today_minor: int | None) -> None:
    assert balance_due(facts(today_minor=today_minor), total_minor=950) == Due(850, Step.PAID, 950)


@pytest.mark.parametrize(
    ("presale", "total_minor", "due"),
    [
        (facts(today_minor=949), 950, Due(849, Step.PAID, 949, cut_minor=1)),
        (facts(today_minor=900), 950, Due(800, Step.PAID, 900, cut_minor=50)),
        (facts(today_minor=900, quantity=3, deposit_minor=300), 2_850, Due(2_400, Step.PAID, 2_700, cut_minor=150)),
        (facts(today_minor=100), 950, Due(0, Step.PAID, 100, cut_minor=850)),
        (facts(today_minor=40), 950, Due(0, Step.PAID, 40, cut_minor=910, back_minor=60)),
        # 900 with 19 % inside: 143.70 of tax. On top it is 171.
        (facts(today_minor=900, tax_rate_bps=1_900), 950, Due(800, Step.PAID, 900, cut_minor=50, tax_minor=144)),
        (
            facts(today_minor=900, tax_rate_bps=1_900, tax_included=False),
            1_131,
            Due(971, Step.PAID, 1_071, cut_minor=50, tax_minor=171, tax_added_minor=171),
        ),
    ],
)
def test_goods_that_cost_less_today_are_had_for_less(presale: PresaleFacts, total_minor: int, due: Due) -> None:
    assert balance_due(presale, total_minor=total_minor) == due


@pytest.mark.parametrize(
    ("mode", "failure", "end"),
    [
        (DepositMode.EARNEST, Failure.NOT_PAID, DepositEnd.FORFEITED),
        (DepositMode.EARNEST, Failure.CANCELLED, DepositEnd.FORFEITED),
        (DepositMode.EARNEST, Failure.MERCHANT, DepositEnd.DOUBLED),
        (DepositMode.ADVANCE, Failure.NOT_PAID, DepositEnd.RETURNED),
        (DepositMode.ADVANCE, Failure.CANCELLED, DepositEnd.RETURNED),
        (DepositMode.ADVANCE, Failure.MERCHANT, DepositEnd.RETURNED),
    ],
)
def test_a_failed_presale_ends_its_deposit_by_the_law_of_the_market(
    mode: DepositMode, failure: Failure, end: DepositEnd
) -> None:
    assert deposit_end(mode=mode, failure=failure) is end


@pytest.mark.parametrize(
    ("deposit_minor", "inflation_minor", "max_bps", "why"),
    [
        (100, 50, 10_000, None),
        (949, 50, 10_000, None),
        (950, 50, 10_000, "deposit"),
        (0, 0, 10_000, "deposit"),
        (100, -1, 10_000, "deposit"),
        (190, 50, 2_000, None),
        (191, 50, 2_000, "law"),
    ],
)
def test_a_deposit_leaves_a_balance_and_stays_within_the_law(
    deposit_minor: int, inflation_minor: int, max_bps: int, why: str | None
) -> None:
    terms = PresaleTerms(deposit_minor, inflation_minor)

    assert presale_terms_wrong(price_minor=1_000, terms=terms, deposit_max_bps=max_bps) == why


@pytest.mark.parametrize(
    ("hours", "why"),
    [
        ((1, 2, 2, 3), None),
        ((0, 2, 3, 4), "past"),
        ((2, 2, 3, 4), "order"),
        ((1, 3, 2, 4), "balance-earlier"),
        ((1, 2, 4, 4), "balance-order"),
    ],
)
def test_the_balance_is_paid_after_the_order_window(hours: tuple[int, ...], why: str | None) -> None:
    opens, closes, balance_opens, balance_closes = (NOW + timedelta(hours=hour) for hour in hours)

    assert (
        presale_times_wrong(order=Period(opens, closes), balance=Period(balance_opens, balance_closes), now=NOW) == why
    )


def test_earnest_money_is_for_china_and_a_fifth_at_most() -> None:
    modes = {market.code: (market.deposit_mode, market.deposit_max_bps) for market in default_world().markets}

    assert modes["CN"] == (DepositMode.EARNEST, 2_000)
    assert {terms for code, terms in modes.items() if code != "CN"} == {(DepositMode.ADVANCE, 10_000)}
