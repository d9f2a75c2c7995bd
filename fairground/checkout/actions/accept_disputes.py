"""What somebody decides about a payment that the shopper's bank wants back: contested, or given up and charged."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.db.models import Value
from django.db.models.functions import Coalesce

from fairground.checkout.actions.cover_disputes import ForDispute, cover_disputes
from fairground.checkout.actions.end_purchases import charge_back_presale
from fairground.checkout.actions.give_back import EVENTS_AN_ORDER_MAX, IDS_AN_ORDER_MAX, give_back
from fairground.checkout.actions.hold_wallets import wallet_of
from fairground.checkout.actions.pay_purchases import ORDERS_A_PURCHASE_MAX
from fairground.checkout.refunds import read_sold_lines
from fairground.checkout.rules.paying import PurchaseFacts
from fairground.checkout.rules.refunding import PAID_STEPS, OrderBack, decide_refunds
from fairground.checkout.turns import with_turn
from fairground.draws.queries import left_beside_awards
from fairground.identity.queries import shoppers_now
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import Act, By, busy_where_locked, edit_turn, require_reason, write_audit
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn
from fairground.ledger.queries import balances
from fairground.orders.rules import RefundReason, Step
from fairground.payments.disputes import DisputeFacts, dispute_by_id
from fairground.payments.life import MAY_CHARGE, MAY_CONTEST, DisputeState
from fairground.payments.models import Dispute
from fairground.payments.reading import Returnable, payment_by_id, returnable_of, returned_minor
from fairground.payments.returns import failed_returns


class UnknownDispute(Refusal):
    """There is no such dispute, or its payment is none of ours."""


class DisputeNotOpen(Refusal):
    """It is decided, or over: there is nothing to answer."""


class NothingClaimed(Refusal):
    """The provider took nothing for it, or all of that is covered."""


class DisputeInPart(Refusal):
    """The bank took less than providers have left of the purchase: what that is for, only a refund of units can say."""


class DisputeOtherCurrency(Refusal):
    """The bank took another currency than was paid: no refund covers that."""


class DisputeAfterReturns(Refusal):
    """Of what the bank took a part went back before: refunding all would give the shopper more than that covers."""


class DisputeNotLost(Refusal):
    """The bank may decide for us, or its purchase be charged, or it is over: there is no loss to bear."""


def contest_dispute(*, dispute_id: int, by: By) -> None:
    """Write down that a dispute is contested: evidence goes to the provider. It is in the audit log.

    :raises ReasonMissing: no reason is given, or a longer one; nothing changed
    :raises UnknownDispute: nothing changed
    :raises DisputeNotOpen: nothing changed
    :raises ShopBusy: nothing changed
    """
    require_reason(by)
    _known(dispute_id)
    with busy_where_locked(), edit_turn(lanes=[0], now=by.now):
        rows = Dispute.objects.filter(pk=dispute_id, state__in=sorted(one.value for one in MAY_CONTEST))
        if not rows.update(state=DisputeState.CONTESTED.value):
            raise DisputeNotOpen(dispute_id=dispute_id)
        write_audit(by=by, acts=[Act("contested", "dispute", dispute_id)])


def bear_dispute(*, dispute_id: int, by: By) -> None:
    """Write down that what nothing covers of a dispute is the platform's loss. It is in the audit log.

    It is lost or given up, or nothing can ever charge it (see `may_bear`). What is left stays on the disputes' account;
    a refund of the payment that is made later covers it all the same. Nothing of it is charged by itself any more.

    :raises ReasonMissing: no reason is given, or a longer one; nothing changed
    :raises UnknownDispute: nothing changed
    :raises DisputeNotLost: nothing changed
    :raises NothingClaimed: nothing changed
    :raises ShopBusy: nothing changed
    """
    require_reason(by)
    with busy_where_locked(), edit_turn(lanes=[0], now=by.now):
        # A look writes how it stands without the turn.
        Dispute.objects.select_for_update().filter(pk=dispute_id).first()
        facts = dispute_by_id(dispute_id=dispute_id)
        if facts is None:
            raise UnknownDispute(dispute_id=dispute_id)
        if not facts.may_be_borne:
            raise DisputeNotLost(dispute_id=dispute_id)
        if not facts.claim_minor:
            raise NothingClaimed(dispute_id=dispute_id)
        rows = Dispute.objects.filter(pk=dispute_id)
        rows.update(state=DisputeState.BORNE.value, ended_at=Coalesce("ended_at", Value(by.now)))
        write_audit(by=by, acts=[Act("borne", "dispute", dispute_id, {"left_minor": (None, facts.claim_minor)})])


def charge_dispute(*, dispute_id: int, by: By) -> int:
    """Give a dispute up: its purchase goes back whole, for what the bank took, and return the minor units covered.

    Every unit that is kept is refunded; what the provider paid of that covers the dispute, and what a wallet paid
    is in the wallet. Where all that the provider took had gone back before, nothing is refunded: it would cover
    nothing. A presale whose balance is not paid ends, and its deposit covers it. Of what returns that failed left
    in the wallet, and of a payment that filled it, what is still there covers it. One that the provider closed
    stays lost. It is in the audit log.

    :raises ReasonMissing: no reason is given, or a longer one; nothing changed
    :raises UnknownDispute: nothing changed
    :raises DisputeNotOpen: it was won, or given up before; nothing changed
    :raises NothingClaimed: nothing changed
    :raises DisputeOtherCurrency: nothing changed
    :raises DisputeInPart: nothing changed
    :raises DisputeAfterReturns: nothing changed
    :raises ShopBusy: nothing changed

    And what `refund_lines` refuses, where units are in an open case, or a draw paid the purchase.
    """
    require_reason(by)
    facts = _known(dispute_id)
    assert facts.payment_id is not None, dispute_id
    payment = payment_by_id(payment_id=facts.payment_id)
    owner_id = shoppers_now(shopper_ids=[payment.shopper_id])[payment.shopper_id]

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> int:
        # A look writes how it stands without the turn.
        Dispute.objects.select_for_update().get(pk=dispute_id)
        now = _known(dispute_id)
        if now.state not in MAY_CHARGE:
            raise DisputeNotOpen(dispute_id=dispute_id)
        if not now.claim_minor:
            raise NothingClaimed(dispute_id=dispute_id)
        if now.currency != payment.captured_currency:
            raise DisputeOtherCurrency(dispute_id=dispute_id)
        left = returnable_of(purchase_ids=purchases)
        for purchase_id, purchase in purchases.items():
            paid = {one.payment_id: one for one in left.get(purchase_id, ())}
            if payment.id in paid and paid[payment.id].left_minor:
                _require_whole(now, paid.values())
                _give_all_back(turn, purchase, now, paid[payment.id], by)
        _cover_from_wallet(turn, _known(dispute_id), owner_id, by)
        if now.state is not DisputeState.LOST:
            Dispute.objects.filter(pk=dispute_id).update(state=DisputeState.ACCEPTED.value)
        covered_minor = _known(dispute_id).covered_minor - now.covered_minor
        write_audit(by=by, acts=[Act("charged", "dispute", dispute_id, {"covered_minor": (None, covered_minor)})])
        return covered_minor

    return with_turn(
        work,
        purchase_ids=[] if payment.purchase_id is None else [payment.purchase_id],
        lanes=[payment.lane, lane_of(owner_id)],
        now_ms=to_unix_ms(by.now),
        ids_max=IDS_AN_ORDER_MAX * ORDERS_A_PURCHASE_MAX,
        outbox_rows=EVENTS_AN_ORDER_MAX * ORDERS_A_PURCHASE_MAX,
        by_hand=True,
    )


def _known(dispute_id: int) -> DisputeFacts:
    facts = dispute_by_id(dispute_id=dispute_id)
    if facts is None or facts.payment_id is None:
        raise UnknownDispute(dispute_id=dispute_id)
    return facts


def _require_whole(facts: DisputeFacts, paid: Iterable[Returnable]) -> None:
    """A deposit and its balance are two payments: who has one of them back was not given the other by the bank."""
    left_minor = sum(one.left_minor for one in paid if one.currency == facts.currency)
    if facts.claim_minor < left_minor:
        raise DisputeInPart(dispute_id=facts.id, claim_minor=facts.claim_minor, left_minor=left_minor)


def _give_all_back(turn: Turn, purchase: PurchaseFacts, facts: DisputeFacts, paid: Returnable, by: By) -> None:
    """Refund all that is kept; the bank that took what went back before may not get the shopper a wallet's part too."""
    now_ms = to_unix_ms(by.now)
    if purchase.state == Step.DEPOSITED:
        charge_back_presale(turn=turn, purchase=purchase, now_ms=now_ms)
        return
    backs = _backs(purchase)
    if facts.claim_minor > paid.left_minor < sum(back.paid_minor for back in backs):
        raise DisputeAfterReturns(dispute_id=facts.id, claim_minor=facts.claim_minor, left_minor=paid.left_minor)
    if backs:
        give_back(turn=turn, backs=backs, now_ms=now_ms)


def _backs(purchase: PurchaseFacts) -> list[OrderBack]:
    """Return all that is kept of a purchase, as what goes back of it."""
    order_ids = {order.order_id for order in purchase.orders if order.state in PAID_STEPS}
    lines = read_sold_lines(order_ids)
    kept = {
        (order_id, line.line_no): line.kept_units
        for order_id in order_ids
        for line in lines[order_id]
        if line.kept_units
    }
    return decide_refunds(
        kept,
        reason=RefundReason.CHARGED_BACK,
        purchases={purchase.purchase_id: purchase},
        lines=lines,
        left_minor=left_beside_awards(purchase_ids=[purchase.purchase_id]),
        seen={},
    )


def _cover_from_wallet(turn: Turn, facts: DisputeFacts, owner_id: int, by: By) -> None:
    """Take what a payment filled a wallet with out of it again, as far as it is there and did not go back.

    Of one that was for a purchase that is what returns that failed left there.
    """
    assert facts.payment_id is not None, facts
    payment = payment_by_id(payment_id=facts.payment_id)
    for_it = [ForDispute(payment.id, owner_id, facts.currency, payment.captured_minor)]
    if payment.purchase_id is not None:
        for_it = [
            ForDispute(payment.id, owner_id, one.currency, one.amount_minor, one.order_id, one.id)
            for one in failed_returns(payment_ids=[payment.id])
        ]
    wallet = wallet_of(owner_id, facts.currency)
    found = balances([(wallet.lane, wallet.address)]).get((wallet.lane, wallet.address))
    gone_minor = returned_minor(payment_ids=[payment.id]).get(payment.id, 0)
    left_minor = min(found.available_minor if found else 0, payment.captured_minor - gone_minor)
    there: list[ForDispute] = []
    for one in for_it:
        part_minor = min(one.amount_minor, left_minor)
        left_minor -= part_minor
        if part_minor > 0:
            there.append(replace(one, amount_minor=part_minor))
    if there:
        cover_disputes(turn=turn, found=there, now_ms=to_unix_ms(by.now))
