"""After-sale cases in words, for who asks and for who answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from fairground.aftersales.actions import answer_case, evidence, give_label, moving, open_case, replacing, settling
from fairground.aftersales.queries import EventShown
from fairground.aftersales.rules import CaseReason, CaseState, Happened, Who, Wish
from fairground.checkout.rules import refunding, shipping
from fairground.kernel.edits import ShopBusy
from fairground.kernel.refusal import Refusal
from fairground.sites.case_forms import UnitsUnclear
from fairground.sites.wording import money_text, short_moment_text

REASONS: Mapping[CaseReason, Promise] = {
    CaseReason.CHANGED_MIND: gettext_lazy("I changed my mind"),
    CaseReason.FAULTY: gettext_lazy("It is broken or doesn't work"),
    CaseReason.WRONG: gettext_lazy("It is not what I ordered"),
    CaseReason.MISSING: gettext_lazy("It did not come, or not all of it"),
    CaseReason.OTHER: gettext_lazy("Something else"),
}
WISHES: Mapping[Wish, Promise] = {
    Wish.MONEY: gettext_lazy("My money back"),
    Wish.EXCHANGE: gettext_lazy("Another one in its place"),
}
STATES: Mapping[CaseState, tuple[Promise, str]] = {
    CaseState.OPENED: (gettext_lazy("Waiting for the merchant"), "warn"),
    CaseState.ACCEPTED: (gettext_lazy("Accepted: send it back"), "good"),
    CaseState.SENT: (gettext_lazy("On its way back"), "good"),
    CaseState.REFUSED: (gettext_lazy("Claim refused"), "bad"),
    CaseState.ESCALATED: (gettext_lazy("Fairground decides"), "warn"),
    CaseState.REFUNDED: (gettext_lazy("Money returned"), "good"),
    CaseState.EXCHANGED: (gettext_lazy("Exchanged"), "good"),
    CaseState.CLOSED: (gettext_lazy("Case closed"), ""),
    CaseState.WITHDRAWN: (gettext_lazy("Taken back"), ""),
    CaseState.EXPIRED: (gettext_lazy("Expired"), ""),
    CaseState.REPLACING: (gettext_lazy("Replacement to be sent"), "warn"),
    CaseState.REPLACED: (gettext_lazy("Replacement on its way"), "good"),
    CaseState.LOST: (gettext_lazy("Replacement lost"), "bad"),
}
PEOPLE: Mapping[Who, Promise] = {
    Who.SHOPPER: gettext_lazy("Buyer"),
    Who.MERCHANT: gettext_lazy("Merchant"),
    Who.OPERATOR: gettext_lazy("Fairground"),
    Who.CLOCK: gettext_lazy("By itself"),
}
_HAPPENED: Mapping[Happened, Promise] = {
    Happened.OPENED: gettext_lazy("Asked"),
    Happened.ACCEPTED: gettext_lazy("Accepted"),
    Happened.SENT: gettext_lazy("Sent back"),
    Happened.REFUSED: gettext_lazy("Claim refused"),
    Happened.ESCALATED: gettext_lazy("Put before Fairground"),
    Happened.REFUNDED: gettext_lazy("Money returned"),
    Happened.EXCHANGED: gettext_lazy("Replacement arrived"),
    Happened.CLOSED: gettext_lazy("Closed: the refusal stands"),
    Happened.WITHDRAWN: gettext_lazy("Taken back by the buyer"),
    Happened.EXPIRED: gettext_lazy("Expired: nothing was sent back"),
    Happened.RECEIVED: gettext_lazy("Goods received"),
    Happened.NO_LONGER_THERE: gettext_lazy("The other one is sold out: the money goes back instead"),
    Happened.REPLACING: gettext_lazy("Replacement set aside, to be sent"),
    Happened.REPLACED: gettext_lazy("Replacement sent"),
    Happened.LOST: gettext_lazy("Replacement lost"),
    Happened.LABEL: gettext_lazy("Label given"),
}
_REFUSED: Mapping[type[Refusal], Promise] = {
    refunding.OrderNotRefundable: gettext_lazy("Nothing of this order is paid and kept, so nothing can be asked."),
    refunding.UnknownLine: gettext_lazy("The order has no such line."),
    refunding.NoUnits: gettext_lazy("Choose how many of what it is about."),
    refunding.TooManyUnits: gettext_lazy("You have fewer of these left."),
    refunding.UnitsInCase: gettext_lazy("Another open case is about these already."),
    refunding.PaidByPrize: gettext_lazy("A draw has paid this purchase back already, so no more goes back."),
    refunding.ShopperErased: gettext_lazy("Who paid was erased, so nobody has the wallet."),
    open_case.AskedTooEarly: gettext_lazy(
        "It is still on its way. If it has not come a week after it was shipped, tell us here."
    ),
    open_case.NoRightToReturn: gettext_lazy(
        "The law here gives no right to send it back without a reason: ask the merchant first."
    ),
    open_case.AskedTooLate: gettext_lazy("The time in which this can be asked for is over."),
    open_case.TooManyCases: gettext_lazy("This order has had as many cases as it may have."),
    open_case.CaseThereAlready: gettext_lazy("You have asked already: it stands below. Nothing was sent twice."),
    open_case.NotExchangeable: gettext_lazy("It can't be exchanged for that. Choose another one, or your money back."),
    shipping.PartlyShipped: gettext_lazy(
        "A part of the order has not left yet. Ship or refund that first: then this can be paid."
    ),
    UnitsUnclear: gettext_lazy("Say of each of the goods how many, in whole numbers such as 2. Nothing changed."),
    answer_case.NoSuchPart: gettext_lazy("That is more than was asked for, or nothing of it."),
    settling.NothingToExchange: gettext_lazy("What it should be exchanged for is sold out. Give the money back."),
    replacing.ParcelWasLost: gettext_lazy("That is the number of the parcel that was lost. The new one has another."),
    replacing.NotLateYet: gettext_lazy("There is still time to send it. After that, you may have your money instead."),
    give_label.TooManyLabels: gettext_lazy("The case has had as many labels as it may. Write a message instead."),
    moving.NoSuchCase: gettext_lazy("There is no such case."),
    moving.CaseMoved: gettext_lazy("Something changed while you were here: look again."),
    moving.MessageThereAlready: gettext_lazy("Your message stands here already: it was not sent twice."),
    moving.TextMissing: gettext_lazy("Some words are needed here."),
    moving.TextTooLong: gettext_lazy("The text is too long."),
    moving.TooManyMessages: gettext_lazy("No more messages fit into this case."),
    evidence.TooMuchEvidence: gettext_lazy("No more pictures fit into this case."),
    ShopBusy: gettext_lazy("Fairground is busy just now: nothing changed. Try again in a moment."),
}
REFUSALS = tuple(_REFUSED)
_FAILED = frozenset({Happened.REFUSED, Happened.CLOSED, Happened.EXPIRED, Happened.LOST})


@dataclass(frozen=True, slots=True)
class CaseStep:
    """A step of a case's story, as the timeline shows one."""

    title: str
    text: str
    state: str
    at_iso: str
    at_text: str


def happened_text(kind: Happened) -> str:
    """Return what happened in a few words."""
    return str(_HAPPENED[kind])


def case_step(event: EventShown, zone: str) -> CaseStep:
    """Return what happened as a step of the story, in a time zone."""
    amount_minor = event.facts.get("paid_minor")
    text = str(PEOPLE[event.who])
    if event.kind is Happened.REFUNDED and amount_minor is not None:
        text = money_text(int(amount_minor), str(event.facts["currency"]))
    return CaseStep(
        title=happened_text(event.kind),
        text=text,
        state="failed" if event.kind in _FAILED else "done",
        at_iso=event.at.isoformat(),
        at_text=short_moment_text(event.at, zone),
    )


def refused_case_text(refusal: Refusal) -> str:
    """Return why something can't be done with a case, in the active language."""
    known = _REFUSED.get(type(refusal))
    return str(known) if known else gettext("That can't be done. Nothing changed.")
