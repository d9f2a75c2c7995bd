"""Writing how the return of taken money ended, also when it came back from the provider after it had arrived."""

from django.db import transaction

from fairground.checkout.actions.cover_disputes import ForDispute, cover_disputes
from fairground.checkout.actions.hold_wallets import wallet_of
from fairground.identity.queries import shoppers_now
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.writer import Turn, take_turn, writers_of_lanes
from fairground.ledger.actions import end_transfers, open_accounts, post_transfers
from fairground.ledger.models import Transfer
from fairground.ledger.rules import NewTransfer, TransferEnding, TransferKind, TransferOutcome
from fairground.payments.life import RefundState
from fairground.payments.models import PaymentRefund
from fairground.payments.reading import RefundFacts

# A transfer, a wallet that nobody opened yet, and what covers a dispute.
_IDS_MAX = 8


def end_return(*, refund: RefundFacts, then: RefundState, ref: str, now_ms: int) -> None:
    """Write how a return ended: done, failed, or undone after it was done; what has ended otherwise stays.

    Done: its transfer is posted. Failed: it is voided. Undone: as much comes back from the provider. What is with the
    shopper again is in the wallet of whoever that is now: a guest may have gone into another shopper meanwhile. Of a
    payment in dispute it covers what the bank took.
    """
    shopper_id = refund.payment.shopper_id
    carried = Transfer.objects.get(pk=(lane_of(refund.transfer_id), refund.transfer_id))
    lanes = {lane_of(refund.id), carried.lane, lane_of(carried.debit_account_id), lane_of(carried.credit_account_id)}
    is_written = False
    while not is_written:
        owner_id = shoppers_now(shopper_ids=[shopper_id])[shopper_id]
        writer_ids = writers_of_lanes([*lanes, lane_of(owner_id)])
        with transaction.atomic(durable=True):
            turn = take_turn(writer_ids=writer_ids, now_ms=now_ms, ids_max=_IDS_MAX, outbox_rows=0)
            # The turn keeps others out from here on; whose the wallet is may have changed before.
            is_written = shoppers_now(shopper_ids=[shopper_id])[shopper_id] == owner_id
            if is_written:
                _write(turn, refund, carried, owner_id, then, ref, now_ms)


def _write(
    turn: Turn, refund: RefundFacts, carried: Transfer, owner_id: int, then: RefundState, ref: str, now_ms: int
) -> None:
    row = PaymentRefund.objects.filter(pk=(lane_of(refund.id), refund.id), state=refund.state.value)
    if not row.select_for_update().exists():
        return
    if then is RefundState.UNDONE:
        transfer_id = _move(turn, carried, owner_id, carried.credit_account_id, TransferKind.RETURN_UNDONE, now_ms)
        values: dict[str, object] = {"state": then.value, "undone_transfer_id": transfer_id, "look_at": None}
        row.update(**values)
        _cover(turn, refund, owner_id, now_ms)
        return
    outcome = TransferOutcome.POSTED if then is RefundState.DONE else TransferOutcome.VOIDED
    row.update(state=then.value, ref=ref[:128], ended_at=from_unix_ms(now_ms), look_at=None)
    end_transfers(turn=turn, ends=[TransferEnding(refund.transfer_id, outcome)], now_ms=now_ms)
    if then is RefundState.FAILED:
        _move(turn, carried, owner_id, carried.debit_account_id, TransferKind.MERGE, now_ms)
        _cover(turn, refund, owner_id, now_ms)


def _cover(turn: Turn, refund: RefundFacts, owner_id: int, now_ms: int) -> None:
    """A provider refuses to return what the shopper's bank took: then it is for that, and not to be spent."""
    found = ForDispute(refund.payment.id, owner_id, refund.currency, refund.amount_minor, _order_of(refund), refund.id)
    cover_disputes(turn=turn, found=[found], now_ms=now_ms)


def _order_of(refund: RefundFacts) -> int | None:
    return PaymentRefund.objects.get(pk=(lane_of(refund.id), refund.id)).order_id


def _move(
    turn: Turn, carried: Transfer, owner_id: int, from_account_id: int, kind: TransferKind, now_ms: int
) -> int | None:
    """Move what a return carried into the owner's wallet, and return the transfer; None where it lies there."""
    wallet = wallet_of(owner_id, carried.currency)
    into = open_accounts(turn=turn, wanted=[wallet])[wallet.lane, wallet.address]
    if into.id == from_account_id:
        return None
    is_merge = kind is TransferKind.MERGE
    moved = NewTransfer(
        debit_account_id=from_account_id,
        credit_account_id=into.id,
        amount_minor=carried.amount_minor,
        currency=carried.currency,
        kind=kind,
        order_id=None if is_merge else carried.order_id,
        pending=False,
        lane=lane_of(from_account_id) if is_merge else carried.lane,
    )
    (transfer_id,) = post_transfers(turn=turn, transfers=[moved], now_ms=now_ms)
    return transfer_id
