"""The letter to a merchant about a withdrawal: which order, which lines, and what follows from it; nobody's name."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from fairground.fulfilment.queries import withdrawals_of
from fairground.fulfilment.rules import WithdrawalEnd
from fairground.letters.queries import LetterFacts
from fairground.markets.queries import time_zone_of
from fairground.merchants.contacts import Mailbox
from fairground.orders.lookup import LineFacts, purchase_of_number, purchase_whole
from fairground.sites.languages import place_text
from fairground.sites.merchant_desk.words import counted
from fairground.sites.merchant_desk.written import Written
from fairground.sites.wording import moment_text

_FOLLOWS: Mapping[WithdrawalEnd, Promise] = {
    WithdrawalEnd.CANCELLED: gettext_lazy("Nothing of it had left: the order is cancelled. Don't send it."),
    WithdrawalEnd.NOTED: gettext_lazy(
        "Send nothing more of what is withdrawn. The buyer sends back what has come; the money is back by %(refund)s, "
        "or when the goods or a proof that they were sent are here. Tell Fairground when they are with you."
    ),
    WithdrawalEnd.LATE: gettext_lazy("The time for that was over, so the order stays. There is nothing to do."),
    WithdrawalEnd.NO_RIGHT: gettext_lazy(
        "The law gives no right to that here, so the order stays. You may still agree to it."
    ),
    WithdrawalEnd.NOTHING_LEFT: gettext_lazy("The order had ended before, so there is nothing to do."),
}


def withdrawal_letter(letters: Sequence[LetterFacts], _mailbox: Mailbox, _now: datetime) -> Written:
    """Return the letter about a withdrawal, in the active language."""
    order_id = letters[0].subject_id
    withdrawn = withdrawals_of(order_ids=[order_id]).get(order_id)
    assert withdrawn is not None, letters[0]
    number = purchase_of_number(number=str(withdrawn.purchase_id))
    whole = purchase_whole(number=number) if number else None
    assert whole is not None, f"a withdrawal without purchase {withdrawn.purchase_id}"
    order = next(one for one in whole.orders if one.id == order_id)
    zone = time_zone_of(market=whole.purchase.market)
    name = f"{whole.purchase.number}-{order.position}"
    when = {"moment": moment_text(withdrawn.declared_at, zone), "place": place_text(zone)}
    said = [
        gettext("A buyer withdrew from an order with you."),
        gettext("Received: %(moment)s (%(place)s)") % when,
        gettext("Order %(number)s") % {"number": name} + "\n" + "\n".join(_lines(order.lines)),
        gettext("In the buyer's words: %(statement)s") % {"statement": withdrawn.statement}
        if withdrawn.statement
        else gettext("What of it: all of this order."),
        str(_FOLLOWS[withdrawn.outcome])
        % {"refund": moment_text(withdrawn.refund_by, zone) if withdrawn.refund_by else ""},
    ]
    subject = gettext("Withdrawal from order %(number)s") % {"number": name}
    return Written(subject, "\n\n".join(said) + "\n")


def _lines(lines: Sequence[LineFacts]) -> list[str]:
    return [f"  {counted(one.title, one.quantity)}" for one in lines]
