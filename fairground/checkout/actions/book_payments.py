"""Booking what a provider answered: what was taken goes into the wallet and pays from there, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from msgspec.structs import replace

from fairground.checkout.actions.hold_wallets import release_hold, wallet_of
from fairground.checkout.actions.pay_purchases import ORDERS_A_PURCHASE_MAX, pay_under_turn
from fairground.checkout.actions.return_payments import Return, write_returns
from fairground.checkout.actions.take_again import take_again
from fairground.checkout.rules.paying import Paid, PayRequest, PurchaseFacts, due_now
from fairground.checkout.rules.presales import Due
from fairground.checkout.turns import with_turn
from fairground.dashboard.actions import OrderFigures
from fairground.identity.queries import shoppers_now
from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.outbox import OUTBOX_ROWS, OutboxKind
from fairground.kernel.writer import Turn
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.rules import AccountKind, AccountWanted, NewTransfer, TransferKind
from fairground.orders.rules import Step
from fairground.payments.life import (
    UNDER_WAY,
    WAITING_MAX_MS,
    Facts,
    PaymentEnd,
    PaymentState,
    Verdict,
    Why,
    judge,
    next_look_ms,
)
from fairground.payments.models import Payment
from fairground.payments.providers.provider import Standing
from fairground.payments.reading import PaymentFacts, payment_by_id
from fairground.payments.rules import clearing_address

# Beside what paying draws: a transfer, a return, what was set aside, and the accounts between which they are.
_IDS_MAX = ORDERS_A_PURCHASE_MAX + 12
# What paying makes known, and that it was taken again or that the money goes back.
_EVENTS_MAX = 2
_HASH_BYTES = 16


class _NotPayable(Exception):  # noqa: N818 - rolls a savepoint back, never leaves this file
    """What is due is not what came in."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a provider took, and whose wallet it comes into."""

    payment: PaymentFacts
    purchase: PurchaseFacts | None
    standing: Standing
    payer_id: int


def book_answer(*, payment: PaymentFacts, standing: Standing | None, now_ms: int) -> PaymentFacts:
    """Write what a provider answered about a payment, and return the payment as it stands then.

    None: the provider never heard of it. Money that was taken goes into the payer's wallet once, whatever else; from
    there it pays the purchase, also one that expired where all of it can be taken again; else it goes back in full.
    An answer that changes nothing puts the next look off.
    """
    purchase_ids = [] if payment.purchase_id is None else [payment.purchase_id]
    people = {payment.shopper_id, shoppers_now(shopper_ids=[payment.shopper_id])[payment.shopper_id]}

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> PaymentFacts:
        now = payment_by_id(payment_id=payment.id)
        purchase = None if now.purchase_id is None else purchases[now.purchase_id]
        verdict = judge(_facts(now, purchase, now_ms), standing)
        if verdict.then is PaymentState.TAKEN:
            if now.state is not PaymentState.TAKEN:
                assert standing is not None, now
                payer_id = shoppers_now(shopper_ids=[now.shopper_id])[now.shopper_id]
                _take(turn, _Taken(now, purchase, standing, payer_id), verdict.why, now_ms)
        else:
            _move(turn, now, verdict, standing, now_ms)
        return payment_by_id(payment_id=payment.id)

    return with_turn(
        work,
        purchase_ids=purchase_ids,
        lanes=[payment.lane, *map(lane_of, people)],
        now_ms=now_ms,
        ids_max=_IDS_MAX,
        outbox_rows=_EVENTS_MAX,
    )


def _facts(payment: PaymentFacts, purchase: PurchaseFacts | None, now_ms: int) -> Facts:
    age_ms = now_ms - to_unix_ms(payment.begun_at)
    usable = purchase is None or _is_due(payment, _held_open(payment, purchase), now_ms)
    return Facts(payment.state, payment.amount_minor, payment.currency, age_ms, usable)


def _held_open(payment: PaymentFacts, purchase: PurchaseFacts) -> PurchaseFacts:
    """Return a presale whose balance may be paid as long as the sweep waits for this payment, begun in its window."""
    presale, begun_ms = purchase.presale, to_unix_ms(payment.begun_at)
    if presale is None or purchase.state != Step.DEPOSITED or begun_ms >= presale.balance_closes_at_ms:
        return purchase
    closes_ms = max(presale.balance_closes_at_ms, begun_ms + WAITING_MAX_MS)
    return replace(purchase, presale=replace(presale, balance_closes_at_ms=closes_ms))


def _is_due(payment: PaymentFacts, purchase: PurchaseFacts, now_ms: int) -> bool:
    due = due_now(purchase, now_ms=now_ms)
    return isinstance(due, Due) and due.amount_minor == payment.amount_minor + payment.wallet_minor


def _move(turn: Turn, payment: PaymentFacts, verdict: Verdict, standing: Standing | None, now_ms: int) -> None:
    """Take a payment on that was not taken (yet)."""
    then, moved = verdict.then, verdict.then is not payment.state
    if payment.state in UNDER_WAY and then not in UNDER_WAY:
        release_hold(turn, payment, now_ms=now_ms)
    tries = 0 if moved else payment.tries
    ended = then is PaymentState.ENDED
    look_ms = now_ms if moved and then in {PaymentState.CAPTURING, PaymentState.VOIDING} else None
    values = {
        "state": then.value,
        "why": (payment.why or verdict.why).value,
        "ref": (standing.ref[:128] if standing else "") or payment.ref,
        "redirect_url": standing.redirect_url[:2000] if standing and then is PaymentState.WAITING else "",
        "ended_at": (payment.ended_at or from_unix_ms(now_ms)) if ended else None,
        "look_at": None if ended else from_unix_ms(look_ms or next_look_ms(now_ms=now_ms, tries=tries)),
        "tries": min(tries + 1, 100),
    }
    _update(payment, values)


def _take(turn: Turn, taken: _Taken, why: Why, now_ms: int) -> None:
    """Bring the money into the wallet, and pay with it or send it back; the wallet's part is free for that again."""
    payment, standing = taken.payment, taken.standing
    clearing = AccountWanted(
        payment.lane,
        clearing_address(payment.provider, standing.currency),
        AccountKind.FREE,
        standing.currency,
    )
    wallet = wallet_of(taken.payer_id, standing.currency)
    accounts = open_accounts(turn=turn, wanted={clearing, wallet})
    came_in = NewTransfer(
        debit_account_id=accounts[clearing.lane, clearing.address].id,
        credit_account_id=accounts[wallet.lane, wallet.address].id,
        amount_minor=standing.amount_minor,
        currency=standing.currency,
        kind=TransferKind.PROVIDER_CAPTURE,
        order_id=None,
        pending=False,
        lane=payment.lane,
    )
    (transfer_id,) = post_transfers(turn=turn, transfers=[came_in], now_ms=now_ms)
    if payment.state in UNDER_WAY:
        release_hold(turn, payment, now_ms=now_ms)
    end = _use(turn, taken, why, now_ms)
    _update(
        payment,
        {
            "state": PaymentState.TAKEN.value,
            "end": end.value,
            "why": ((why or Why.NOT_PAYABLE) if end is PaymentEnd.RETURNED else Why.NONE).value,
            "ref": standing.ref[:128] or payment.ref,
            "captured_minor": standing.amount_minor,
            "captured_currency": standing.currency,
            "transfer_id": transfer_id,
            "redirect_url": "",
            "ended_at": from_unix_ms(now_ms),
            "look_at": None,
        },
    )
    if end is PaymentEnd.RETURNED:
        back = Return(payment.id, payment.provider, taken.payer_id, standing.currency, standing.amount_minor)
        write_returns(turn=turn, returns=[back], now_ms=now_ms)
    _tell(turn, payment, end, now_ms)


def _use(turn: Turn, taken: _Taken, why: Why, now_ms: int) -> PaymentEnd:
    """Pay what the money came for, where it can; nothing is decided by who asked, only by what stands in the books."""
    if why not in {Why.NONE, Why.NOT_PAYABLE}:
        return PaymentEnd.RETURNED
    if taken.purchase is None:
        return PaymentEnd.TOPPED_UP
    purchase = _held_open(taken.payment, taken.purchase)
    late = purchase.state in {Step.PLACED, Step.EXPIRED} and purchase.pay_before_ms <= now_ms
    try:
        with transaction.atomic():
            figures: list[OrderFigures] = []
            if purchase.state == Step.EXPIRED:
                if purchase.presale is not None and purchase.presale.deposited_at_ms is not None:
                    raise _NotPayable  # what became of its deposit is settled for good
                purchase, figures = take_again(purchase)
            if late:
                purchase = replace(purchase, pay_before_ms=now_ms + 1)
            if not _is_due(taken.payment, purchase, now_ms):
                raise _NotPayable
            request = _pay_request(taken.payment, purchase)
            (outcome,) = pay_under_turn(
                turn, [request], {purchase.purchase_id: purchase}, now_ms=now_ms, beside=figures
            )
            if not isinstance(outcome, Paid):
                raise _NotPayable
    except (IntegrityError, _NotPayable):
        return PaymentEnd.RETURNED
    return PaymentEnd.PAID_LATE if late else PaymentEnd.PAID


def _pay_request(payment: PaymentFacts, purchase: PurchaseFacts) -> PayRequest:
    return PayRequest(
        shopper_id=purchase.shopper_id,
        key=payment.key.bytes,
        request_hash=payment.id.to_bytes(_HASH_BYTES),
        purchase_id=purchase.purchase_id,
        amount_minor=payment.amount_minor + payment.wallet_minor,
        currency=payment.currency,
    )


def _tell(turn: Turn, payment: PaymentFacts, end: PaymentEnd, now_ms: int) -> None:
    """Make known what became of a purchase otherwise than by paying it in time; its own events come before."""
    kinds = {
        PaymentEnd.PAID_LATE: OutboxKind.PURCHASE_TAKEN_AGAIN,
        PaymentEnd.RETURNED: OutboxKind.PAYMENT_RETURNED,
    }
    if payment.purchase_id is None or end not in kinds:
        return
    row = OUTBOX_ROWS.row(turn.writer_id, turn.outbox_seq + _EVENTS_MAX, kinds[end].value, payment.purchase_id, now_ms)
    with connection.cursor() as cursor:
        OUTBOX_ROWS.write(cursor, [row])


def _update(payment: PaymentFacts, values: Mapping[str, object]) -> None:
    rows = Payment.objects.filter(pk=(payment.lane, payment.id), state=payment.state.value)
    assert rows.update(**values) == 1, payment
