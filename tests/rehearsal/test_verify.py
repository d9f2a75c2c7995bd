"""Verification of a realm: sound books pass, and each kind of damage is seen by the one check that looks for it."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from fairground.orders.models import Order
from fairground.rehearsal.checks import PLANS
from fairground.rehearsal.evidence import BadEvidenceError
from fairground.rehearsal.verify import Progress, Verification, verify_realm
from tests.conftest import share_lanes
from tests.rehearsal.damages import (
    CASE_DAMAGES,
    CLOSED_DAY_DAMAGES,
    DAMAGES,
    DISCOUNT_DAMAGES,
    NOWHERE,
    PARCEL_DAMAGES,
    PAYMENT_DAMAGES,
    PRESALE_DAMAGES,
    REFUND_DAMAGES,
    run,
)
from tests.rehearsal.settlement_damages import SETTLEMENT_DAMAGES
from tests.rehearsal.trading import Trade, make_trade, write_lines

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]

# What six purchases leave behind: check, rows that it looks at.
ROWS = {
    "purchases_kept": 6,
    "payments_kept": 3,
    "duplicates": 9,
    "stock": 6,
    "deal_units": 2,
    "buyer_limits": 3,
    "promotions": 4,
    "discounts": 0,
    "declarations": 1,
    "lines": 7,
    "orders": 7,
    "shipping": 0,
    "duties": 0,
    "purchases": 6,
    "tallies": 11,
    "merchant_tallies": 13,
    "accounts": 34,
    "transfers": 20,
    "closed_days": 0,
    "escrow": 7,
    "draws": 15,
    "orphans_of_orders": 67,
    "refunds": 0,
    "parcels": 0,
    "releases": 0,
    "payouts": 0,
    "cases": 0,
    "letters": 0,
    "set_offs": 0,
    "clearing": 0,
    "disputes": 0,
    "payments": 0,
    "payment_returns": 0,
    "gifts": 0,
    "deposits": 0,
    "presales": 0,
    "orphans_of_goods": 44,
    "states": 13,
    "my_purchases": 6,
    "events": 11,
    "packets": 6,
    "packet_caps": 3,
    "ids": 141,
    "phases": 2,
    "writers": 1,
}


def red(found: Verification) -> list[str]:
    """Return the keys of the checks that failed."""
    return [check.key for check in found.checks if not check.ok]


def acknowledged_file(trade: Trade, folder: Path) -> Path:
    """Write down what the shoppers of `trade` were promised."""
    return write_lines(folder / "acknowledged.jsonl", trade.acknowledged)


def test_sound_books_pass_every_check_with_every_row_looked_at(tmp_path: Path) -> None:
    trade = make_trade()

    found = verify_realm(acknowledged=acknowledged_file(trade, tmp_path), settled=True)

    assert red(found) == []
    assert {check.key: check.rows for check in found.checks if check.key != "durability"} == ROWS
    assert set(found.figures.values()) == {0}
    without_rows = {
        "closed_days",
        "deposits",
        "presales",
        "discounts",
        "shipping",
        "duties",
        "refunds",
        "parcels",
        "releases",
        "payouts",
        "cases",
        "letters",
        "set_offs",
        "clearing",
        "disputes",
        "payments",
        "payment_returns",
        "gifts",
    }
    assert {check.detail for check in found.checks if check.key not in without_rows} == {""}


@pytest.mark.parametrize(("key", "damage"), DAMAGES, ids=[f"{key}-{at}" for at, (key, _) in enumerate(DAMAGES)])
def test_damage_turns_the_check_red_that_looks_for_it_and_no_other(key: str, damage: str) -> None:
    make_trade()
    assert run(damage) > 0

    assert red(verify_realm()) == [key]


def test_every_check_has_a_damage_that_it_sees() -> None:
    elsewhere = {plan.key for plan in PLANS if plan.needs} | {"durability"}
    # test_verify_set_offs.py, and beside what is booked: test_booking_provider_lines.py, test_dispute_guards.py
    elsewhere |= {"set_offs", "clearing", "disputes"}

    assert {plan.key for plan in PLANS} - elsewhere == {
        key
        for key, _ in [
            *DAMAGES,
            *DISCOUNT_DAMAGES,
            *PRESALE_DAMAGES,
            *REFUND_DAMAGES,
            *CLOSED_DAY_DAMAGES,
            *PARCEL_DAMAGES,
            *SETTLEMENT_DAMAGES,
            *CASE_DAMAGES,
            *PAYMENT_DAMAGES,
        ]
    }


def test_oversold_units_are_counted_though_row_and_lines_agree() -> None:
    make_trade()
    name = "inv_1_no_unit_sold_twice"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
        (definition,) = cursor.fetchone() or ("",)
    run(f"ALTER TABLE inventory_stock DROP CONSTRAINT {name}")
    try:
        run("UPDATE inventory_stock SET units = 1 WHERE sold = 3")

        found = verify_realm()
    finally:
        run("UPDATE inventory_stock SET units = 100")
        run(f"ALTER TABLE inventory_stock ADD CONSTRAINT {name} {definition}")

    assert red(found) == ["stock"]
    # Three cups and three bulbs are sold, of one each.
    assert found.figures["oversold_units"] == 4


def test_differences_are_sums_to_the_minor_unit() -> None:
    make_trade()
    run("UPDATE dashboard_tally SET amount_minor = amount_minor - 7 WHERE kind = 2 AND currency = 'USD'")
    run("UPDATE ledger_account SET credits_posted_minor = credits_posted_minor + 5 WHERE address LIKE '%funding:USD'"
        " AND lane = 0")  # fmt: skip

    found = verify_realm()

    assert red(found) == ["tallies", "accounts"]
    assert found.figures["tally_difference_minor"] == 7
    assert found.figures["ledger_difference_minor"] == 5


def test_a_table_that_a_crash_would_empty_is_seen() -> None:
    make_trade()
    run("ALTER TABLE orders_orderaddress SET UNLOGGED")
    try:
        found = verify_realm()
    finally:
        run("ALTER TABLE orders_orderaddress SET LOGGED")

    assert red(found) == ["durability"]
    assert found.checks[-1].detail == "not durable: 1. 1 wrong: table orders_orderaddress is not logged"


def test_a_server_that_does_not_wait_for_the_disk_is_seen() -> None:
    make_trade()
    run("SET synchronous_commit = off")
    try:
        found = verify_realm()
    finally:
        run("RESET synchronous_commit")

    assert red(found) == ["durability"]


def test_purchases_that_span_two_writers_are_sound_too() -> None:
    share_lanes(0, 32, 64)
    trade = make_trade()

    assert Order.objects.filter(purchase_id=trade.purchases["both"]).values_list("lane").distinct().count() == 2
    assert red(verify_realm(require_rows=True, settled=True)) == []


def test_my_purchases_may_be_behind_while_the_shop_sells_but_not_once_it_is_settled() -> None:
    trade = make_trade()
    trade.placed("late", 6, ("knife", 1))

    selling, settled = verify_realm(), verify_realm(settled=True)

    assert red(selling) == []
    assert selling.figures["purchases_behind"] == 1
    assert red(settled) == ["my_purchases"]


@pytest.mark.parametrize(
    ("at", "change", "key", "figure"),
    [
        (0, {"purchase": str(NOWHERE)}, ["purchases_kept", "duplicates"], "lost_orders"),
        (0, {"total_minor": 1}, ["purchases_kept"], "lost_orders"),
        (0, {"number": "0" * 20}, ["purchases_kept"], "lost_orders"),
        (0, {"currency": "USD"}, ["purchases_kept"], "lost_orders"),
        (0, {"shopper": "1", "key": str(UUID(int=1))}, ["purchases_kept"], "lost_orders"),
        (6, {"paid": str(NOWHERE)}, ["payments_kept"], "lost_payments"),
        (6, {"amount_minor": 1}, ["payments_kept"], "lost_payments"),
    ],
)
def test_a_promise_that_the_books_do_not_keep_is_lost(
    at: int, change: dict[str, Any], key: list[str], figure: str, tmp_path: Path
) -> None:
    trade = make_trade()
    trade.acknowledged[at] |= change

    found = verify_realm(acknowledged=acknowledged_file(trade, tmp_path))

    assert red(found) == key
    assert found.figures[figure] == 1


def test_an_acknowledged_payment_whose_money_did_not_move_is_lost(tmp_path: Path) -> None:
    trade = make_trade()
    run("UPDATE ledger_transfer SET order_id = NULL WHERE kind = 2 AND currency = 'USD'")

    found = verify_realm(acknowledged=acknowledged_file(trade, tmp_path))

    assert red(found) == ["payments_kept", "escrow"]
    assert found.figures["lost_payments"] == 1


def test_one_key_acknowledged_for_two_purchases_is_a_duplicate(tmp_path: Path) -> None:
    trade = make_trade()
    again = trade.placed("again", 0, ("bulb", 1))
    trade.acknowledged[-1] |= {"key": trade.acknowledged[1]["key"]}

    found = verify_realm(acknowledged=acknowledged_file(trade, tmp_path))

    assert str(again.purchase_id) in str(trade.acknowledged[-1])
    assert red(found) == ["duplicates"]
    assert found.figures["duplicate_orders"] == 1


def test_an_answer_given_twice_is_one_purchase(tmp_path: Path) -> None:
    trade = make_trade()
    trade.acknowledged += trade.acknowledged

    assert red(verify_realm(acknowledged=acknowledged_file(trade, tmp_path))) == []


def test_a_realm_without_trade_proves_nothing() -> None:
    assert red(verify_realm()) == []
    assert red(verify_realm(require_rows=True)) == [
        plan.key
        for plan in PLANS
        if not plan.needs and not plan.may_be_empty and plan.key not in {"writers", "durability"}
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"paid": "1", "amount_minor": 1, "currency": "EUR"}\n\nno json\n', "line 3: not one JSON object a line"),
        ('{"purchase": "1"}\n', "line 1: fields are missing or are not what they should be"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused_by_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "acknowledged.jsonl"
    path.write_text(text)

    with pytest.raises(BadEvidenceError, match=message):
        verify_realm(acknowledged=path)

    assert red(verify_realm()) == []


def test_progress_names_each_check_before_it_runs() -> None:
    make_trade()
    seen: list[Progress] = []

    found = verify_realm(on_progress=seen.append)

    assert [one.name for one in seen] == [check.name for check in found.checks]
    assert [one.done for one in seen] == list(range(len(found.checks)))
