"""What providers tell by themselves, once its signature was found true: it only leads to a look."""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from fairground.kernel.sql import load_sql
from fairground.payments.life import PaymentState
from fairground.payments.models import Payment
from fairground.payments.providers.provider import Notice

# As long as the column; what is longer is known by its hash.
NOTICE_ID_MAX = 128


def note_notice(*, provider: str, notice: Notice, now: datetime) -> UUID | None:
    """Write down what a provider told, and return the key of the payment to look at; None where it is old news.

    From then on that payment is due to be looked at, so that a notice is not lost with the process that took it.
    """
    try:
        key = UUID(hex=notice.key)
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
        known = Payment.objects.filter(key=key, provider=provider).exclude(state=PaymentState.TAKEN.value)
        return key if known.update(look_at=now) else None
