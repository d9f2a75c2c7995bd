"""What merchants were sent about something, and when: for pages of the staff."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fairground.letters.queries import letters_about
from fairground.letters.rules import Matter, News, Reader

_NEWS: Mapping[News, Promise] = {
    News.CASE_EVENT: _("what happened in the case"),
    News.CASE_MESSAGE: _("a message"),
    News.CASE_DUE_SOON: _("a deadline is near"),
    News.WITHDRAWN: _("the withdrawal"),
    News.PAYOUT_APPROVED: _("the payout is approved"),
    News.PAYOUT_SENT: _("the payout is sent"),
    News.PAYOUT_CONFIRMED: _("the payout is confirmed"),
    News.PAYOUT_FAILED: _("the payout failed"),
    News.HOLD_CHANGED: _("the hold"),
}


@dataclass(frozen=True, slots=True)
class ToldShown:
    """What a merchant was, or is to be, sent: `told_at` None is not yet, and `is_given_up` never."""

    news: Promise
    at: datetime
    told_at: datetime | None
    is_given_up: bool


def told_to_merchants(*, matter: Matter, subject_ids: Collection[int]) -> dict[int, list[ToldShown]]:
    """Return what merchants were sent by the subject that it is about, the first one first."""
    found: dict[int, list[ToldShown]] = {}
    for one in letters_about(matter=matter, subject_ids=subject_ids, reader=Reader.MERCHANT):
        shown = ToldShown(_NEWS[one.news], one.at, one.told_at, one.is_given_up)
        found.setdefault(one.subject_id, []).append(shown)
    return found
