"""What a refund gives back of a payment in dispute covers what the shopper's bank took: nobody is paid twice.

The bank has paid the shopper already. So the money goes from the wallet to the disputes' account, where the claim on it
stands, instead of to the provider. Where the dispute is won, the bank took its money from the shopper again: what was
covered is the shopper's, and goes back by the provider as any refund does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F

from fairground.checkout.actions.hold_wallets import wallet_of
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.keys import draw_key
from fairground.kernel.writer import Turn
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.rules import AccountKind, AccountWanted, NewTransfer, TransferKind
from fairground.payments.life import RefundState
from fairground.payments.models import Dispute, PaymentRefund
from fairground.payments.rules import disputes_address


@dataclass(frozen=True, slots=True)
class ForDispute:
    """So much of a payment in the wallet of its payer, which may be what a bank took already.

    `money_of` is the return that failed, and left it there.
    """

    payment_id: int
    payer_id: int
    currency: str
    amount_minor: int
    order_id: int | None = None
    money_of: int | None = None


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A refund whose money is in the wallet again, as the dispute that had taken it was won."""

    payment_id: int
    amount_minor: int
    order_id: int | None


def disputes_account(payment_id: int, currency: str) -> AccountWanted:
    """Return the slice of the disputes' account that a payment's covers are in."""
    return AccountWanted(lane_of(payment_id), disputes_address(currency), AccountKind.FREE, currency)


def cover_disputes(*, turn: Turn, found: Sequence[ForDispute], now_ms: int) -> list[int]:
    """Cover what banks took with money that lies in wallets, and return how much of each is not needed for that.

    The caller holds the turn of the payments and of the wallets, which must hold it, and has reserved three ids each.
    """
    claims = list(
        Dispute.objects.select_for_update()
        .filter(payment_id__in={one.payment_id for one in found}, taken_minor__gt=F("covered_minor"))
        .order_by("id")
    )
    left: list[int] = []
    parts: list[tuple[ForDispute, Dispute, int]] = []
    for one in found:
        rest_minor = one.amount_minor
        for claim in claims:
            part_minor = min(rest_minor, claim.taken_minor - claim.covered_minor)
            if (claim.payment_id, claim.currency) == (one.payment_id, one.currency) and part_minor > 0:
                claim.covered_minor += part_minor
                rest_minor -= part_minor
                parts.append((one, claim, part_minor))
        left.append(rest_minor)
    if parts:
        _write_covers(turn, parts, now_ms)
        for claim in claims:
            Dispute.objects.filter(pk=claim.pk).update(covered_minor=claim.covered_minor)
    return left


def _write_covers(turn: Turn, parts: Sequence[tuple[ForDispute, Dispute, int]], now_ms: int) -> None:
    wallets = [wallet_of(one.payer_id, one.currency) for one, _, _ in parts]
    claims = [disputes_account(one.payment_id, one.currency) for one, _, _ in parts]
    accounts = open_accounts(turn=turn, wanted={*wallets, *claims})
    transfers = [
        NewTransfer(
            debit_account_id=accounts[wallet.lane, wallet.address].id,
            credit_account_id=accounts[claim.lane, claim.address].id,
            amount_minor=minor,
            currency=one.currency,
            kind=TransferKind.DISPUTE_COVERED,
            order_id=one.order_id,
            pending=False,
            lane=wallet.lane if one.order_id is None else lane_of(one.order_id),
        )
        for (one, _, minor), wallet, claim in zip(parts, wallets, claims, strict=True)
    ]
    transfer_ids = post_transfers(turn=turn, transfers=transfers, now_ms=now_ms)
    at = from_unix_ms(now_ms)
    PaymentRefund.objects.bulk_create(
        PaymentRefund(
            lane=lane_of(one.payment_id),
            id=turn.ids.draw(lane_of(one.payment_id)),
            payment_id=one.payment_id,
            order_id=one.order_id,
            key=draw_key(now_ms=now_ms),
            amount_minor=minor,
            currency=one.currency,
            transfer_id=transfer_id,
            ref=dispute.ref[:128],
            state=RefundState.DONE.value,
            dispute_id=dispute.pk,
            money_of=one.money_of,
            at=at,
            ended_at=at,
        )
        for (one, dispute, minor), transfer_id in zip(parts, transfer_ids, strict=True)
    )


def uncover_dispute(*, turn: Turn, dispute: Dispute, owner_id: int, now_ms: int) -> list[Uncovered]:
    """Put all that covered a dispute into its owner's wallet again, and return what that was; the dispute's row is the
    caller's.
    """
    assert dispute.payment_id is not None, dispute.pk
    rows = list(
        PaymentRefund.objects.select_for_update()
        .filter(lane=lane_of(dispute.payment_id), payment_id=dispute.payment_id, dispute_id=dispute.pk)
        .filter(state=RefundState.DONE.value)
        .order_by("id")
    )
    wallet, claim = wallet_of(owner_id, dispute.currency), disputes_account(dispute.payment_id, dispute.currency)
    accounts = open_accounts(turn=turn, wanted=[wallet, claim])
    transfers = [
        NewTransfer(
            debit_account_id=accounts[claim.lane, claim.address].id,
            credit_account_id=accounts[wallet.lane, wallet.address].id,
            amount_minor=row.amount_minor,
            currency=row.currency,
            kind=TransferKind.DISPUTE_UNCOVERED,
            order_id=row.order_id,
            pending=False,
            lane=claim.lane if row.order_id is None else lane_of(row.order_id),
        )
        for row in rows
    ]
    for row, transfer_id in zip(rows, post_transfers(turn=turn, transfers=transfers, now_ms=now_ms), strict=True):
        PaymentRefund.objects.filter(pk=row.pk).update(state=RefundState.UNDONE.value, undone_transfer_id=transfer_id)
    return [Uncovered(row.payment_id, row.amount_minor, row.order_id) for row in rows]
