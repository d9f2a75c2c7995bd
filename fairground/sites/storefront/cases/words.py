"""A case in words: its story, what comes next and until when, what was asked and what became of it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from fairground.aftersales.queries import CaseShown, LabelShown
from fairground.aftersales.rules import MONEY_WHEN_LATE, CaseState, Happened, Who, lost_from, silence_accepts
from fairground.kernel.clock import to_unix_ms
from fairground.sites.case_words import PEOPLE, WISHES, CaseStep, case_step
from fairground.sites.storefront.case_rows import CaseRowWords, row_words
from fairground.sites.storefront.money_back import Returns, back_text, sent_then
from fairground.sites.storefront.purchases.refunds import counted
from fairground.sites.wording import moment_text, money_text, number_text, short_moment_text

_NEXT: dict[CaseState, Promise] = {
    CaseState.OPENED: gettext_lazy("The merchant answers by %(due)s. If nobody does, it counts as accepted."),
    CaseState.ACCEPTED: gettext_lazy(
        "Send the goods back by %(due)s: print the label, put it on the parcel, and enter its tracking number here."
    ),
    CaseState.SENT: gettext_lazy(
        "When the goods are there, you get what was agreed. If nothing is heard by %(due)s, Fairground looks into it."
    ),
    CaseState.REFUSED: gettext_lazy(
        "If you don't agree, put it before Fairground by %(due)s. After that, the refusal stands."
    ),
    CaseState.ESCALATED: gettext_lazy("Fairground looks at both sides and means to decide by %(due)s."),
    CaseState.REFUNDED: gettext_lazy("There is nothing left to do."),
    CaseState.EXCHANGED: gettext_lazy(
        "You have the other one. Your purchase stays as it was paid, and you can ask about the new one as about any."
    ),
    CaseState.CLOSED: gettext_lazy("It ended without money or goods."),
    CaseState.WITHDRAWN: gettext_lazy("You took it back. You can ask again while there is time."),
    CaseState.EXPIRED: gettext_lazy("Nothing was sent back in time. You can ask again while there is time."),
    CaseState.REPLACING: gettext_lazy("The other one is set aside for you. The merchant sends it by %(due)s."),
    CaseState.REPLACED: gettext_lazy(
        "The other one is on its way. Tell us when you have it; if nobody says anything, it counts as received on "
        "%(due)s."
    ),
    CaseState.LOST: gettext_lazy("The merchant sends another one or gives your money back by %(due)s."),
}

_SEND_SOMEWHERE = gettext_lazy(
    "Send the goods back by %(due)s, and enter the tracking number here. The merchant tells you where to: if that does "
    "not stand below yet, ask for it in a message. Put the number of this case on the parcel."
)
_SEND_WITH_LABEL = gettext_lazy(
    "Send the goods back by %(due)s with the label below: print it, put it on the parcel, and save its number here."
)
_SEND_WITH = gettext_lazy("Send the goods back by %(due)s with the carrier below, and save the parcel's number here.")
_LATE = gettext_lazy("The merchant is late. You can wait for the other one, or have your money instead.")
_NEXT_WITHOUT_GOODS = gettext_lazy("The merchant answers by %(due)s. If nobody does, Fairground looks into it.")


@dataclass(frozen=True, slots=True)
class MessageWords:
    """A message of a case; `mine`: the buyer's own."""

    who: str
    at: str
    at_iso: str
    text: str
    mine: bool


@dataclass(frozen=True, slots=True)
class CaseWords:
    """A case as its page shows it."""

    row: CaseRowWords
    next: str
    wish: str
    lines: list[tuple[str, str]]
    steps: list[CaseStep]
    messages: list[MessageWords]
    pictures: list[tuple[int, int, int]]
    tracking: str
    may_send: bool
    may_escalate: bool
    may_withdraw: bool
    may_write: bool
    may_print: bool
    way_back: LabelShown | None
    parcels: list[tuple[str, str]]
    may_confirm: bool
    may_report_lost: bool
    is_lost: bool
    may_have_money: bool


def _next(case: CaseShown, *, has_address: bool, is_late: bool) -> Promise:
    if is_late:
        return _LATE
    if case.row.state is CaseState.OPENED and not silence_accepts(case.row.reason):
        return _NEXT_WITHOUT_GOODS
    if case.row.state is CaseState.ACCEPTED and case.label:
        return _SEND_WITH_LABEL if case.label.has_file else _SEND_WITH
    if case.row.state is CaseState.ACCEPTED and not has_address:
        return _SEND_SOMEWHERE
    return _NEXT[case.row.state]


def case_words(case: CaseShown, zone: str, *, has_address: bool, now: datetime, returns: Returns = ()) -> CaseWords:
    """Return a case as its page shows it, in a time zone; `returns` are those of its purchase to providers.

    `has_address`: it is known where goods go back to, so that a label can be printed.
    """
    state = case.row.state
    due = moment_text(case.row.due_at, zone) if case.row.due_at else ""
    is_late = state in MONEY_WHEN_LATE and case.row.due_at is not None and case.row.due_at <= now
    has_file = case.label is not None and case.label.has_file
    next_words = _next(case, has_address=has_address, is_late=is_late)
    return CaseWords(
        row=row_words(case.row, zone),
        next=" ".join(filter(None, [_went_back(case, returns), str(next_words) % {"due": due}])),
        wish=str(WISHES[case.row.wish]),
        lines=[
            (counted(line.title, line.units_asked), _came_to(case, number)) for number, line in enumerate(case.lines)
        ],
        steps=[case_step(one, zone) for one in case.events],
        messages=[
            MessageWords(
                who=gettext("You") if one.who is Who.SHOPPER else str(PEOPLE[one.who]),
                at=short_moment_text(one.at, zone),
                at_iso=one.at.isoformat(),
                text=one.text,
                mine=one.who is Who.SHOPPER,
            )
            for one in case.messages
        ],
        pictures=[(one.position, one.width, one.height) for one in case.evidence],
        tracking=case.tracking,
        may_send=state is CaseState.ACCEPTED,
        may_escalate=state is CaseState.REFUSED,
        may_withdraw=state in {CaseState.OPENED, CaseState.ACCEPTED, CaseState.REFUSED, CaseState.ESCALATED},
        may_write=case.row.closed_at is None,
        may_print=state in {CaseState.ACCEPTED, CaseState.SENT} and case.needs_return and has_address and not has_file,
        way_back=case.label if state in {CaseState.ACCEPTED, CaseState.SENT} else None,
        parcels=[(one.carrier, one.tracking_number) for one in case.replacements[-1:] if one.sent_at],
        may_confirm=state in {CaseState.REPLACED, CaseState.LOST},
        is_lost=state is CaseState.LOST,
        may_report_lost=state is CaseState.REPLACED and _may_be_lost(case, now),
        may_have_money=is_late,
    )


def _may_be_lost(case: CaseShown, now: datetime) -> bool:
    sent_at = case.replacements[-1].sent_at
    return sent_at is not None and now >= lost_from(sent_at=sent_at)


def _went_back(case: CaseShown, returns: Returns) -> str:
    """Where the money is that the case came to, with shipping and duties, or nothing where it came to none."""
    closed_at = case.row.closed_at
    paid_minor = sum(int(one.facts.get("paid_minor", 0)) for one in case.events if one.kind is Happened.REFUNDED)
    if case.row.state is not CaseState.REFUNDED or closed_at is None or not paid_minor:
        return ""
    sent = sent_then(returns, at_ms=to_unix_ms(closed_at), order_id=case.row.order_id)
    return back_text(paid_minor, case.row.currency, sent)


def _came_to(case: CaseShown, number: int) -> str:
    """What became of a line, or nothing yet."""
    line = case.lines[number]
    if line.units_paid:
        facts = {"units": number_text(line.units_paid), "amount": money_text(line.paid_minor, case.row.currency)}
        return gettext("%(amount)s for %(units)s") % facts
    if line.swap_due and case.row.state is CaseState.EXCHANGED:
        return gettext("%(units)s exchanged") % {"units": number_text(line.swap_due)}
    if line.swap_due:
        return gettext("%(units)s will be replaced") % {"units": number_text(line.swap_due)}
    if line.units_agreed is not None and line.units_agreed != line.units_asked:
        return gettext("%(units)s accepted") % {"units": number_text(line.units_agreed)}
    return ""
