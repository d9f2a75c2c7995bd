"""The letter to a merchant about a case: what happened, what has to be done until when, and the link to the page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from fairground.aftersales.queries import CaseShown, EventShown, case_shown
from fairground.aftersales.rules import OPEN_STATES, Happened, Who
from fairground.letters.queries import LetterFacts
from fairground.letters.rules import News
from fairground.markets.queries import time_zone_of
from fairground.merchants.contacts import Mailbox
from fairground.sites.case_words import REASONS, WISHES
from fairground.sites.languages import place_text
from fairground.sites.merchant_desk.links import Link, link_ends_at, sign_link
from fairground.sites.merchant_desk.words import goods_words, happened_to_merchant, next_words
from fairground.sites.merchant_desk.written import Written
from fairground.sites.wording import moment_text, money_text

_SUBJECTS: Mapping[Happened, Promise] = {
    Happened.OPENED: gettext_lazy("Case %(number)s: please answer"),
    Happened.ESCALATED: gettext_lazy("Case %(number)s was put before Fairground"),
    Happened.SENT: gettext_lazy("Case %(number)s: goods are on their way to you"),
    Happened.REFUNDED: gettext_lazy("Case %(number)s: the money went back"),
    Happened.REPLACING: gettext_lazy("Case %(number)s: send the replacement"),
    Happened.LOST: gettext_lazy("Case %(number)s: the replacement was lost"),
    Happened.EXCHANGED: gettext_lazy("Case %(number)s: the replacement arrived"),
}


def case_letter(letters: Sequence[LetterFacts], mailbox: Mailbox, now: datetime) -> Written:
    """Return the letter about a case, in the active language."""
    case = case_shown(case_id=letters[0].subject_id)
    assert case is not None, letters[0]
    zone = time_zone_of(market=case.row.market)
    events = {one.id: one for one in case.events}
    happened = [events[one.event_id] for one in letters if one.news is News.CASE_EVENT and one.event_id in events]
    messages = sum(one.news is News.CASE_MESSAGE for one in letters)
    is_reminder = any(one.news is News.CASE_DUE_SOON for one in letters)
    said = [_event_line(one, zone) for one in happened]
    if messages:
        said.append(gettext("There is a new message for you. You read it on the page of the case."))
    if is_reminder and case.row.due_at and case.row.state in OPEN_STATES:
        said.append(gettext("The time for this ends within a day."))
    parts = ["\n".join(said), _about(case), next_words(case, zone), *_way(case, mailbox, now, zone)]
    subject = _subject(case, happened, messages=messages, is_reminder=is_reminder)
    return Written(subject, "\n\n".join(filter(None, parts)) + "\n")


def _about(case: CaseShown) -> str:
    number, reason = case.row.number, str(REASONS[case.row.reason])
    # The number of a case is its order's, with its place among the cases of that order.
    names = {"number": number, "order": number.rpartition("-")[0]}
    return "\n".join(
        [
            gettext("Case %(number)s, of order %(order)s:") % names,
            *(f"  {goods}" for goods in goods_words(case)),
            gettext("What is the matter, in the buyer's choice: %(reason)s") % {"reason": reason},
            gettext("What is wished: %(wish)s") % {"wish": WISHES[case.row.wish]},
        ]
    )


def _subject(case: CaseShown, happened: Sequence[EventShown], *, messages: int, is_reminder: bool) -> str:
    number = {"number": case.row.number}
    if is_reminder:
        return gettext("Case %(number)s: one day is left") % number
    known = next((_SUBJECTS[one.kind] for one in reversed(happened) if one.kind in _SUBJECTS), None)
    if known is not None:
        return str(known) % number
    if messages and not happened:
        return gettext("Case %(number)s: a message from the buyer") % number
    return gettext("Case %(number)s: something changed") % number


def _event_line(event: EventShown, zone: str) -> str:
    words = happened_to_merchant(event)
    amount_minor = event.facts.get("paid_minor")
    if amount_minor:
        words = f"{words} ({money_text(int(amount_minor), str(event.facts['currency']))})"
    line = gettext("%(moment)s (%(place)s): %(words)s")
    by_itself = gettext("This happened by itself, as a time had passed.")
    said = line % {"moment": moment_text(event.at, zone), "place": place_text(zone), "words": words}
    is_silent = event.who is Who.CLOCK and event.kind is not Happened.REFUNDED
    return f"{said} {by_itself}" if is_silent else said


def _way(case: CaseShown, mailbox: Mailbox, now: datetime, zone: str) -> list[str]:
    ends_at = link_ends_at(due_at=case.row.due_at, now=now)
    token = sign_link(Link(case.row.id, case.row.merchant_id, mailbox.version), ends_at=ends_at)
    way = f"{reverse('merchant-case', args=[token])}?{urlencode({'lang': mailbox.language})}"
    invite = gettext("Answer here, without signing in:") if case.row.closed_at is None else gettext("Read it here:")
    until = {"until": moment_text(ends_at, zone), "place": place_text(zone)}
    keep = gettext(
        "Whoever has this address answers for you: pass it on to nobody. It works until %(until)s (%(place)s)."
    )
    return [f"{invite}\n{settings.LINKS_ADDRESS}{way}", keep % until]
