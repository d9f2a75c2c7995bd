"""Money that the platform puts into a wallet, once: the transfer, for whatever is the reason."""

from fairground.identity.actions import hold_unerased
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import By, take_turn_soon
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn, writers_of_lanes
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.rules import AccountKind, AccountWanted, NewTransfer, TransferKind
from fairground.payments.rules import wallet_address

# Two accounts and a transfer.
_IDS_MAX = 3


class ShopperGone(Refusal):
    """The shopper is not there, or was erased: nobody has the wallet."""


def turn_of(shopper_id: int, by: By) -> Turn:
    """Take the turn in which a shopper's wallet is filled, as the first lock of a transaction.

    :raises ShopBusy: it was not had in time
    """
    writer_ids = writers_of_lanes([lane_of(shopper_id)])
    return take_turn_soon(writer_ids=writer_ids, now_ms=to_unix_ms(by.now), ids_max=_IDS_MAX, outbox_rows=0)


def pour(
    turn: Turn,
    *,
    shopper_id: int,
    source: str,
    source_kind: AccountKind,
    amount_minor: int,
    currency: str,
    kind: TransferKind,
    now_ms: int,
) -> int:
    """Move money from what the platform gives or owes (`source`) into a wallet, and return the transfer.

    :raises ShopperGone: the caller's transaction must not commit
    """
    lane = lane_of(shopper_id)
    given = AccountWanted(lane, source, source_kind, currency)
    wallet = AccountWanted(lane, wallet_address(shopper_id, currency), AccountKind.CREDIT_NORMAL, currency)
    accounts = open_accounts(turn=turn, wanted=[given, wallet])
    transfer = NewTransfer(
        debit_account_id=accounts[lane, given.address].id,
        credit_account_id=accounts[lane, wallet.address].id,
        amount_minor=amount_minor,
        currency=currency,
        kind=kind,
        order_id=None,
        pending=False,
        lane=lane,
    )
    (transfer_id,) = post_transfers(turn=turn, transfers=[transfer], now_ms=now_ms)
    if hold_unerased(shopper_ids=[shopper_id]):
        raise ShopperGone(shopper_id=shopper_id)
    return transfer_id
