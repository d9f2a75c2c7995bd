"""A case in a merchant's words: what happened, and what has to be done until when."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from fairground.aftersales.exchanging import VariantNamed, variants_named
from fairground.aftersales.queries import CaseShown, EventShown
from fairground.aftersales.rules import CaseState, Happened, Who, Wish, silence_accepts
from fairground.sites.languages import catalogue_language, in_language
from fairground.sites.wording import moment_text, number_text

_HAPPENED: Mapping[Happened, Promise] = {
    Happened.OPENED: gettext_lazy("A buyer asks about goods that you sold."),
    Happened.ACCEPTED: gettext_lazy("It counts as accepted: the goods come back to you."),
    Happened.SENT: gettext_lazy("The buyer sent the goods back."),
    Happened.REFUSED: gettext_lazy("Fairground refused it."),
    Happened.ESCALATED: gettext_lazy("It was put before Fairground, which decides."),
    Happened.REFUNDED: gettext_lazy("The buyer has the money back."),
    Happened.REPLACING: gettext_lazy("The buyer gets another one: send it."),
    Happened.REPLACED: gettext_lazy("The replacement is on its way."),
    Happened.LOST: gettext_lazy("The replacement was lost."),
    Happened.EXCHANGED: gettext_lazy("The replacement counts as arrived."),
    Happened.CLOSED: gettext_lazy("It is closed: the refusal stands."),
    Happened.WITHDRAWN: gettext_lazy("The buyer took it back."),
    Happened.EXPIRED: gettext_lazy("It expired: nothing was sent back in time."),
    Happened.RECEIVED: gettext_lazy("The goods are back."),
    Happened.NO_LONGER_THERE: gettext_lazy("The other one is sold out: the money goes back instead."),
    Happened.LABEL: gettext_lazy("The buyer was told how the goods go back."),
}
_HAPPENED_BY: Mapping[tuple[Happened, Who], Promise] = {
    (Happened.ACCEPTED, Who.OPERATOR): gettext_lazy("Fairground decided for the buyer: the goods come back to you."),
    (Happened.REFUNDED, Who.OPERATOR): gettext_lazy("Fairground decided for the buyer, who has the money back."),
    (Happened.REFUNDED, Who.SHOPPER): gettext_lazy(
        "You were late with the other one, so the buyer chose the money, and has it back."
    ),
    (Happened.REPLACING, Who.OPERATOR): gettext_lazy(
        "Fairground decided for the buyer, who gets another one: send it."
    ),
    (Happened.LOST, Who.SHOPPER): gettext_lazy("The buyer says that the replacement did not come."),
    (Happened.LOST, Who.OPERATOR): gettext_lazy("Fairground found that the replacement was lost."),
    (Happened.EXCHANGED, Who.SHOPPER): gettext_lazy("The buyer has the replacement."),
    (Happened.EXCHANGED, Who.OPERATOR): gettext_lazy("Fairground found that the replacement arrived."),
    (Happened.CLOSED, Who.OPERATOR): gettext_lazy("Fairground decided for you: the refusal stands."),
}
_NEXT: Mapping[CaseState, Promise] = {
    CaseState.OPENED: gettext_lazy(
        "Accept it, in whole or in part, or refuse it and say why, by %(due)s. If you don't, it counts as accepted."
    ),
    CaseState.ACCEPTED: gettext_lazy("The buyer sends the goods back by %(due)s. Say what came when it is there."),
    CaseState.SENT: gettext_lazy(
        "Say what came back, and how much of it is as new, by %(due)s. If you don't, Fairground looks into it."
    ),
    CaseState.REFUSED: gettext_lazy(
        "The buyer may put it before Fairground until %(due)s. After that, the refusal stands."
    ),
    CaseState.ESCALATED: gettext_lazy(
        "Fairground looks at both sides and means to decide by %(due)s. Write what it should know."
    ),
    CaseState.REFUNDED: gettext_lazy("There is nothing left to do."),
    CaseState.REPLACING: gettext_lazy(
        "Send the other one by %(due)s, and save its carrier and number on the page of the case. It is set aside in "
        "your stock. After that, the buyer may choose the money instead."
    ),
    CaseState.REPLACED: gettext_lazy(
        "The other one is on its way. The buyer says when it is there; if nobody says anything, it counts as arrived "
        "on %(due)s."
    ),
    CaseState.LOST: gettext_lazy(
        "Send another one, or give the money back: choose by %(due)s. After that, the buyer may choose the money."
    ),
    CaseState.EXCHANGED: gettext_lazy("There is nothing left to do."),
    CaseState.CLOSED: gettext_lazy("It ended without money or goods."),
    CaseState.WITHDRAWN: gettext_lazy("There is nothing left to do."),
    CaseState.EXPIRED: gettext_lazy("There is nothing left to do."),
}
_WITHOUT_GOODS = gettext_lazy(
    "Accept it, in whole or in part, or refuse it and say why, by %(due)s. If you don't, Fairground looks into it."
)
_NEVER_LEFT = gettext_lazy("These had not left: don't send them. There is nothing else to do.")


def counted(title: str, units: int) -> str:
    """Return a title with its units."""
    return f"{number_text(units)} \N{MULTIPLICATION SIGN} {title}"


def happened_to_merchant(event: EventShown) -> str:
    """Return what happened, for the merchant."""
    return str(_HAPPENED_BY.get((event.kind, event.who), _HAPPENED[event.kind]))


def next_words(case: CaseShown, zone: str) -> str:
    """Return what the merchant has to do, or waits for, until when in a time zone."""
    due = {"due": moment_text(case.row.due_at, zone) if case.row.due_at else ""}
    if case.row.state is CaseState.OPENED and not silence_accepts(case.row.reason):
        return str(_WITHOUT_GOODS) % due
    if case.row.state is CaseState.REFUNDED and never_left(case):
        return str(_NEVER_LEFT)
    return str(_NEXT[case.row.state]) % due


def never_left(case: CaseShown) -> bool:
    """Return whether a case was paid in the moment in which it was opened: its goods were still here."""
    return case.row.state is CaseState.REFUNDED and case.row.closed_at == case.row.opened_at


def goods_words(case: CaseShown) -> list[str]:
    """Return each line of a case with its units, and with what it is exchanged for as the merchant knows it."""
    is_exchange = case.row.wish is Wish.EXCHANGE
    sku_ids = {line.swap_sku_id for line in case.lines if line.swap_sku_id is not None} if is_exchange else set()
    named = variants_named(sku_ids=sku_ids) if sku_ids else {}
    said = []
    for line in case.lines:
        goods, swap = counted(line.title, line.units_asked), named.get(line.swap_sku_id or 0)
        said.append(
            gettext("%(goods)s, for: %(variant)s") % {"goods": goods, "variant": _variant(swap)} if swap else goods
        )
    return said


def _variant(one: VariantNamed) -> str:
    options = filter(None, (in_language(words, catalogue_language()) for words in one.options))
    return ", ".join([*options, one.external_id])


def came_to(case: CaseShown, number: int) -> str:
    """Return how far a line of a case was agreed to; empty where all of it, or nothing yet."""
    line = case.lines[number]
    if line.units_agreed is None or line.units_agreed == line.units_asked:
        return ""
    return gettext("%(units)s accepted") % {"units": number_text(line.units_agreed)}
