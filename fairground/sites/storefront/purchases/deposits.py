"""Presales in words: what is due next, and what became of the deposit."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from fairground.kernel.clock import to_unix_ms
from fairground.markets.rules import DepositMode
from fairground.orders.queries import DepositShown, PurchaseListed, PurchaseShown
from fairground.orders.rules import DepositEnd, Step
from fairground.sites.storefront.frame import time_left
from fairground.sites.wording import money_text, short_moment_text

_ENDS: dict[DepositEnd, Promise] = {
    DepositEnd.FORFEITED: gettext_lazy("The deposit of %(deposit)s was earnest money: it stays with the merchant."),
    DepositEnd.RETURNED: gettext_lazy("The deposit of %(deposit)s is returned."),
    DepositEnd.DOUBLED: gettext_lazy(
        "The merchant can't deliver. Your deposit of %(deposit)s is returned, and as much again."
    ),
}
_IF_BROKEN_OFF = {
    DepositMode.EARNEST: gettext_lazy(
        "The deposit is earnest money: it is lost if you cancel or don't pay the rest in time, and comes back doubled "
        "if the merchant can't deliver."
    ),
    DepositMode.ADVANCE: gettext_lazy(
        "The deposit is an advance: it comes back to you if you cancel or don't pay the rest in time."
    ),
}


@dataclass(frozen=True, slots=True)
class BalanceWords:
    """What is said between deposit and balance; `is_open`: it can be paid now."""

    title: str
    text: str
    is_open: bool


def terms_text(mode: DepositMode) -> str:
    """Return what becomes of a deposit if somebody breaks off, in plain words."""
    return str(_IF_BROKEN_OFF[mode])


def end_text(deposit: DepositShown, currency: str) -> str | None:
    """Return what became of the deposit of a presale that came to nothing; None where none was paid, or it counted."""
    words = _ENDS.get(deposit.end) if deposit.end else None
    return str(words) % {"deposit": money_text(deposit.deposit_minor, currency)} if words else None


def returned_minor(deposit: DepositShown) -> int:
    """Return what of the deposit of a presale that came to nothing the shopper has again, in minor units."""
    times = {DepositEnd.RETURNED: 1, DepositEnd.DOUBLED: 2}
    return deposit.deposit_minor * times.get(deposit.end, 0) if deposit.end else 0


def balance_words(
    purchase: PurchaseShown | PurchaseListed, deposit: DepositShown, *, now: datetime, zone: str
) -> BalanceWords:
    """Return what comes next where the deposit is paid and the balance is not."""
    facts = {
        "balance": money_text(purchase.total_minor - deposit.deposit_minor, purchase.currency),
        "opens": short_moment_text(deposit.opens_at, zone),
        "closes": short_moment_text(deposit.closes_at, zone),
    }
    if now < deposit.opens_at:
        text = gettext(
            "Your deposit is paid and the goods are kept for you. %(balance)s are due from then until %(closes)s, or "
            "less if the goods cost less by then."
        )
        return BalanceWords(gettext("Pay the rest from %(opens)s") % facts, text % facts, is_open=False)
    if now < deposit.closes_at:
        text = gettext("%(balance)s are due, or less if the goods cost less today.")
        return BalanceWords(gettext("Pay the rest until %(closes)s") % facts, text % facts, is_open=True)
    text = gettext("It ends by itself in a moment, and what was kept for you goes on sale again.")
    return BalanceWords(gettext("The time to pay the rest is over"), text, is_open=False)


def window_text(deposit: DepositShown, zone: str) -> str:
    """Return when the balance may be paid."""
    return gettext("From %(opens)s until %(closes)s") % {
        "opens": short_moment_text(deposit.opens_at, zone),
        "closes": short_moment_text(deposit.closes_at, zone),
    }


def cancel_text(purchase: PurchaseShown, deposit: DepositShown) -> str:
    """Return what cancelling costs now."""
    if purchase.state is not Step.DEPOSITED:
        return gettext("You have paid nothing yet. What is kept for you goes on sale again.")
    paid = {"deposit": money_text(deposit.deposit_minor, purchase.currency)}
    if deposit.mode is DepositMode.EARNEST:
        return gettext("You paid a deposit of %(deposit)s. It is earnest money: if you cancel, it is lost.") % paid
    return gettext("You paid a deposit of %(deposit)s. It comes back to you.") % paid


def payment_rows(purchase: PurchaseShown, deposit: DepositShown) -> list[tuple[str, str]]:
    """Return the two payments of a presale in words and amounts; the second one as it was, or as it is to be."""
    balance_minor = deposit.balance_minor
    if balance_minor is None:
        balance_minor = purchase.total_minor - deposit.deposit_minor
    amounts = [(gettext("Deposit"), deposit.deposit_minor), (gettext("The rest"), balance_minor)]
    return [(words, money_text(amount_minor, purchase.currency)) for words, amount_minor in amounts]


@dataclass(frozen=True, slots=True)
class BalanceClock:
    """How long until the balance can be paid, or for how long still; `left` has two digits a part."""

    opens_ms: int
    closes_ms: int
    phase: str
    left: dict[str, str]
    amount: str


def balance_clock(
    purchase: PurchaseShown | PurchaseListed, deposit: DepositShown | None, *, now: datetime, due_minor: int | None
) -> BalanceClock | None:
    """Return the clock of a balance; `due_minor` is what is due where it is known. None where none is waited for."""
    if deposit is None or purchase.state is not Step.DEPOSITED:
        return None
    opens_ms, closes_ms, now_ms = to_unix_ms(deposit.opens_at), to_unix_ms(deposit.closes_at), to_unix_ms(now)
    amount_minor = purchase.total_minor - deposit.deposit_minor if due_minor is None else due_minor
    return BalanceClock(
        opens_ms=opens_ms,
        closes_ms=closes_ms,
        phase="before" if now_ms < opens_ms else "open" if now_ms < closes_ms else "over",
        left=time_left(max(0, (opens_ms if now_ms < opens_ms else closes_ms) - now_ms)),
        amount=money_text(amount_minor, purchase.currency),
    )
