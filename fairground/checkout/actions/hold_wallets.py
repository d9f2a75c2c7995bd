"""Setting the wallet's part of a payment aside while a provider takes the rest, and letting it go again."""

from fairground.checkout.rules.paying import InsufficientFunds, PurchaseFacts
from fairground.identity.queries import shoppers_now
from fairground.kernel.ids import lane_of
from fairground.kernel.writer import Turn
from fairground.ledger.actions import end_transfers, open_accounts, post_transfers
from fairground.ledger.models import Transfer
from fairground.ledger.queries import balances
from fairground.ledger.rules import (
    AccountKind,
    AccountWanted,
    NewTransfer,
    TransferEnding,
    TransferKind,
    TransferOutcome,
)
from fairground.payments.reading import PaymentFacts
from fairground.payments.rules import held_address, wallet_address


def wallet_of(shopper_id: int, currency: str) -> AccountWanted:
    """Return a shopper's wallet, as an account that must exist."""
    return AccountWanted(lane_of(shopper_id), wallet_address(shopper_id, currency), AccountKind.CREDIT_NORMAL, currency)


def hold_wallet(turn: Turn, purchase: PurchaseFacts, amount_minor: int, *, now_ms: int) -> int:
    """Set so much of the payer's wallet aside, and return the pending transfer; the caller holds the payer's turn.

    :raises InsufficientFunds: less is available
    """
    payer_id, currency = purchase.payer_id, purchase.currency
    wallet = wallet_of(payer_id, currency)
    state = balances([(wallet.lane, wallet.address)]).get((wallet.lane, wallet.address))
    available_minor = state.available_minor if state else 0
    if state is None or available_minor < amount_minor:
        raise InsufficientFunds(available_minor=available_minor, total_minor=amount_minor)
    held = AccountWanted(wallet.lane, held_address(payer_id, currency), AccountKind.CREDIT_NORMAL, currency)
    into = open_accounts(turn=turn, wanted=[held])[held.lane, held.address]
    transfer = NewTransfer(
        debit_account_id=state.id,
        credit_account_id=into.id,
        amount_minor=amount_minor,
        currency=currency,
        kind=TransferKind.WALLET_HOLD,
        order_id=None,
        pending=True,
        lane=wallet.lane,
    )
    (hold_id,) = post_transfers(turn=turn, transfers=[transfer], now_ms=now_ms)
    return hold_id


def release_hold(turn: Turn, payment: PaymentFacts, *, now_ms: int) -> None:
    """Let what was set aside for a payment go; of a guest that went into another shopper, into that one's wallet."""
    if payment.hold_id is None:
        return
    end_transfers(turn=turn, ends=[TransferEnding(payment.hold_id, TransferOutcome.VOIDED)], now_ms=now_ms)
    held_from = Transfer.objects.get(pk=(lane_of(payment.hold_id), payment.hold_id)).debit_account_id
    wallet = wallet_of(shoppers_now(shopper_ids=[payment.shopper_id])[payment.shopper_id], payment.currency)
    into = open_accounts(turn=turn, wanted=[wallet])[wallet.lane, wallet.address]
    if into.id != held_from:
        moved = NewTransfer(
            debit_account_id=held_from,
            credit_account_id=into.id,
            amount_minor=payment.wallet_minor,
            currency=payment.currency,
            kind=TransferKind.MERGE,
            order_id=None,
            pending=False,
            lane=lane_of(held_from),
        )
        post_transfers(turn=turn, transfers=[moved], now_ms=now_ms)
