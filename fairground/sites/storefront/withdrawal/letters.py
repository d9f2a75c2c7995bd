"""The letter that acknowledges a withdrawal on a durable medium: what was withdrawn from, on which day, at what time.

It goes to the e-mail of the purchase and nowhere else (Directive 2011/83/EU, Art. 11a(4)). It is sent after what it
tells is committed, and marked after it is sent: who is stopped in between sends it again.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.utils import translation
from django.utils.translation import gettext

from fairground.fulfilment.actions import mark_told, tell_later
from fairground.fulfilment.queries import WithdrawalFacts, untold_withdrawals
from fairground.kernel.unforeseen import Unforeseen, outcome_of
from fairground.markets.queries import market_facts
from fairground.orders.lookup import OrderFacts, PurchaseWhole, purchase_of_number, purchase_whole
from fairground.orders.meant import email_of_order
from fairground.sites.languages import place_text
from fairground.sites.storefront.purchases.leaving import withdrawn_text
from fairground.sites.storefront.purchases.refunds import counted
from fairground.sites.wording import moment_text

logger = logging.getLogger(__name__)

# Orders of a pass; each letter waits for the mail server.
LETTERS_A_PASS_MAX = 20
# After this many tries, some three days, the back office says that nobody was told.
TELLS_MAX = 20
_FIRST_PAUSE = timedelta(minutes=2)
_LONGEST_PAUSE = timedelta(hours=6)


def send_acknowledgements() -> bool:
    """Send the acknowledgements that are due; True while there may be more."""
    return send_due_letters(now=datetime.now(UTC)) >= LETTERS_A_PASS_MAX


def send_due_letters(*, now: datetime) -> int:
    """Send what is due, one letter for what was declared at once; return for how many orders that was tried.

    Where the real shop has no mail server, letters wait for one.
    """
    if settings.REALM.is_real and not settings.MAIL_LEAVES:
        return 0
    due = untold_withdrawals(now=now, tells_max=TELLS_MAX, letters_max=LETTERS_A_PASS_MAX)
    due.sort(key=_declaration)
    for _, some in groupby(due, key=_declaration):
        _tell(list(some), now)
    return len(due)


def _declaration(one: WithdrawalFacts) -> tuple[int, datetime]:
    return one.purchase_id, one.declared_at


def _tell(withdrawn: Sequence[WithdrawalFacts], now: datetime) -> None:
    first = withdrawn[0]
    # One that can't be written is put off as one that can't be sent: those behind it go on.
    outcome = outcome_of(partial(_write_and_send, withdrawn))
    if not isinstance(outcome, Unforeseen):
        for one in withdrawn:
            mark_told(one.order_id, at=now)
        return
    if isinstance(outcome.error, ValidationError):
        logger.error("withdrawal from order %s: its purchase has no e-mail to write to", first.order_id)
    else:
        said, where = outcome.kind, outcome.place
        logger.error("withdrawal from order %s: no letter was taken: %s %s", first.order_id, said, where)
    pause = min(_FIRST_PAUSE * 2**first.tells, _LONGEST_PAUSE)
    for one in withdrawn:
        tell_later(one.order_id, after=now + pause)


def _write_and_send(withdrawn: Sequence[WithdrawalFacts]) -> None:
    first = withdrawn[0]
    email = email_of_order(order_id=first.order_id)
    validate_email(email)
    with translation.override(first.language):
        _letter(withdrawn, email).send()


def _letter(withdrawn: Sequence[WithdrawalFacts], email: str) -> EmailMessage:
    number = purchase_of_number(number=str(withdrawn[0].purchase_id))
    whole = purchase_whole(number=number) if number else None
    assert whole is not None, f"a withdrawal without purchase {withdrawn[0].purchase_id}"
    subject = gettext("Your withdrawal from purchase %(number)s") % {"number": whole.purchase.number}
    return EmailMessage(subject, _text(withdrawn, whole), to=[email])


def _text(withdrawn: Sequence[WithdrawalFacts], whole: PurchaseWhole) -> str:
    first = withdrawn[0]
    zone = next(one.time_zone for one in market_facts() if one.code == whole.purchase.market)
    when = {"moment": moment_text(first.declared_at, zone), "place": place_text(zone)}
    parts = [gettext("We have received your withdrawal. Keep this letter: it is your acknowledgement.")]
    said = [gettext("Received: %(moment)s (%(place)s)") % when]
    if first.name:
        said.append(gettext("Name: %(name)s") % {"name": first.name})
    said.append(gettext("Purchase: %(number)s") % {"number": whole.purchase.number})
    said.append(
        gettext("In your words: %(statement)s") % {"statement": first.statement}
        if first.statement
        else gettext("What of it: all of the following")
    )
    parts.append("\n".join(said))
    orders = {one.id: one for one in whole.orders}
    parts += [_order_text(whole, orders[one.order_id], withdrawn_text(one, zone=zone)) for one in withdrawn]
    parts.append(gettext("You did not send this? Somebody knows the number of your purchase: answer this letter."))
    return "\n\n".join(parts) + "\n"


def _order_text(whole: PurchaseWhole, order: OrderFacts, outcome: str) -> str:
    lines = [gettext("Order %(number)s") % {"number": f"{whole.purchase.number}-{order.position}"}]
    lines += [f"  {counted(line.title, line.quantity)}" for line in order.lines]
    return "\n".join([*lines, outcome])
