"""Settling what ended deposits leave between merchant and platform: forfeits are paid out, penalties are taken off."""

from collections.abc import Sequence

from django.db import connection, transaction

from fairground.kernel.ids import lane_of
from fairground.kernel.sql import array_text, load_sql
from fairground.kernel.writer import Turn, take_turn, writers_of_lanes
from fairground.ledger.rules import AccountKind, TransferKind
from fairground.settlement.actions.other_lines import IDS_A_LINE_MAX, OtherLine, post_other_lines
from fairground.settlement.actions.release_orders import lanes_of_writers
from fairground.settlement.due import DepositOwed, deposits_due_among, next_deposits_due
from fairground.settlement.models import DepositDue
from fairground.settlement.rules.addresses import forfeits_address, owed_penalties_address
from fairground.settlement.rules.payouts import EntryKind

# The turn is held for some tens of milliseconds, as with releases beside a sale.
DEPOSITS_A_BATCH_MAX = 500


def note_deposits(deposits: Sequence[DepositOwed]) -> None:
    """Write down what of these deposits is to be settled, in the transaction in which they end."""
    DepositDue.objects.bulk_create(
        DepositDue(
            lane=lane_of(one.order_id),
            order_id=one.order_id,
            merchant_id=one.merchant_id,
            currency=one.currency,
            kind=one.kind.value,
            amount_minor=one.amount_minor,
        )
        for one in deposits
    )


def settle_deposits(*, now_ms: int) -> int:
    """Bring the deposits that ended into what their merchants are owed, and return how many.

    Each is a line of the merchant's statement, whole: no commission is taken of a forfeit, as nothing was sold. Those
    of merchants that are held wait. Each batch is a transaction under the turn of one writer, in which what is settled
    is no longer due: after a kill the rest still is, and nothing is settled twice (INV-35).
    """
    done = 0
    for lanes in lanes_of_writers():
        last_id = None
        # Nobody holds a turn for nothing.
        while due := next_deposits_due(lanes=lanes, after_id=last_id, deposits_max=DEPOSITS_A_BATCH_MAX):
            last_id = due[-1]
            done += settle_these(order_ids=due, now_ms=now_ms)
    return done


def settle_these(*, order_ids: Sequence[int], now_ms: int) -> int:
    """Settle those of these orders' deposits that are due, in one transaction, also what was set aside."""
    with transaction.atomic(durable=True):
        writer_ids = writers_of_lanes(map(lane_of, order_ids))
        turn = take_turn(writer_ids=writer_ids, now_ms=now_ms, ids_max=IDS_A_LINE_MAX * len(order_ids), outbox_rows=0)
        due = deposits_due_among(order_ids)
        _settle(turn, due, now_ms)
    return len(due)


def _settle(turn: Turn, due: Sequence[DepositOwed], now_ms: int) -> None:
    ids = [one.order_id for one in due]
    with connection.cursor() as cursor:
        keys = {"lanes": array_text(map(lane_of, ids)), "ids": array_text(ids)}
        cursor.execute(load_sql("settlement", "forget_deposits_due"), keys)
    post_other_lines(turn=turn, lines=[_line(one) for one in due], now_ms=now_ms)


def _line(one: DepositOwed) -> OtherLine:
    if one.kind is EntryKind.FORFEIT:
        address, account_kind, sign = forfeits_address(one.merchant_id, one.currency), AccountKind.CREDIT_NORMAL, 1
    else:
        address, account_kind, sign = (
            owed_penalties_address(one.merchant_id, one.currency),
            AccountKind.DEBIT_NORMAL,
            -1,
        )
    return OtherLine(
        merchant_id=one.merchant_id,
        currency=one.currency,
        kind=one.kind,
        amount_minor=sign * one.amount_minor,
        order_id=one.order_id,
        address=address,
        account_kind=account_kind,
        why=TransferKind.DEPOSIT_SETTLED,
    )
