"""The letter to an account about a withdrawal that is acknowledged to another e-mail: that it was declared, no more.

What was bought, by whom and in which words stands on the page of the purchase, for who signed in.
"""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from fairground.fulfilment.queries import WithdrawalFacts, account_to_tell, withdrawals_of
from fairground.letters.queries import LetterFacts
from fairground.markets.queries import market_languages, time_zone_of
from fairground.orders.lookup import PurchaseRow, purchase_of_number, purchase_whole
from fairground.sites.languages import page_language, place_text
from fairground.sites.wording import moment_text


def account_letter(letters: Sequence[LetterFacts]) -> EmailMessage | None:
    """Return the letter; None where the account is gone meanwhile, or has the e-mail of the purchase now."""
    first = letters[0]
    withdrawn = withdrawals_of(order_ids=[first.subject_id]).get(first.subject_id)
    assert withdrawn is not None, first
    mailbox = account_to_tell(order_id=first.subject_id, shopper_id=first.reader_id)
    if mailbox is None:
        return None
    number = purchase_of_number(number=str(withdrawn.purchase_id))
    whole = purchase_whole(number=number) if number else None
    assert whole is not None, f"a withdrawal without purchase {withdrawn.purchase_id}"
    spoken = map(page_language, (mailbox.language, *market_languages(market=whole.purchase.market)))
    with translation.override(next((one for one in spoken if one), "en")):
        subject = gettext("A withdrawal from purchase %(number)s") % {"number": whole.purchase.number}
        return EmailMessage(subject, _text(withdrawn, whole.purchase), to=[mailbox.email])


def _text(withdrawn: WithdrawalFacts, purchase: PurchaseRow) -> str:
    zone = time_zone_of(market=purchase.market)
    when = {"moment": moment_text(withdrawn.declared_at, zone), "place": place_text(zone)}
    parts = [
        gettext("Somebody who knows its number and its e-mail withdrew from purchase %(number)s in your account.")
        % {"number": purchase.number},
        gettext("Received: %(moment)s (%(place)s)") % when,
        gettext("The acknowledgement went to the e-mail that was given with the purchase."),
    ]
    if settings.LINKS_ADDRESS:
        way = f"{settings.LINKS_ADDRESS}{reverse('purchase', args=[purchase.number])}"
        parts.append(gettext("What became of it is on the page of the purchase, once you are signed in:") + f"\n{way}")
    parts.append(gettext("It was not you? Answer this letter."))
    return "\n\n".join(parts) + "\n"
