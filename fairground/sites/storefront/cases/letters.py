"""Letters to shoppers; here those about a case: what others did in it, what comes next, and where its page is.

It goes to the e-mail of the purchase, in the language in which the case was opened. What was written in the case
stands on its page.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from fairground.aftersales.queries import CaseShown, EventShown, case_shown, return_address
from fairground.aftersales.rules import Happened
from fairground.letters.queries import LetterFacts
from fairground.letters.rules import Matter, News, Reader
from fairground.markets.queries import market_languages, time_zone_of
from fairground.orders.meant import email_of_order, orders_meant
from fairground.payments.reading import returns_of_purchases
from fairground.sites.case_words import happened_text
from fairground.sites.languages import page_language, place_text
from fairground.sites.letter_round import send_due_letters
from fairground.sites.storefront.cases.words import CaseWords, case_words
from fairground.sites.storefront.purchases.refunds import counted
from fairground.sites.storefront.withdrawal.account_letters import account_letter
from fairground.sites.wording import moment_text


def send_shopper_letters() -> bool | None:
    """Send the letters to shoppers that are due; True while there may be more, None where no mail server answers."""
    return send_to_shoppers(now=datetime.now(UTC))


def send_to_shoppers(*, now: datetime) -> bool | None:
    """Send what is due to shoppers by a moment; True and None as by `send_due_letters`."""
    return send_due_letters(reader=Reader.SHOPPER, now=now, write=_letter)


def _letter(letters: Sequence[LetterFacts], now: datetime) -> EmailMessage | None:
    if letters[0].matter is Matter.WITHDRAWAL:
        return account_letter(letters)
    return _case_letter(letters, now)


def _case_letter(letters: Sequence[LetterFacts], now: datetime) -> EmailMessage | None:
    case = case_shown(case_id=letters[0].subject_id)
    assert case is not None, letters[0]
    email = email_of_order(order_id=case.row.order_id)
    try:
        validate_email(email)
    except ValidationError:
        return None
    with translation.override(_language(case)):
        subject = gettext("Your case %(number)s") % {"number": case.row.number}
        return EmailMessage(subject, _text(letters, case, now), to=[email])


def _language(case: CaseShown) -> str:
    """Return the language of a case if the pages speak it, else the first of its market that they do, else English."""
    spoken = map(page_language, (case.language, *market_languages(market=case.row.market)))
    return next((one for one in spoken if one), "en")


def _text(letters: Sequence[LetterFacts], case: CaseShown, now: datetime) -> str:
    zone = time_zone_of(market=case.row.market)
    events = {one.id: one for one in case.events}
    said = [
        _event_line(case, events[one.event_id], zone)
        for one in letters
        if one.news is News.CASE_EVENT and one.event_id in events
    ]
    if any(one.news is News.CASE_MESSAGE for one in letters):
        said.append(gettext("There is a new message for you. You read it on the page of the case."))
    meant = orders_meant(case.row.purchase_number)
    assert meant is not None, case.row
    returns = returns_of_purchases(purchase_ids=[meant.purchase_id]).get(meant.purchase_id, ())
    has_address = return_address(case_id=case.row.id) is not None
    words = case_words(case, zone, has_address=has_address, now=now, returns=returns)
    about = [gettext("Case %(number)s:") % {"number": case.row.number}, words.row.reason]
    about += [f"  {counted(line.title, line.units_asked)}" for line in case.lines]
    way = f"{settings.LINKS_ADDRESS}{reverse('case', args=[case.row.purchase_number, case.row.id])}"
    page = gettext("The page of the case, for who signed in or bought in this browser:")
    parts = ["\n".join(said), "\n".join(about), words.next, _way_back(words), f"{page}\n{way}"]
    return "\n\n".join(filter(None, parts)) + "\n"


def _event_line(case: CaseShown, event: EventShown, zone: str) -> str:
    said, parcel = happened_text(event.kind), _parcel(case, event)
    words = {"moment": moment_text(event.at, zone), "place": place_text(zone)}
    words["words"] = f"{said} ({parcel})" if parcel else said
    return gettext("%(moment)s (%(place)s): %(words)s") % words


def _parcel(case: CaseShown, event: EventShown) -> str:
    """With whom the parcel of an event left and under which number, or nothing where there was none."""
    if event.kind is not Happened.REPLACED:
        return ""
    sent = next(one for one in case.replacements if one.number == event.facts["parcel"])
    return f"{sent.carrier} {sent.tracking_number}".strip()


def _way_back(words: CaseWords) -> str:
    """With whom the goods go back, where that was told; the label itself goes into no letter."""
    if words.way_back is None:
        return ""
    parcel = f"{words.way_back.carrier} {words.way_back.tracking_number}".strip()
    way = gettext("Goes back with: %(parcel)s") % {"parcel": parcel}
    label = gettext("The label to print is on the page of the case.")
    return f"{way}\n{label}" if words.way_back.has_file else way
