"""Letters to a merchant about its money: payouts, the statement with what was sent, and why nothing is paid."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from fairground.letters.queries import LetterFacts
from fairground.letters.rules import News
from fairground.merchants.contacts import Mailbox
from fairground.merchants.queries import merchants_by_id
from fairground.settlement.payout_news import PayoutNews, payout_news
from fairground.settlement.queries import terms_of
from fairground.settlement.rules.payouts import PayoutState
from fairground.settlement.statements import read_statement, statement_lines
from fairground.sites.merchant_desk.written import File, Written
from fairground.sites.statements.table import statement_csv
from fairground.sites.wording import money_text

# A statement of so many lines is half a megabyte; a longer one is asked for.
ATTACHED_LINES_MAX = 5_000
_SUBJECTS: Mapping[News, Promise] = {
    News.PAYOUT_APPROVED: gettext_lazy("Payout of %(amount)s: approved"),
    News.PAYOUT_SENT: gettext_lazy("Payout of %(amount)s: sent"),
    News.PAYOUT_CONFIRMED: gettext_lazy("Payout of %(amount)s: confirmed by the bank"),
    News.PAYOUT_FAILED: gettext_lazy("Payout of %(amount)s: failed"),
}
_SAID: Mapping[News, Promise] = {
    News.PAYOUT_APPROVED: gettext_lazy("Your payout of %(amount)s is approved, and will be sent."),
    News.PAYOUT_SENT: gettext_lazy("Your payout of %(amount)s was sent to your bank."),
    News.PAYOUT_CONFIRMED: gettext_lazy("Your bank has confirmed the payout of %(amount)s."),
    News.PAYOUT_FAILED: gettext_lazy(
        "Your payout of %(amount)s failed. The money is yours as before, and goes out with the next payout."
    ),
}


def payout_letter(letters: Sequence[LetterFacts], _mailbox: Mailbox, _now: datetime) -> Written:
    """Return the letter about a payout, in the active language; with what was sent goes the statement."""
    payout = payout_news(payout_id=letters[0].subject_id)
    assert payout is not None, letters[0]
    amount = {"amount": money_text(payout.paid_minor, payout.paid_currency)}
    # What was told late is told as it is now.
    last = letters[-1].news
    parts = [str(_SAID[last]) % amount]
    facts = [gettext("Payout: %(number)s") % {"number": payout.payout_id}]
    if payout.paid_currency != payout.currency:
        worth = {"amount": money_text(payout.amount_minor, payout.currency)}
        facts.append(gettext("For %(amount)s that you were owed.") % worth)
    if payout.reference:
        facts.append(gettext("The bank's reference: %(reference)s") % {"reference": payout.reference})
    if payout.failed_because:
        facts.append(gettext("Why it failed: %(reason)s") % {"reason": payout.failed_because})
    parts.append("\n".join(facts))
    files: tuple[File, ...] = ()
    if payout.state is not PayoutState.FAILED and any(one.news is News.PAYOUT_SENT for one in letters):
        files = _statement(payout)
        parts.append(
            gettext("The statement, order by order, is attached as a table.")
            if files
            else gettext("Ask Fairground for the statement, which is too long for a letter.")
        )
    return Written(str(_SUBJECTS[last]) % amount, "\n\n".join(parts) + "\n", files)


def _statement(payout: PayoutNews) -> tuple[File, ...]:
    head = read_statement(payout_id=payout.payout_id)
    lines = list(islice(statement_lines(head), ATTACHED_LINES_MAX + 1))
    if len(lines) > ATTACHED_LINES_MAX:
        return ()
    content = b"".join(statement_csv(lines, currency=head.currency))
    return (File(f"statement-{payout.payout_id}.csv", content, "text/csv"),)


def hold_letter(letters: Sequence[LetterFacts], _mailbox: Mailbox, _now: datetime) -> Written:
    """Return the letter that says whether a merchant is held now, and why, in the active language."""
    merchant_id = letters[0].subject_id
    terms = terms_of(merchant_id=merchant_id)
    merchant = merchants_by_id(ids=[merchant_id]).get(merchant_id)
    name = {"merchant": merchant.name if merchant else str(merchant_id)}
    if not terms.held:
        said = gettext("%(merchant)s is not held any more: what you are owed is released and paid again.") % name
        return Written(gettext("Your money is not held any more"), said + "\n")
    parts = [
        gettext("%(merchant)s is held: for now nothing is released or paid out. What you are owed stays yours.") % name,
        gettext("Why: %(reason)s") % {"reason": terms.held_because},
        gettext("If you think that this is wrong, answer this letter."),
    ]
    return Written(gettext("Your money is held"), "\n\n".join(parts) + "\n")
