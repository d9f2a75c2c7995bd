"""Verification of a realm: sound books pass, and each kind of damage is seen by the one check that looks for it."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from fairground.rehearsal.checks import PLANS
from fairground.rehearsal.evidence import BadEvidenceError
from fairground.rehearsal.verify import Progress, Verification, verify_realm
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
    "lines": 7,
    "orders": 7,
    "purchases": 6,
    "tallies": 11,
    "merchant_tallies": 13,
    "accounts": 28,
    "transfers": 16,
    "escrow": 7,
    "orphans_of_orders": 63,
    "orphans_of_goods": 44,
    "states": 13,
    "my_purchases": 6,
    "events": 11,
    "ids": 119,
    "writers": 1,
}

# A paid order, one that is not, and what belongs to them.
A_PAID = "(SELECT min(id) FROM orders_order WHERE state = 2)"
AN_UNPAID = "(SELECT min(id) FROM orders_order WHERE state = 1)"
# An id in lane 5 of something that is not there.
NOWHERE = 5 << 12

# The check that must turn red, and what is done to the data; hot tables keep their constraints meanwhile.
DAMAGES = [
    ("duplicates", "INSERT INTO orders_purchasekey (key, shopper_id, lane, purchase_id, request_hash)"
     " SELECT a.key, a.shopper_id, b.lane, b.purchase_id, b.request_hash"
     " FROM orders_purchasekey a JOIN orders_purchasekey b ON b.lane > a.lane LIMIT 1"),
    ("stock", "UPDATE inventory_stock SET sold = sold + 1 WHERE deal_id IS NULL"),
    ("stock", "UPDATE inventory_stock SET reserved = reserved - 1 WHERE reserved > 0"),
    ("deal_units", "UPDATE festivals_deal SET units = 2 WHERE buyer_limit = 0"),
    ("buyer_limits", "UPDATE festivals_dealbuyer SET units = units - 1 WHERE units = 2"),
    ("buyer_limits", "DELETE FROM festivals_dealbuyer WHERE units = 1"),
    ("buyer_limits", "UPDATE festivals_deal SET buyer_limit = 1 WHERE buyer_limit = 2"),
    ("lines", "INSERT INTO orders_linediscount (lane, order_id, line_no, step, source, funder, amount_minor)"
     " SELECT lane, order_id, line_no, 1, 'a', 'platform', 1 FROM orders_orderline LIMIT 1"),
    ("orders", "UPDATE orders_orderline SET unit_price_minor = unit_price_minor + 1,"
     " goods_minor = goods_minor + quantity"),
    ("orders", f"UPDATE orders_orderline SET line_no = 2 WHERE order_id = {A_PAID}"),
    ("orders", "UPDATE orders_orderline SET tax_minor = tax_minor + 1 WHERE NOT tax_included"),
    ("purchases", "UPDATE orders_purchase SET total_minor = total_minor + 1;"
     " UPDATE orders_shopperpurchase SET total_minor = total_minor + 1"),
    ("purchases", "UPDATE orders_purchase SET order_ids = ARRAY[order_ids[2], order_ids[1]]"
     " WHERE cardinality(order_ids) = 2"),
    ("purchases", "UPDATE orders_order SET position = 2 WHERE state = 1"),
    ("tallies", "UPDATE dashboard_tally SET amount_minor = amount_minor + 1 WHERE kind = 2"),
    ("tallies", "UPDATE dashboard_tally SET device = 1 WHERE kind = 3"),
    ("tallies", "DELETE FROM dashboard_tally WHERE kind = 1 AND currency = 'USD'"),
    ("merchant_tallies", "UPDATE dashboard_merchanttally SET units = units + 1 WHERE kind = 1"),
    ("accounts", "UPDATE ledger_account SET credits_posted_minor = credits_posted_minor + 1"
     " WHERE address LIKE '%wallet%'"),
    ("transfers", "UPDATE ledger_transfer SET currency = 'JPY' WHERE kind = 1"),
    ("transfers", "INSERT INTO ledger_transferend SELECT lane, id, 1, at FROM ledger_transfer LIMIT 1"),
    ("escrow", "UPDATE ledger_transfer SET order_id = NULL WHERE kind = 2"),
    ("escrow", f"UPDATE ledger_transfer SET order_id = {AN_UNPAID}, lane = ({AN_UNPAID} >> 12) & 1023"
     f" WHERE order_id = {A_PAID}"),
    ("orphans_of_orders", f"DELETE FROM orders_orderaddress WHERE order_id = {AN_UNPAID}"),
    ("orphans_of_orders", f"INSERT INTO orders_orderaddress VALUES (5, {NOWHERE}, '{{}}', now())"),
    ("orphans_of_orders", f"INSERT INTO orders_linediscount VALUES (5, {NOWHERE}, 1, 1, 'a', 'platform', 1)"),
    ("orphans_of_orders", f"INSERT INTO orders_purchasekey (lane, key, shopper_id, request_hash, purchase_id)"
     f" VALUES (5, '{UUID(int=1)}', 1, '', {NOWHERE})"),
    ("orphans_of_orders", f"INSERT INTO orders_shopperpurchase VALUES (5, {NOWHERE}, {NOWHERE}, 1, 'EUR', 1, now())"),
    ("orphans_of_orders", f"UPDATE ledger_transfer SET order_id = {NOWHERE} WHERE kind = 1"),
    ("orphans_of_goods", "UPDATE orders_orderline SET place_id = 1"),
    ("orphans_of_goods", "DELETE FROM identity_shopper WHERE id = (SELECT min(shopper_id) FROM orders_purchase)"),
    ("orphans_of_goods", "UPDATE inventory_stock SET place_id = 1"
     " WHERE id NOT IN (SELECT stock_id FROM orders_orderline)"),
    ("orphans_of_goods", f"INSERT INTO festivals_dealbuyer VALUES (5, {NOWHERE}, 1, 1, 1)"),
    ("states", f"UPDATE orders_order SET paid_at = paid_at + interval '1 s' WHERE id = {A_PAID}"),
    ("states", f"UPDATE orders_order SET state = 3 WHERE id = {A_PAID}"),
    ("my_purchases", "DELETE FROM orders_shopperpurchase WHERE state = 2"),
    ("my_purchases", "UPDATE orders_shopperpurchase SET state = 1 WHERE state = 6"),
    ("events", "DELETE FROM kernel_outbox WHERE kind = 2"),
    ("events", "UPDATE kernel_outbox SET kind = 3 WHERE kind = 4"),
    ("ids", "UPDATE merchants_merchant SET lane = lane + 1"),
    ("ids", "INSERT INTO ledger_account (lane, id, address, kind, currency) SELECT lane, id, 'a', 3, 'EUR'"
     " FROM orders_purchase LIMIT 1"),
    ("writers", "UPDATE kernel_writer SET batch_seq = 0"),
    ("writers", "UPDATE kernel_writer SET outbox_seq = 0"),
    ("writers", "UPDATE kernel_writer SET id_ms = 0"),
    ("writers", "UPDATE kernel_writer SET lane_to = 63"),
]  # fmt: skip


def run(statement: str) -> int:
    """Run a statement outside of any transaction, and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


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
    assert {check.detail for check in found.checks} == {""}


@pytest.mark.parametrize(("key", "damage"), DAMAGES, ids=[f"{key}-{at}" for at, (key, _) in enumerate(DAMAGES)])
def test_damage_turns_the_check_red_that_looks_for_it_and_no_other(key: str, damage: str) -> None:
    make_trade()
    assert run(damage) > 0

    assert red(verify_realm()) == [key]


def test_every_check_has_a_damage_that_it_sees() -> None:
    elsewhere = {plan.key for plan in PLANS if plan.needs} | {"durability"}

    assert {plan.key for plan in PLANS} - elsewhere == {key for key, _ in DAMAGES}


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


def test_progress_names_each_check_before_it_runs() -> None:
    make_trade()
    seen: list[Progress] = []

    found = verify_realm(on_progress=seen.append)

    assert [one.name for one in seen] == [check.name for check in found.checks]
    assert [one.done for one in seen] == list(range(len(found.checks)))
