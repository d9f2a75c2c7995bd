"""Erasing what people wrote and showed in cases: when its time is over, and when somebody wants to be erased."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from fairground.aftersales.models import Case, CaseEvidence, CaseLabel, CaseMessage, Replacement
from fairground.kernel.refusal import Refusal

ERASED_A_GO_MAX = 500


class CaseStillOpen(Refusal):
    """A case of theirs is open: money may still come back into the wallet."""


def erase_words_of(*, shopper_ids: Sequence[int]) -> None:
    """Erase words, pictures and parcel numbers of these shoppers' cases; who erases them holds the shoppers.

    :raises CaseStillOpen: one of them is open; nothing was erased
    """
    assert connection.in_atomic_block, "who is erased is so everywhere at once"
    cases = Case.objects.filter(shopper_id__in=shopper_ids)
    if cases.filter(closed_at__isnull=True).exists():
        raise CaseStillOpen
    _erase(list(cases.filter(erase_after__isnull=False).order_by("id").values_list("id", flat=True)))


def erase_due_words(*, now: datetime) -> int:
    """Erase the words of cases whose time is over, and return of how many."""
    with transaction.atomic():
        due = Case.objects.filter(erase_after__lte=now).order_by("erase_after").values_list("id", flat=True)
        case_ids = sorted(due[:ERASED_A_GO_MAX])
        _erase(case_ids)
    return len(case_ids)


def _erase(case_ids: Sequence[int]) -> None:
    CaseMessage.objects.filter(case_id__in=case_ids).delete()
    CaseEvidence.objects.filter(case_id__in=case_ids).delete()
    CaseLabel.objects.filter(case_id__in=case_ids).update(tracking_number="", content=None)
    Replacement.objects.filter(case_id__in=case_ids).update(tracking_number="")
    Case.objects.filter(id__in=case_ids).update(tracking="", erase_after=None)
