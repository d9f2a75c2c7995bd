"""Telling merchants of deadlines that are near, each once."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from fairground.aftersales.models import Case
from fairground.aftersales.rules import MERCHANTS_STATES, REMINDED_BEFORE
from fairground.letters.actions import Told, post_letters
from fairground.letters.models import Letter
from fairground.letters.rules import Matter, News, Reader

# A row each.
REMINDED_A_GO_MAX = 500


def remind_merchants(*, now: datetime) -> int:
    """Let merchants be told of cases in which they have a day left to do something, and return of how many.

    A deadline is told of once; a later one of the same case is another.
    """
    reminders = Letter.objects.filter(
        reader=Reader.MERCHANT.value,
        reader_id=OuterRef("merchant_id"),
        matter=Matter.CASE.value,
        subject_id=OuterRef("id"),
        news=News.CASE_DUE_SOON.value,
        at__gte=OuterRef("due_at") - REMINDED_BEFORE,
    )
    states = [state.value for state in MERCHANTS_STATES]
    near = Case.objects.filter(~Exists(reminders), state__in=states, due_at__gt=now, due_at__lte=now + REMINDED_BEFORE)
    due = list(near.order_by("due_at", "id").values_list("id", "merchant_id", "due_at")[:REMINDED_A_GO_MAX])
    told = [
        Told(Reader.MERCHANT, merchant_id, News.CASE_DUE_SOON, case_id, int(due_at.timestamp()))
        for case_id, merchant_id, due_at in due
        if due_at
    ]
    with transaction.atomic():
        post_letters(told, at=now)
    return len(told)
