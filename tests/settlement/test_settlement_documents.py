"""The tables of docs/algorithms/escrow.md and docs/algorithms/settlement.md, performed."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from fairground.checkout.rules.plans import LinePlan, Offer, OrderPlan
from fairground.kernel.ids import lane_of
from fairground.kernel.money import Rounding
from fairground.ledger.queries import balances
from fairground.markets.conversion import convert_minor
from fairground.markets.rules import Rate
from fairground.promotions.rules.declaring import MarketTerms
from fairground.promotions.rules.refunding import SoldLine, refund_units
from fairground.promotions.rules.terms import Discount, DiscountStep
from fairground.settlement.rules.addresses import escrow_address
from fairground.settlement.rules.parting import NOTHING, Gone, Shares, Sold, difference, target
from fairground.settlement.rules.payouts import Schedule, period_of
from tests.factories import (
    give_wallet,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place_one,
    place_request,
)
from tests.promotion_making import make_promotion
from tests.refunding import back, wallet_minor
from tests.settlement.making import SETTLED_MS, settle
from tests.tidy.house import PACKAGE, ROOT

ESCROW = (ROOT / "docs/algorithms/escrow.md").read_text("utf-8")
SETTLEMENT = (ROOT / "docs/algorithms/settlement.md").read_text("utf-8")


def rows(document: str, heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its head."""
    section = document.split(f"## {heading}")[1].split("\n## ", maxsplit=1)[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


@pytest.mark.parametrize("row", rows(SETTLEMENT, "Sharing out"), ids=str)
def test_an_order_is_shared_out_as_written(row: list[str]) -> None:
    goods, merchants, platforms, paid, *shares = map(int, row[:8])

    parts = target(Sold(paid, goods, merchants, platforms), Gone(), Shares(*shares))

    found = [parts.commission_minor, parts.fee_tax_minor, parts.creator_minor, parts.reserve_minor, parts.payable_minor]
    assert found == [int(cell) for cell in row[9:]]


def test_refunds_take_back_what_is_written() -> None:
    given = tuple(
        Discount(DiscountStep.CROSS_SHOP, "promotion:1", funder, minor)
        for funder, minor in (("merchant:1", 7), ("platform", 3))
    )
    sold, shares = SoldLine(3, 1_000, given), Shares(500, fee_tax_bps=2_100, reserve_bps=1_000)
    before, units = NOTHING, 0
    for more, *expected in [[int(cell) for cell in row] for row in rows(SETTLEMENT, "Refunds after a release")]:
        units += more
        gone = Gone()
        if units:
            back = refund_units(sold, refunded_units=0, units=units)
            gone = Gone(back.paid_minor, back.goods_minor, *back.discounts_minor)
        now = target(Sold(2_990, 3_000, 7, 3), gone, shares)
        moved, before = difference(now, before), now
        assert [
            moved.escrow_minor,
            moved.discounts_minor,
            moved.commission_minor,
            moved.fee_tax_minor,
            moved.reserve_minor,
            moved.payable_minor,
        ] == expected
    assert before == NOTHING


def offer(commission_bps: int) -> Offer:
    return Offer(1, None, "EU", 0, 1, b"ES", commission_bps, 1, 1, b"", {}, (), None, 0, 0, 0)


@pytest.mark.parametrize("row", rows(SETTLEMENT, "Commissions"), ids=str)
def test_an_order_freezes_the_commission_that_is_written(row: list[str]) -> None:
    first, first_bps, second, second_bps, expected = map(int, row)
    line = LinePlan(offer(first_bps), 1, 1, 1, first, 0, 0)
    lines = [line, replace(line, offer=offer(second_bps), goods_minor=second)]

    assert OrderPlan(lines, first + second, 0, 2).commission_bps == expected


@pytest.mark.parametrize("row", rows(SETTLEMENT, "Payouts"), ids=str)
def test_a_period_begins_as_written(row: list[str]) -> None:
    day, schedule, begins = row

    assert period_of(date.fromisoformat(day), Schedule[schedule.upper()]) == date.fromisoformat(begins)


@pytest.mark.parametrize("row", rows(SETTLEMENT, "In another currency"), ids=str)
def test_an_amount_is_worth_what_is_written(row: list[str]) -> None:
    rate = Rate(int(row[3]), int(row[4]), datetime(2026, 4, 13, tzinfo=UTC))

    paid = convert_minor(int(row[0]), source=row[1], target=row[2], rate=rate, rounding=Rounding.HALF_UP)
    assert paid == int(row[5])


def test_an_order_has_in_escrow_what_is_written(two_writers: None) -> None:
    make_market()
    make_promotion(merchant_bps=7_000, terms={"EU": MarketTerms(threshold_minor=3_000, off_minor=10)})
    sku, shopper_id = make_sku(merchant=make_merchant(lane=40)), make_shopper(lane=20)
    give_wallet(shopper_id=shopper_id, amount_minor=10_000)
    placed = place_one(place_request(sku.line(3), shopper_id=shopper_id))
    order_id = placed.orders[0].order_id
    key = (lane_of(order_id), escrow_address(sku.merchant.id, "EUR"))
    steps: dict[str, Callable[[], object]] = {
        "pay": lambda: pay([pay_request(placed, shopper_id=shopper_id)]),
        "refund 1": lambda: back(order_id, 1, 1, now_ms=SETTLED_MS),
        "release": lambda: settle(order_id),
    }
    for step, escrow, wallet in rows(ESCROW, "What an order has in escrow"):
        steps[step]()
        found = (balances([key])[key].balance_minor, wallet_minor(shopper_id) - 10_000)
        assert found == (int(escrow), int(wallet)), step


def test_every_account_stands_in_the_table_and_the_other_way_round() -> None:
    made = {
        re.sub(r"\{(?!CUR)\w+\}", "{id}", address.replace("{currency}", "{CUR}"))
        for path in PACKAGE.rglob("*.py")
        for address in re.findall(r'return f"(\w+:[^"]*:\{currency\})"', path.read_text("utf-8"))
    }

    assert made == {row[0].strip("`") for row in rows(ESCROW, "Accounts")}
