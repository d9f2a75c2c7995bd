"""Sending what a provider took back to it: written down with the pending transfer that carries it, then asked for."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import F

from fairground.checkout.actions.cover_disputes import ForDispute, cover_disputes
from fairground.checkout.actions.end_returns import end_return
from fairground.checkout.actions.hold_wallets import wallet_of
from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.keys import draw_key
from fairground.kernel.writer import Turn
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.rules import (
    AccountKind,
    AccountWanted,
    NewTransfer,
    TransferKind,
)
from fairground.payments.disputes import payments_claimed
from fairground.payments.life import RefundState, next_look_ms
from fairground.payments.models import PaymentRefund
from fairground.payments.providers.provider import Provider, ProviderRefused, ProviderShort, ProviderUnreachable
from fairground.payments.reading import RefundFacts, Returnable, refund_under_way, returnable_of
from fairground.payments.rules import clearing_address

logger = logging.getLogger(__name__)

# So long a provider is asked for what it says it can't return now: half of the fourteen days within which it is due
# (Directive 2011/83/EU, Art. 13(1)). Then the money stays in the wallet, where it can be spent.
SHORT_MAX_MS = 7 * 86_400_000


@dataclass(frozen=True, slots=True)
class GoingBack:
    """What came out of escrow into the payer's wallet just now, for one order of a purchase."""

    purchase_id: int
    order_id: int
    payer_id: int
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Return:
    """So much of a payment that goes from a wallet back to its provider; `again_of` is a return of it that failed."""

    payment_id: int
    provider: str
    payer_id: int
    currency: str
    amount_minor: int
    order_id: int | None = None
    again_of: int | None = None


def return_to_providers(*, turn: Turn, backs: Sequence[GoingBack], now_ms: int) -> Mapping[int, int]:
    """Send on what providers paid of purchases from the wallets into which it came back; the rest stays there.

    What a provider paid goes back first, never more than it took; of two payments the one in dispute is before the
    other. Part of the transaction that paid back; the caller holds the turn of the purchases, the orders and the
    payers, and has reserved six ids a back and payment. It returns how much covers disputes, in minor units by order.
    """
    left: dict[int, int] = {}
    returns: list[Return] = []
    payments = _disputed_first(returnable_of(purchase_ids={one.purchase_id for one in backs}))
    for back in backs:
        rest_minor = back.amount_minor
        for one in payments.get(back.purchase_id, ()):
            left_minor = left.get(one.payment_id, one.left_minor)
            part_minor = min(rest_minor, left_minor)
            if part_minor <= 0 or one.currency != back.currency:
                continue
            rest_minor -= part_minor
            left[one.payment_id] = left_minor - part_minor
            returns.append(
                Return(one.payment_id, one.provider, back.payer_id, back.currency, part_minor, back.order_id)
            )
    return write_returns(turn=turn, returns=returns, now_ms=now_ms)


def _disputed_first(payments: Mapping[int, Sequence[Returnable]]) -> Mapping[int, Sequence[Returnable]]:
    ids = [one.payment_id for some in payments.values() if len(some) > 1 for one in some]
    claimed = payments_claimed(payment_ids=ids) if ids else set()
    return {key: sorted(some, key=lambda one: one.payment_id not in claimed) for key, some in payments.items()}


def write_returns(*, turn: Turn, returns: Sequence[Return], now_ms: int) -> Mapping[int, int]:
    """Write returns and the pending transfers that carry them; the wallets must hold them, and providers be told.

    Of a payment in dispute they cover what the bank took first, and no provider is told of that. It returns how much of
    them does, in minor units by order.
    """
    covered: Counter[int] = Counter()
    if not returns:
        return covered
    found = [ForDispute(one.payment_id, one.payer_id, one.currency, one.amount_minor, one.order_id) for one in returns]
    left = list(zip(returns, cover_disputes(turn=turn, found=found, now_ms=now_ms), strict=True))
    for one, left_minor in left:
        if one.order_id is not None:
            covered[one.order_id] += one.amount_minor - left_minor
    returns = [replace(one, amount_minor=left_minor) for one, left_minor in left if left_minor]
    if returns:
        _write_returns(turn, returns, now_ms)
    return covered


def _write_returns(turn: Turn, returns: Sequence[Return], now_ms: int) -> None:
    clearings = {
        one: AccountWanted(
            lane_of(one.payment_id),
            clearing_address(one.provider, one.currency),
            AccountKind.FREE,
            one.currency,
        )
        for one in returns
    }
    wallets = {one: wallet_of(one.payer_id, one.currency) for one in returns}
    accounts = open_accounts(turn=turn, wanted={*clearings.values(), *wallets.values()})
    transfers = [
        NewTransfer(
            debit_account_id=accounts[wallets[one].lane, wallets[one].address].id,
            credit_account_id=accounts[clearings[one].lane, clearings[one].address].id,
            amount_minor=one.amount_minor,
            currency=one.currency,
            kind=TransferKind.PROVIDER_RETURN,
            order_id=one.order_id,
            pending=True,
            lane=wallets[one].lane if one.order_id is None else lane_of(one.order_id),
        )
        for one in returns
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
            amount_minor=one.amount_minor,
            currency=one.currency,
            transfer_id=transfer_id,
            state=RefundState.ASKING.value,
            at=at,
            look_at=at,
            again_of=one.again_of,
        )
        for one, transfer_id in zip(returns, transfer_ids, strict=True)
    )


def attend_refund(*, refund_id: int, providers: Mapping[str, Provider], clock_ms: Callable[[], int]) -> bool:
    """Ask a provider to return what goes back to it, and write what it answered; return whether it is over now.

    Returned: the pending transfer is posted. Refused for good, or for `SHORT_MAX_MS`: it is voided, and the money
    stays in the wallet.
    Either is booked at the moment that `clock_ms` tells after the answer.
    """
    refund = refund_under_way(refund_id=refund_id)
    if refund is None:
        return True
    provider = providers.get(refund.payment.provider)
    if provider is None:
        return _put_off(refund, clock_ms())
    try:
        answer = provider.refund(
            refund_key=refund.key.hex,
            ref=refund.payment.ref,
            amount_minor=refund.amount_minor,
            currency=refund.currency,
        )
    except ProviderShort as refusal:
        # An operator can mend it; but nobody waits for money that nobody sends.
        logger.warning("return %s: the provider says not now: %s", refund.id, refusal.facts.get("reason"))
        if clock_ms() - to_unix_ms(refund.at) >= SHORT_MAX_MS:
            return _end(refund, RefundState.FAILED, "", clock_ms())
        return _put_off(refund, clock_ms())
    except ProviderUnreachable:
        return _put_off(refund, clock_ms())
    except ProviderRefused:
        return _end(refund, RefundState.FAILED, "", clock_ms())
    if answer.failed:
        return _end(refund, RefundState.FAILED, answer.ref, clock_ms())
    if (answer.amount_minor, answer.currency) != (refund.amount_minor, refund.currency):
        # Nobody knows which of the two is true: a person has to look, and nothing is booked until it is said again.
        logger.error("payment %s: another amount was returned than refund %s asks", refund.payment.id, refund.id)
        return _put_off(refund, clock_ms(), differs=True)
    return _end(refund, RefundState.DONE, answer.ref, clock_ms()) if answer.done else _put_off(refund, clock_ms())


def _end(refund: RefundFacts, then: RefundState, ref: str, now_ms: int) -> bool:
    """End a return; one that had arrived ends otherwise only where the provider names the return that failed."""
    if refund.state is RefundState.ASKING:
        end_return(refund=refund, then=then, ref=ref, now_ms=now_ms)
    elif then is RefundState.FAILED and ref:
        logger.error("return %s had arrived, and came back from the provider", refund.id)
        end_return(refund=refund, then=RefundState.UNDONE, ref=ref, now_ms=now_ms)
    else:
        PaymentRefund.objects.filter(pk=(lane_of(refund.id), refund.id), state=refund.state.value).update(look_at=None)
    return True


def put_off_refund(*, refund_id: int, now_ms: int) -> None:
    """Let a return be due later, before it is attended: so what kills its process is not tried again at once."""
    refund = refund_under_way(refund_id=refund_id)
    if refund is not None:
        _put_off(refund, now_ms)


def _put_off(refund: RefundFacts, now_ms: int, *, differs: bool = False) -> bool:
    again = from_unix_ms(next_look_ms(now_ms=now_ms, tries=refund.tries))
    still = PaymentRefund.objects.filter(pk=(lane_of(refund.id), refund.id), state=refund.state.value)
    still.filter(tries__lt=100).update(tries=F("tries") + 1)
    still.update(look_at=again)
    if differs:
        still.update(differs=True)
    return False
