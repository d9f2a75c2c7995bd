"""Beginning a payment with a provider: it is written down with its key before the provider hears of it.

The wallet's part of a payment is set aside by a pending transfer, so that it is not spent meanwhile, and a reservation
lasts longer, once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from fairground.checkout.actions.end_purchases import extend_under_turn
from fairground.checkout.actions.hold_wallets import hold_wallet, release_hold
from fairground.checkout.rules.paying import PurchaseFacts, UnknownPurchase, WrongAmount, due_now
from fairground.checkout.turns import with_turn
from fairground.identity.actions import hold_unerased
from fairground.identity.queries import shoppers_now
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import take_turn_soon
from fairground.kernel.ids import lane_of
from fairground.kernel.keys import draw_key
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn, writers_of_lanes
from fairground.markets.queries import market_currencies
from fairground.payments.life import LOOK_FIRST_MS, PaymentState, Why
from fairground.payments.models import Payment
from fairground.payments.reading import (
    PaymentFacts,
    payment_by_id,
    payment_of_key,
    payment_under_way,
    top_ups_under_way,
)

# Against a typing error: a wallet is for shopping, and nobody is refused a purchase by this.
TOP_UP_MAX_MINOR = 100_000_000
# Each is asked for again and again until it is over.
TOP_UPS_UNDER_WAY_MAX = 3
# A payment, an account and a transfer of what is set aside; and what was set aside before goes back.
_IDS_MAX = 8


class PaymentUnderWay(Refusal):
    """A provider is taking the money for this purchase at this moment."""


class NothingLeftToPay(Refusal):
    """The wallet's part would be all of it, so no provider is needed."""


class NoSuchTopUp(Refusal):
    """A wallet can't be filled by this: the amount or the currency is none that it may be, or the key is used."""


class TooManyTopUps(Refusal):
    """So many payments of this shopper that fill a wallet are not over yet."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a provider is going to be asked for."""

    lane: int
    key: UUID
    shopper_id: int
    provider: str
    amount_minor: int
    currency: str


def begin_payment(
    *, purchase_id: int, shopper_id: int, provider: str, due_minor: int, wallet_minor: int, now_ms: int
) -> PaymentFacts:
    """Write down that what is due of a purchase is paid by a provider, less the wallet's part, and return the payment.

    The same again returns the one under way; another one is given up for it. `due_minor` is what the shopper saw.

    :raises UnknownPurchase: there is none, or it is another shopper's
    :raises AlreadyPaid: as `due_now` says, and so `PurchaseEnded`, `BalanceNotOpen`, `BalanceClosed`
    :raises WrongAmount: something else is due, or the wallet's part is below nothing
    :raises NothingLeftToPay: the wallet's part is all of it
    :raises InsufficientFunds: the wallet holds less than its part
    :raises PaymentUnderWay: a provider is taking the money for it now
    :raises ShopBusy: the writer's turn was not had in time; in every case nothing changed
    """

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> PaymentFacts:
        purchase = purchases.get(purchase_id)
        if purchase is None or purchase.shopper_id != shopper_id:
            raise UnknownPurchase(purchase_id=purchase_id)
        due = due_now(purchase, now_ms=now_ms)
        if isinstance(due, Refusal):
            raise due
        if due.amount_minor != due_minor or wallet_minor < 0:
            raise WrongAmount(offered_minor=due_minor, total_minor=due.amount_minor)
        if wallet_minor >= due_minor:
            raise NothingLeftToPay(purchase_id=purchase_id)
        before = payment_under_way(purchase_id=purchase_id)
        if before is not None:
            same = (before.provider, before.amount_minor, before.wallet_minor)
            if same == (provider, due_minor - wallet_minor, wallet_minor):
                return before
            if before.state is PaymentState.CAPTURING:
                raise PaymentUnderWay(purchase_id=purchase_id)
            _give_up(turn, before, now_ms)
        hold_id = hold_wallet(turn, purchase, wallet_minor, now_ms=now_ms) if wallet_minor else None
        extend_under_turn(purchase_id=purchase_id)
        asked = _Asked(
            lane=lane_of(purchase_id),
            key=draw_key(now_ms=now_ms),
            shopper_id=shopper_id,
            provider=provider,
            amount_minor=due_minor - wallet_minor,
            currency=purchase.currency,
        )
        payment = _write(turn, asked, now_ms, purchase_id=purchase_id, wallet_minor=wallet_minor, hold_id=hold_id)
        if hold_unerased(shopper_ids={shopper_id, purchase.payer_id}):
            raise UnknownPurchase(purchase_id=purchase_id)
        return payment

    return with_turn(
        work,
        purchase_ids=[purchase_id],
        lanes=[lane_of(shopper_id)],
        now_ms=now_ms,
        ids_max=_IDS_MAX,
        outbox_rows=0,
        by_hand=True,
    )


def begin_top_up(
    *, shopper_id: int, provider: str, amount_minor: int, currency: str, key: UUID, now_ms: int
) -> PaymentFacts:
    """Write down that a provider fills a shopper's wallet, and return the payment; the same key again returns it.

    :raises NoSuchTopUp: the amount is not above 0 and at most `TOP_UP_MAX_MINOR`, no market has the currency, the key
        stands for something else, or the shopper is not there any more
    :raises TooManyTopUps: `TOP_UPS_UNDER_WAY_MAX` of the shopper's are not over
    :raises ShopBusy: the writer's turn was not had in time; in every case nothing changed
    """
    if not 0 < amount_minor <= TOP_UP_MAX_MINOR or currency not in market_currencies().values():
        raise NoSuchTopUp(amount_minor=amount_minor, currency=currency)
    shopper_id = shoppers_now(shopper_ids=[shopper_id])[shopper_id]
    lane = lane_of(shopper_id)
    with transaction.atomic(durable=True):
        turn = take_turn_soon(writer_ids=writers_of_lanes([lane]), now_ms=now_ms, ids_max=_IDS_MAX, outbox_rows=0)
        before = payment_of_key(key=key)
        if before is not None:
            asked = (before.shopper_id, before.purchase_id, before.provider, before.amount_minor, before.currency)
            if asked != (shopper_id, None, provider, amount_minor, currency):
                raise NoSuchTopUp(amount_minor=amount_minor, currency=currency)
            return before
        if top_ups_under_way(shopper_id=shopper_id) >= TOP_UPS_UNDER_WAY_MAX:
            raise TooManyTopUps(at_once_max=TOP_UPS_UNDER_WAY_MAX)
        payment = _write(turn, _Asked(lane, key, shopper_id, provider, amount_minor, currency), now_ms)
        if hold_unerased(shopper_ids=[shopper_id]):
            raise NoSuchTopUp(amount_minor=amount_minor, currency=currency)
        return payment


def give_up_payment(*, purchase_id: int, shopper_id: int, now_ms: int) -> PaymentFacts | None:
    """Give up the payment of a purchase that is under way, as its shopper wants to pay otherwise; None: there is none.

    The provider is asked afterwards; should it have taken the money by then, it goes back in full.

    :raises PaymentUnderWay: the provider is taking the money now
    :raises ShopBusy: the writer's turn was not had in time; nothing changed
    """

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> PaymentFacts | None:
        before = payment_under_way(purchase_id=purchase_id)
        if before is None or before.shopper_id != shopper_id:
            return None
        if before.state is PaymentState.CAPTURING:
            raise PaymentUnderWay(purchase_id=purchase_id)
        _give_up(turn, before, now_ms)
        return payment_by_id(payment_id=before.id)

    return with_turn(
        work,
        purchase_ids=[purchase_id],
        lanes=[lane_of(shopper_id)],
        now_ms=now_ms,
        ids_max=_IDS_MAX,
        outbox_rows=0,
        by_hand=True,
    )


def _give_up(turn: Turn, before: PaymentFacts, now_ms: int) -> None:
    release_hold(turn, before, now_ms=now_ms)
    changed = Payment.objects.filter(pk=(before.lane, before.id), state=before.state.value).update(
        state=PaymentState.VOIDING.value,
        why=Why.GIVEN_UP.value,
        redirect_url="",
        look_at=from_unix_ms(now_ms),
        tries=0,
    )
    assert changed == 1, before


def _write(
    turn: Turn,
    asked: _Asked,
    now_ms: int,
    *,
    purchase_id: int | None = None,
    wallet_minor: int = 0,
    hold_id: int | None = None,
) -> PaymentFacts:
    payment_id = turn.ids.draw(asked.lane)
    Payment.objects.create(
        lane=asked.lane,
        id=payment_id,
        key=asked.key,
        shopper_id=asked.shopper_id,
        purchase_id=purchase_id,
        provider=asked.provider,
        amount_minor=asked.amount_minor,
        currency=asked.currency,
        wallet_minor=wallet_minor,
        hold_id=hold_id,
        state=PaymentState.ASKING.value,
        begun_at=from_unix_ms(now_ms),
        look_at=from_unix_ms(now_ms + LOOK_FIRST_MS),
    )
    return payment_by_id(payment_id=payment_id)
