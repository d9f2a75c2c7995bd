"""What providers tell by themselves, once its signature was found true: it only leads to a look."""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from fairground.kernel.sql import load_sql
from fairground.payments.disputes import note_dispute
from fairground.payments.life import PaymentState, RefundState
from fairground.payments.models import Payment, PaymentRefund
from fairground.payments.providers.provider import Notice

# As long as the column; what is longer is known by its hash.
NOTICE_ID_MAX = 128


def note_notice(*, provider: str, notice: Notice, now: datetime) -> UUID | None:
    """Write down what a provider told, and return the key of the payment to look at; None where it is old news.

    From then on that payment, or the return that it is about, is due to be looked at, so that a notice is not lost with
    the process that took it. A dispute is written down as one that somebody has to look at, and read then.
    """
    if notice.dispute_ref:
        note_dispute(provider=provider, ref=notice.dispute_ref, now=now)
        return None
    try:
        key = UUID(hex=notice.key or notice.refund_key)
    except ValueError:
        return None
    told_id = notice.notice_id
    if len(told_id) > NOTICE_ID_MAX:
        told_id = hashlib.sha256(told_id.encode()).hexdigest()
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(
                load_sql("payments", "note_notice"),
                {"provider": provider, "notice_id": told_id, "key": key, "at": now},
            )
            if not cursor.rowcount:
                return None
        if not notice.key:
            _look_at_return(provider, key, now)
            return None
        known = Payment.objects.filter(key=key, provider=provider).exclude(state=PaymentState.TAKEN.value)
        return key if known.update(look_at=now) else None


def _look_at_return(provider: str, key: UUID, now: datetime) -> None:
    """Let a return be due; also one that arrived, as it may come back after that."""
    may_move = [RefundState.ASKING.value, RefundState.DONE.value]
    for row in PaymentRefund.objects.filter(key=key, state__in=may_move):
        if Payment.objects.filter(pk=(row.lane, row.payment_id), provider=provider).exists():
            PaymentRefund.objects.filter(pk=row.pk, state=row.state).update(look_at=now)
