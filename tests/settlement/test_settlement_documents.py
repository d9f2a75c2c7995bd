"""The tables of docs/algorithms/escrow.md and docs/algorithms/settlement.md, performed."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from fairground.kernel.ids import lane_of
from fairground.kernel.money import Rounding
from fairground.ledger.queries import balances
from fairground.markets.conversion import convert_minor
from fairground.markets.rules import Rate
from fairground.promotions.rules.declaring import MarketTerms
from fairground.promotions.rules.refunding import SoldLine, refund_units
from fairground.promotions.rules.terms import Discount, DiscountStep
from fairground.settlement.rules.addresses import escrow_address
from fairground.settlement.rules.parting import NOTHING, Gone, Kept, Shares, Sold, difference, target
from fairground.settlement.rules.payouts import Schedule, period_of
from tests.duties import WALLET, customs_minor, make_import
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
    goods, merchants, platforms, paid, commission_bps, *shares = map(int, row[:8])

    parts = target(Sold(paid, platforms), Gone(), (Kept(commission_bps, goods, merchants),), Shares(*shares))

    found = [parts.commission_minor, parts.fee_tax_minor, parts.creator_minor, parts.reserve_minor, parts.payable_minor]
    assert found == [int(cell) for cell in row[9:]]


def test_refunds_take_back_what_is_written() -> None:
    given = tuple(
        Discount(DiscountStep.CROSS_SHOP, "promotion:1", funder, minor)
        for funder, minor in (("merchant:1", 7), ("platform", 3))
    )
    sold, shares = SoldLine(3, 1_000, given), Shares(fee_tax_bps=2_100, reserve_bps=1_000)
    before, units = NOTHING, 0
    for more, *expected in [[int(cell) for cell in row] for row in rows(SETTLEMENT, "Refunds after a release")]:
        units += more
        gone, kept = Gone(), Kept(500, 3_000, 7)
        if units:
            back = refund_units(sold, refunded_units=0, units=units)
            by_merchant_minor, by_platform_minor = back.discounts_minor
            gone = Gone(back.paid_minor, by_platform_minor)
            kept = Kept(500, 3_000 - back.goods_minor, 7 - by_merchant_minor)
        now = target(Sold(2_990, 3), gone, (kept,), shares)
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


def test_an_order_of_two_commissions_is_charged_as_written() -> None:
    before = NOTHING
    for _, *cells in rows(SETTLEMENT, "Commissions"):
        first, second, expected, posted = map(int, cells)
        kept = (Kept(500, first), Kept(1_000, second))
        now = target(Sold(3_003, 0), Gone(3_003 - first - second), kept, Shares())
        moved, before = difference(now, before), now
        assert (now.commission_minor, moved.commission_minor) == (expected, posted)
    assert before == NOTHING


def test_duties_are_put_aside_as_written() -> None:
    before, goods_back, duties_back = NOTHING, 0, 0
    for goods, duties, *expected in [[int(cell) for cell in row] for row in rows(SETTLEMENT, "Duties")]:
        goods_back, duties_back = goods_back + goods, duties_back + duties
        gone = Gone(goods_back + duties_back, 0, duties_back)
        now = target(Sold(6_214, 0, 714), gone, (Kept(500, 5_500 - goods_back),), Shares())
        moved, before = difference(now, before), now
        found = [moved.escrow_minor, moved.duties_minor, moved.commission_minor, moved.payable_minor]
        assert found == expected
    assert before == NOTHING


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


def test_duties_lie_where_is_written(two_writers: None) -> None:
    make_market()
    bought = make_import()
    key = (bought.chair.merchant.lane, escrow_address(bought.chair.merchant.id, "EUR"))
    steps: dict[str, Callable[[], object]] = {
        "pay": lambda: bought,
        "the stool goes back": lambda: back(bought.order_id, 2, 1),
        "release": lambda: settle(bought.order_id),
        "both chairs go back": lambda: back(bought.order_id, 1, 2, now_ms=SETTLED_MS),
        "the lamp goes back": lambda: back(bought.order_id, 3, 1, now_ms=SETTLED_MS),
    }
    for step, *expected in rows(ESCROW, "What customs asked"):
        steps[step]()
        wallet = wallet_minor(bought.shopper_id) - WALLET
        assert [balances([key])[key].balance_minor, customs_minor(), wallet] == [int(one) for one in expected], step


def test_every_account_stands_in_the_table_and_the_other_way_round() -> None:
    made = {
        re.sub(r"\{(?!CUR)\w+\}", "{id}", address.replace("{currency}", "{CUR}"))
        for path in PACKAGE.rglob("*.py")
        for address in re.findall(r'return f"(\w+:[^"]*:\{currency\})"', path.read_text("utf-8"))
    }

    assert made == {row[0].strip("`") for row in rows(ESCROW, "Accounts")}
