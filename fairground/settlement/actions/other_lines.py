"""Moving what merchant and platform owe each other beside the parts of orders, with statement lines of its own."""

from collections.abc import Sequence

from msgspec import Struct

from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.writer import Turn
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.rules import AccountKind, AccountWanted, NewTransfer, TransferKind
from fairground.settlement.models import Entry
from fairground.settlement.rules.addresses import payable_address
from fairground.settlement.rules.payouts import EntryKind

# A transfer between two accounts, and a line of the statement.
IDS_A_LINE_MAX = 4


class OtherLine(Struct, frozen=True):
    """What changes for a merchant, below nothing: taken; the other account is where it comes from, or goes to."""

    merchant_id: int
    currency: str
    kind: EntryKind
    amount_minor: int
    order_id: int | None
    address: str
    account_kind: AccountKind
    why: TransferKind


class Posted(Struct, frozen=True):
    """The ids of a line and of its transfer."""

    entry_id: int
    transfer_id: int


def post_other_lines(*, turn: Turn, lines: Sequence[OtherLine], now_ms: int) -> list[Posted]:
    """Move each line's amount and write the lines, and return their ids in this order.

    The caller holds the turn of the merchants' lanes, and has reserved `IDS_A_LINE_MAX` ids a line.
    """
    pairs = [_accounts(line) for line in lines]
    accounts = open_accounts(turn=turn, wanted={account for pair in pairs for account in pair})
    transfers = []
    for line, (payable, other) in zip(lines, pairs, strict=True):
        debit, credit = (other, payable) if line.amount_minor > 0 else (payable, other)
        transfers.append(
            NewTransfer(
                debit_account_id=accounts[debit.lane, debit.address].id,
                credit_account_id=accounts[credit.lane, credit.address].id,
                amount_minor=abs(line.amount_minor),
                currency=line.currency,
                kind=line.why,
                order_id=line.order_id,
                pending=False,
                lane=payable.lane,
            )
        )
    transfer_ids = post_transfers(turn=turn, transfers=transfers, now_ms=now_ms)
    entries = [_entry(turn, line, now_ms) for line in lines]
    Entry.objects.bulk_create(entries)
    return [Posted(entry.id, transfer_id) for entry, transfer_id in zip(entries, transfer_ids, strict=True)]


def _accounts(line: OtherLine) -> tuple[AccountWanted, AccountWanted]:
    lane = lane_of(line.merchant_id)
    payable = AccountWanted(lane, payable_address(line.merchant_id, line.currency), AccountKind.FREE, line.currency)
    return payable, AccountWanted(lane, line.address, line.account_kind, line.currency)


def _entry(turn: Turn, line: OtherLine, now_ms: int) -> Entry:
    lane = lane_of(line.merchant_id)
    return Entry(
        lane=lane,
        id=turn.ids.draw(lane),
        merchant_id=line.merchant_id,
        currency=line.currency,
        order_id=line.order_id,
        kind=line.kind.value,
        escrow_minor=0,
        discounts_minor=0,
        commission_minor=0,
        fee_tax_minor=0,
        creator_minor=0,
        reserve_minor=0,
        other_minor=line.amount_minor,
        payable_minor=line.amount_minor,
        at=from_unix_ms(now_ms),
    )
