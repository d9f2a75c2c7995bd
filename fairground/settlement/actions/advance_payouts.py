"""What becomes of a payout that was proposed: approved, sent, and confirmed by the bank, or failed."""

from django.conf import settings

from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import Act, By, edit_turn, write_audit
from fairground.kernel.ids import ID_MAX, LANES, lane_of
from fairground.kernel.refusal import Refusal
from fairground.ledger.actions import end_transfers
from fairground.ledger.queries import balances
from fairground.ledger.rules import TransferEnding, TransferOutcome
from fairground.letters.actions import Told, post_letters
from fairground.letters.rules import News, Reader
from fairground.settlement.models import Payout, Terms
from fairground.settlement.rules.addresses import payable_address
from fairground.settlement.rules.payouts import PayoutState, may_become

_MOMENTS = {
    PayoutState.APPROVED: "approved_at",
    PayoutState.SENT: "sent_at",
    PayoutState.CONFIRMED: "ended_at",
    PayoutState.FAILED: "ended_at",
}
_NEWS = {
    PayoutState.APPROVED: News.PAYOUT_APPROVED,
    PayoutState.SENT: News.PAYOUT_SENT,
    PayoutState.CONFIRMED: News.PAYOUT_CONFIRMED,
    PayoutState.FAILED: News.PAYOUT_FAILED,
}
_ENDS = {PayoutState.CONFIRMED: TransferOutcome.POSTED, PayoutState.FAILED: TransferOutcome.VOIDED}


class UnknownPayout(Refusal):
    """There is no such payout."""


class PayoutNotReady(Refusal):
    """The payout is in a state from which it can't go there."""


class MerchantHeld(Refusal):
    """The merchant is held: nothing is paid to it."""


class MerchantOwes(Refusal):
    """Refunds since took so much that the merchant is not owed what is held for it; let it fail."""


class NobodyNamed(Refusal):
    """Two people pay, so each says who it is; whoever has the command line is nobody."""


class ApprovedBySame(Refusal):
    """Who approved a payout does not send it as well."""


class FailureUnexplained(Refusal):
    """What failed says why."""


def advance_payout(*, payout_id: int, then: PayoutState, by: By, reference: str = "") -> None:
    """Take a payout on: approved, sent, confirmed, or failed, for `by.reason`; it is in the audit log.

    What is confirmed has left; what failed is the merchant's again. `reference` is the bank's, of what is sent. Where
    `settings.FOUR_EYES` is on, one of the staff approves a payout and another one sends it.

    :raises FailureUnexplained: what failed says why; nothing changed
    :raises UnknownPayout: nothing changed
    :raises PayoutNotReady: it can't go there from where it is; nothing changed
    :raises MerchantHeld: what is held is neither approved nor sent; nothing changed
    :raises MerchantOwes: refunds since took what was held; it is neither approved nor sent; nothing changed
    :raises NobodyNamed: two are asked for, and who approves or sends it is not known; nothing changed
    :raises ApprovedBySame: two are asked for, and who sends it has approved it; nothing changed
    :raises ShopBusy: nothing changed
    """
    if then is PayoutState.FAILED and not by.reason:
        raise FailureUnexplained
    if not 0 < payout_id <= ID_MAX or lane_of(payout_id) >= LANES:
        raise UnknownPayout(payout_id=payout_id)
    with edit_turn(lanes=[lane_of(payout_id)], now=by.now) as turn:
        payout = Payout.objects.filter(id=payout_id).first()
        if payout is None:
            raise UnknownPayout(payout_id=payout_id)
        now = PayoutState(payout.state)
        if not may_become(now, then):
            raise PayoutNotReady(payout_id=payout_id, state=now.name.lower(), then=then.name.lower())
        goes_out = then in {PayoutState.APPROVED, PayoutState.SENT}
        if goes_out and Terms.objects.filter(merchant_id=payout.merchant_id, held=True).exists():
            raise MerchantHeld(merchant=payout.merchant_id)
        if goes_out and _available_minor(payout) < 0:
            raise MerchantOwes(merchant=payout.merchant_id)
        if goes_out and settings.FOUR_EYES:
            _refuse_one_alone(payout, then, by)
        Payout.objects.filter(id=payout_id).update(**_stated(then, by, reference))
        if then in _ENDS:
            held = [payout.hold_id] if payout.exchange_id is None else [payout.hold_id, payout.exchange_id]
            ends = [TransferEnding(transfer_id, _ENDS[then]) for transfer_id in held]
            end_transfers(turn=turn, ends=ends, now_ms=to_unix_ms(by.now))
        facts: dict[str, tuple[object, object]] = {"state": (now.name.lower(), then.name.lower())}
        write_audit(by=by, acts=[Act(then.name.lower(), "payout", payout_id, facts)])
        post_letters([Told(Reader.MERCHANT, payout.merchant_id, _NEWS[then], payout_id)], at=by.now)


def _refuse_one_alone(payout: Payout, then: PayoutState, by: By) -> None:
    if by.user_id is None or (then is PayoutState.SENT and payout.approved_by is None):
        raise NobodyNamed(payout_id=payout.id)
    if then is PayoutState.SENT and payout.approved_by == by.user_id:
        raise ApprovedBySame(payout_id=payout.id)


def _stated(then: PayoutState, by: By, reference: str) -> dict[str, object]:
    """Return what is written of a payout with its step."""
    stated: dict[str, object] = {"state": then.value, _MOMENTS[then]: by.now}
    if then is PayoutState.APPROVED:
        stated["approved_by"] = by.user_id
    if then is PayoutState.SENT:
        stated |= {"reference": reference, "sent_by": by.user_id, "four_eyes": settings.FOUR_EYES}
    if then is PayoutState.FAILED:
        stated["failed_because"] = by.reason
    return stated


def _available_minor(payout: Payout) -> int:
    """Return what the merchant is owed beside what is held for its payouts; below nothing: less than that."""
    address = (payout.lane, payable_address(payout.merchant_id, payout.currency))
    found = balances([address]).get(address)
    return found.available_minor if found else 0
