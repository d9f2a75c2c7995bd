"""Asking a provider again for a return that failed: as a return of its own, out of the wallet where the money lies."""

from django.db import transaction

from fairground.checkout.actions.hold_wallets import wallet_of
from fairground.checkout.actions.return_payments import Return, write_returns
from fairground.identity.actions import hold_unerased
from fairground.identity.queries import shoppers_now
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import Act, By, ShopBusy, require_reason, take_turn_soon, write_audit
from fairground.kernel.ids import LANES, lane_of
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn, writers_of_lanes
from fairground.ledger.queries import balances
from fairground.payments.disputes import payments_claimed
from fairground.payments.life import STAY_IN_WALLET, RefundState
from fairground.payments.models import PaymentRefund
from fairground.payments.pouring import ShopperGone
from fairground.payments.reading import PaymentFacts, payment_by_id, returned_minor
from fairground.payments.returns import taken_of_failed

# A transfer, a return, and the two accounts between which it moves.
_IDS_MAX = 4


class NoFailedReturn(Refusal):
    """There is no such return, or it did not fail."""


class AskedAgain(Refusal):
    """This return was asked for again already."""


class MoneySpent(Refusal):
    """The wallet does not hold as much any more: what came back to it was spent."""


class ClaimOnPayment(Refusal):
    """The shopper's bank took the payment back: the money is for that, or went for that."""


class WentBackOtherwise(Refusal):
    """So much of the payment went back by other refunds that this is not left of what the provider took."""


def ask_return_again(*, refund_id: int, by: By) -> int:
    """Ask again for what a provider did not return, and return the new return's id.

    The money leaves the wallet as for any return, pending until the provider has said what it did. It goes under a key
    of its own: under the old one a provider would repeat that it failed. So it is asked for once; where it fails, too,
    the new return may be asked for again. What a dispute took of it is not asked for.

    :raises NoFailedReturn: there is none that failed or came back; nothing changed
    :raises AskedAgain: it was asked for again before; nothing changed
    :raises ReasonMissing: no reason is given, or a longer one; nothing changed
    :raises MoneySpent: the wallet holds less; nothing changed
    :raises ClaimOnPayment: the payment is in dispute, or all of the return went for one; nothing changed
    :raises WentBackOtherwise: less is left of what the provider took; nothing changed
    :raises ShopperGone: the shopper was erased, so nobody has the wallet; nothing changed
    :raises ShopBusy: the writers' turn was not had in time; nothing changed
    """
    require_reason(by)
    failed = _failed(refund_id)
    payment = payment_by_id(payment_id=failed.payment_id)
    owner_id = shoppers_now(shopper_ids=[payment.shopper_id])[payment.shopper_id]
    lanes = {lane_of(failed.id), lane_of(owner_id), lane_of(failed.order_id or failed.id)}
    with transaction.atomic(durable=True):
        turn = take_turn_soon(
            writer_ids=writers_of_lanes(lanes), now_ms=to_unix_ms(by.now), ids_max=_IDS_MAX, outbox_rows=0
        )
        if shoppers_now(shopper_ids=[payment.shopper_id])[payment.shopper_id] != owner_id:
            # A guest went into another shopper meanwhile: the turn is not that one's.
            raise ShopBusy
        return _ask(turn, failed, payment, owner_id, by)


def _failed(refund_id: int) -> PaymentRefund:
    states = [one.value for one in STAY_IN_WALLET]
    lane = lane_of(refund_id)
    row = (
        PaymentRefund.objects.filter(pk=(lane, refund_id), state__in=states, dispute_id=None).first()
        if lane < LANES
        else None
    )
    if row is None:
        raise NoFailedReturn(refund_id=refund_id)
    return row


def _ask(turn: Turn, failed: PaymentRefund, payment: PaymentFacts, owner_id: int, by: By) -> int:
    if PaymentRefund.objects.filter(again_of=failed.id).exists():
        raise AskedAgain(refund_id=failed.id)
    if payments_claimed(payment_ids=[payment.id]):
        raise ClaimOnPayment(refund_id=failed.id)
    taken = taken_of_failed(refund_ids=[failed.id], payment_ids=[payment.id])
    amount_minor = failed.amount_minor - taken.get(failed.id, 0)
    if not amount_minor:
        raise ClaimOnPayment(refund_id=failed.id)
    left_minor = payment.captured_minor - returned_minor(payment_ids=[payment.id]).get(payment.id, 0)
    if amount_minor > left_minor:
        raise WentBackOtherwise(left_minor=left_minor, amount_minor=amount_minor)
    wallet = wallet_of(owner_id, failed.currency)
    state = balances([(wallet.lane, wallet.address)]).get((wallet.lane, wallet.address))
    available_minor = state.available_minor if state else 0
    if available_minor < amount_minor:
        raise MoneySpent(available_minor=available_minor, amount_minor=amount_minor)
    again = Return(
        payment_id=payment.id,
        provider=payment.provider,
        payer_id=owner_id,
        currency=failed.currency,
        amount_minor=amount_minor,
        order_id=failed.order_id,
        again_of=failed.id,
    )
    write_returns(turn=turn, returns=[again], now_ms=to_unix_ms(by.now))
    made = PaymentRefund.objects.get(again_of=failed.id)
    if hold_unerased(shopper_ids=[owner_id]):
        raise ShopperGone(shopper_id=owner_id)
    facts: dict[str, tuple[object, object]] = {
        "state": (RefundState(failed.state).name.lower(), RefundState.ASKING.name.lower()),
        "amount_minor": (None, amount_minor),
        "currency": (None, failed.currency),
        "asked_as": (None, str(made.id)),
    }
    write_audit(by=by, acts=[Act("asked-again", "return", failed.id, facts)])
    return made.id
