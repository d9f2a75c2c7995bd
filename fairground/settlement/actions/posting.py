"""Moving what becomes of orders' money: transfers that each name their order, and the merchant's statement lines."""

from collections.abc import Sequence

from django.db import connection
from msgspec import Struct

from fairground.kernel.ids import lane_of
from fairground.kernel.writer import Turn
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.rules import AccountKind, AccountWanted, NewTransfer, TransferKind
from fairground.settlement.rows import ENTRY_ROWS
from fairground.settlement.rules.addresses import (
    commission_address,
    creator_address,
    discounts_address,
    duties_address,
    escrow_address,
    fee_tax_address,
    payable_address,
    reserve_address,
)
from fairground.settlement.rules.parting import Parts
from fairground.settlement.rules.payouts import EntryKind

# Seven transfers between eight accounts, and a line of the statement.
IDS_A_CHANGE_MAX = 16
_CREDIT, _FREE = AccountKind.CREDIT_NORMAL, AccountKind.FREE

Leg = tuple[AccountWanted, AccountWanted, int, TransferKind]


class Change(Struct, frozen=True):
    """What changes of an order's parts, and why; below nothing: back."""

    order_id: int
    merchant_id: int
    currency: str
    creator_id: int | None
    kind: EntryKind
    parts: Parts


def post_changes(*, turn: Turn, changes: Sequence[Change], now_ms: int) -> None:
    """Move the parts between their accounts, and write the merchants' statement lines.

    The caller holds the turn of the orders' lanes, and has reserved `IDS_A_CHANGE_MAX` ids a change.
    """
    legs = [(change, leg) for change in changes for leg in _legs(change)]
    accounts = open_accounts(
        turn=turn, wanted={account for _, (debit, credit, _, _) in legs for account in (debit, credit)}
    )
    ids = {key: account.id for key, account in accounts.items()}
    transfers = [
        NewTransfer(
            debit_account_id=ids[debit.lane, debit.address],
            credit_account_id=ids[credit.lane, credit.address],
            amount_minor=amount_minor,
            currency=change.currency,
            kind=kind,
            order_id=change.order_id,
            pending=False,
            lane=debit.lane,
        )
        for change, (debit, credit, amount_minor, kind) in legs
    ]
    post_transfers(turn=turn, transfers=transfers, now_ms=now_ms)
    _write_entries(turn, changes, now_ms)


def _write_entries(turn: Turn, changes: Sequence[Change], now_ms: int) -> None:
    rows = []
    for change in changes:
        lane, parts = lane_of(change.order_id), change.parts
        rows.append(
            ENTRY_ROWS.row(
                lane,
                turn.ids.draw(lane),
                change.merchant_id,
                change.currency.encode(),
                change.order_id,
                change.kind.value,
                now_ms,
                parts.escrow_minor,
                parts.discounts_minor,
                parts.commission_minor,
                parts.fee_tax_minor,
                parts.creator_minor,
                parts.reserve_minor,
                parts.payable_minor,
            )
        )
    with connection.cursor() as cursor:
        ENTRY_ROWS.write(cursor, rows)


def _legs(change: Change) -> list[Leg]:
    """From where to where each part goes: all to what the merchant is owed, and from there what others take.

    But duties: they go from escrow where they are kept, and back there before they are refunded.
    """
    lane, merchant_id, currency, parts = lane_of(change.order_id), change.merchant_id, change.currency, change.parts
    payable = AccountWanted(lane, payable_address(merchant_id, currency), _FREE, currency)
    escrow = AccountWanted(lane, escrow_address(merchant_id, currency), _CREDIT, currency)
    legs: list[Leg] = []

    def move(one: AccountWanted, other: AccountWanted, amount_minor: int, why: TransferKind) -> None:
        if amount_minor:
            debit, credit = (one, other) if amount_minor > 0 else (other, one)
            legs.append((debit, credit, abs(amount_minor), why))

    def into(address: str, kind: AccountKind, amount_minor: int, why: TransferKind) -> None:
        move(payable, AccountWanted(lane, address, kind, currency), amount_minor, why)

    move(escrow, payable, parts.escrow_minor, TransferKind.RELEASE)
    duties = AccountWanted(lane, duties_address(currency), _FREE, currency)
    move(escrow, duties, parts.duties_minor, TransferKind.DUTIES)
    into(discounts_address(currency), _FREE, -parts.discounts_minor, TransferKind.FUNDED_DISCOUNT)
    into(commission_address(currency), _FREE, parts.commission_minor, TransferKind.COMMISSION)
    into(fee_tax_address(currency), _FREE, parts.fee_tax_minor, TransferKind.FEE_TAX)
    if parts.creator_minor:
        assert change.creator_id is not None, change
        into(creator_address(change.creator_id, currency), _FREE, parts.creator_minor, TransferKind.CREATOR_PART)
    into(reserve_address(merchant_id, currency), _CREDIT, parts.reserve_minor, TransferKind.RESERVE)
    return legs
