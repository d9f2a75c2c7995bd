"""Looking at what shoppers' banks want back: how it stands, what it moved, and what follows where it is lost."""

import logging
from collections.abc import Callable, Mapping

from django.db import transaction
from django.db.models import F

from fairground.checkout.actions.accept_disputes import charge_dispute
from fairground.checkout.actions.book_provider_lines import book_provider_lines
from fairground.checkout.rules.refunding import UnitsInCase
from fairground.checkout.rules.shipping import PartlyShipped
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By, ShopBusy
from fairground.kernel.refusal import Refusal
from fairground.payments.disputes import DisputeFacts, dispute_by_id, payment_of_ref
from fairground.payments.life import (
    AMOUNT_MAX_MINOR,
    DISPUTES_OVER,
    TRIES_IN_VAIN,
    DisputeState,
    dispute_after,
    next_look_ms,
)
from fairground.payments.models import Dispute
from fairground.payments.our_books import payments_of_keys
from fairground.payments.providers.provider import DisputeAt, Disputed, Provider, ProviderUnreachable

logger = logging.getLogger(__name__)

# A notice tells of what changes; this is for one that got lost. Evidence may be sent for a week or more.
LOOK_AGAIN_MS = 86_400_000
# In the audit log, in the place of what one of the staff says.
_WHY = "as the provider says"
_TOLD = {
    DisputeAt.OPEN: DisputeState.OPEN,
    DisputeAt.REVIEWED: DisputeState.CONTESTED,
    DisputeAt.WON: DisputeState.WON,
    DisputeAt.LOST: DisputeState.LOST,
}


def attend_dispute(*, dispute_id: int, providers: Mapping[str, Provider], clock_ms: Callable[[], int]) -> bool:
    """Ask a provider how a dispute stands, write that, and book what it moved; return whether it was answered.

    One that is lost is charged as a refund whose money the bank has; where that is refused, an operator has to. While
    units of it are in a case or a parcel, it is looked at again each day, as they will not stay there; so is one that
    is won until its money is there. A notice that comes meanwhile, and what this books, lead to another look.
    """
    facts = dispute_by_id(dispute_id=dispute_id)
    if facts is None:
        return True
    provider = providers.get(facts.provider)
    if provider is None:
        return _put_off(facts, clock_ms())
    try:
        told = provider.dispute(ref=facts.ref)
    except ProviderUnreachable:
        return _put_off(facts, clock_ms())
    if told is None:
        _write_by_books(facts, clock_ms())
        return True
    if not 0 <= told.amount_minor <= AMOUNT_MAX_MINOR:
        logger.error("dispute %s is of an amount that fits no books", facts.id)
        return _put_off(facts, clock_ms())
    now_ms = clock_ms()
    state, waits = _write(facts, told, now_ms), False
    by = By(user_id=None, now=from_unix_ms(now_ms), reason=_WHY)
    try:
        if book_provider_lines(provider=facts.provider, lines=told.lines, by=by).unfit:
            logger.error("dispute %s has lines that fit no books", facts.id)
        if state is DisputeState.LOST:
            waits = not _charge(facts.id, by)
    except ShopBusy as refusal:
        logger.warning("dispute %s is looked at again: %s", facts.id, type(refusal).__name__)
        return _put_off(facts, clock_ms())
    seen = Dispute.objects.filter(pk=facts.id)
    waits = waits or (state is DisputeState.WON and seen.filter(taken_minor__gt=F("covered_minor")).exists())
    again = None if state in DISPUTES_OVER and not waits else from_unix_ms(now_ms + LOOK_AGAIN_MS)
    seen.filter(look_at=facts.look_at).update(look_at=again, tries=0)
    return True


def _write(facts: DisputeFacts, told: Disputed, now_ms: int) -> DisputeState:
    """Write how it stands; the payment and the currency stay once they are known."""
    with transaction.atomic(durable=True):
        row = Dispute.objects.select_for_update().get(pk=facts.id)
        state = dispute_after(DisputeState(row.state), _TOLD[told.at])
        row.state = state.value
        row.payment_id = row.payment_id or payments_of_keys(keys=[told.key]).get(told.key)
        row.amount_minor = told.amount_minor
        row.currency = row.currency or told.currency
        row.reason = told.reason
        row.answer_before = told.answer_before
        row.ended_at = (row.ended_at or from_unix_ms(now_ms)) if state in DISPUTES_OVER else None
        row.by_books = False
        told_fields = ["amount_minor", "currency", "reason", "answer_before", "by_books"]
        row.save(update_fields=["state", "payment_id", "ended_at", *told_fields])
    return state


def _write_by_books(facts: DisputeFacts, now_ms: int) -> None:
    """Write how a dispute stands of which only the books tell: it is known there by the payment's own name."""
    payment_id = facts.payment_id or payment_of_ref(provider=facts.provider, ref=facts.ref)
    with transaction.atomic(durable=True):
        row = Dispute.objects.select_for_update().get(pk=facts.id)
        told = DisputeState.OPEN if row.taken_minor > 0 else DisputeState.WON
        state = dispute_after(DisputeState(row.state), told)
        row.state = state.value
        row.payment_id = row.payment_id or payment_id
        row.amount_minor = max(row.amount_minor, row.taken_minor)
        row.ended_at = (row.ended_at or from_unix_ms(now_ms)) if state in DISPUTES_OVER else None
        row.look_at = None if row.look_at == facts.look_at else row.look_at
        row.tries, row.by_books = 0, True
        row.save(update_fields=["state", "payment_id", "amount_minor", "ended_at", "look_at", "tries", "by_books"])


def _charge(dispute_id: int, by: By) -> bool:
    """Return whether it is charged, or nothing but an operator can change that it is not."""
    try:
        charge_dispute(dispute_id=dispute_id, by=by)
    except ShopBusy:
        raise
    except Refusal as refusal:
        logger.warning("dispute %s is lost, and an operator has to charge it: %s", dispute_id, type(refusal).__name__)
        return not isinstance(refusal, (UnitsInCase, PartlyShipped))
    return True


def put_off_dispute(*, dispute_id: int, now_ms: int) -> None:
    """Let a dispute be due later, before it is attended: so what kills its process is not tried again at once."""
    facts = dispute_by_id(dispute_id=dispute_id)
    if facts is not None:
        _put_off(facts, now_ms)


def _put_off(facts: DisputeFacts, now_ms: int) -> bool:
    again = from_unix_ms(next_look_ms(now_ms=now_ms, tries=facts.tries))
    Dispute.objects.filter(pk=facts.id).update(look_at=again, tries=min(facts.tries + 1, TRIES_IN_VAIN))
    return False
