"""Letters to merchants, each in the language of its address: on cases, withdrawals, payouts and holds."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from django.core.mail import EmailMessage
from django.utils import translation

from fairground.letters.queries import LetterFacts
from fairground.letters.rules import Matter, Reader
from fairground.merchants.contacts import Mailbox, mailbox_of
from fairground.sites.letter_round import send_due_letters
from fairground.sites.merchant_desk.case_letters import case_letter
from fairground.sites.merchant_desk.money_letters import hold_letter, payout_letter
from fairground.sites.merchant_desk.withdrawal_letters import withdrawal_letter
from fairground.sites.merchant_desk.written import Written

_WRITTEN: Mapping[Matter, Callable[[Sequence[LetterFacts], Mailbox, datetime], Written]] = {
    Matter.CASE: case_letter,
    Matter.WITHDRAWAL: withdrawal_letter,
    Matter.PAYOUT: payout_letter,
    Matter.HOLD: hold_letter,
}
_ABOUT_MONEY = frozenset({Matter.PAYOUT, Matter.HOLD})


def send_merchant_letters() -> bool | None:
    """Send the letters to merchants that are due; True while there may be more, None where no mail server answers."""
    return send_to_merchants(now=datetime.now(UTC))


def send_to_merchants(*, now: datetime) -> bool | None:
    """Send what is due to merchants by a moment; True and None as by `send_due_letters`."""
    return send_due_letters(reader=Reader.MERCHANT, now=now, write=_letter)


def _letter(letters: Sequence[LetterFacts], now: datetime) -> EmailMessage | None:
    first = letters[0]
    mailbox = mailbox_of(merchant_id=first.reader_id, is_about_money=first.matter in _ABOUT_MONEY)
    if mailbox is None:
        return None
    with translation.override(mailbox.language):
        written = _WRITTEN[first.matter](letters, mailbox, now)
    letter = EmailMessage(written.subject, written.text, to=[mailbox.email])
    for file in written.files:
        letter.attach(file.name, file.content, file.kind)
    return letter
