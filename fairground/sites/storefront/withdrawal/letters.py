"""The letter that acknowledges a withdrawal on a durable medium: what was withdrawn from, on which day, at what time.

It goes to the e-mail of the purchase and nowhere else (Directive 2011/83/EU, Art. 11a(4)), by the road of all letters.
That it was sent stands with the withdrawal, as long as that: it is proof.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import groupby

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.utils import translation
from django.utils.translation import gettext

from fairground.fulfilment.actions import acknowledge_later, mark_acknowledged
from fairground.fulfilment.queries import WithdrawalFacts, untold_withdrawals
from fairground.letters.rules import TELLS_MAX, tried_again_at
from fairground.markets.queries import market_facts
from fairground.orders.lookup import OrderFacts, PurchaseWhole, purchase_of_number, purchase_whole
from fairground.orders.meant import email_of_order
from fairground.sites.languages import place_text
from fairground.sites.letter_round import LETTERS_A_ROUND_MAX, DueLetter, letters_leave, send_round
from fairground.sites.storefront.purchases.leaving import withdrawn_text
from fairground.sites.storefront.purchases.refunds import counted
from fairground.sites.wording import moment_text


def send_acknowledgements() -> bool | None:
    """Send the acknowledgements that are due; True while there may be more, None where no mail server answers."""
    return acknowledge_withdrawals(now=datetime.now(UTC))


def acknowledge_withdrawals(*, now: datetime) -> bool | None:
    """Send what is due by a moment, one letter for what was declared at once; True and None as by `send_round`."""
    if not letters_leave():
        return False
    due = untold_withdrawals(now=now, tells_max=TELLS_MAX, letters_max=LETTERS_A_ROUND_MAX)
    due.sort(key=_declaration)
    return send_round([_due(list(some), now) for _, some in groupby(due, key=_declaration)], rows=len(due))


def _declaration(one: WithdrawalFacts) -> tuple[int, datetime]:
    return one.purchase_id, one.declared_at


def _due(withdrawn: Sequence[WithdrawalFacts], now: datetime) -> DueLetter:
    first, order_ids = withdrawn[0], [one.order_id for one in withdrawn]
    return DueLetter(
        about=f"withdrawal from order {first.order_id}",
        tells=first.tells,
        write=partial(_written, withdrawn),
        mark_sent=partial(mark_acknowledged, order_ids, at=now),
        put_off=partial(acknowledge_later, order_ids, after=tried_again_at(tells=first.tells, now=now)),
    )


def _written(withdrawn: Sequence[WithdrawalFacts]) -> EmailMessage | None:
    first = withdrawn[0]
    email = email_of_order(order_id=first.order_id)
    try:
        validate_email(email)
    except ValidationError:
        return None
    with translation.override(first.language):
        return _letter(withdrawn, email)


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
