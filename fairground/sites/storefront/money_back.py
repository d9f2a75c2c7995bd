"""Where money that went back is, in words: in the wallet, or on its way to where it was paid from."""

from collections.abc import Sequence

from django.utils.translation import gettext

from fairground.kernel.clock import to_unix_ms
from fairground.payments.life import RefundState
from fairground.payments.reading import ReturnShown
from fairground.sites.storefront.payment_words import provider_text
from fairground.sites.wording import money_text

Returns = Sequence[ReturnShown]


def back_text(amount_minor: int, currency: str, returns: Returns) -> str:
    """Return where an amount that went back is, a sentence a place; `returns` carry what of it goes to providers."""
    sums: dict[tuple[str, bool], int] = {}
    rest_minor = amount_minor
    for one in returns:
        part_minor = min(rest_minor, one.amount_minor)
        rest_minor -= part_minor
        key = (one.provider, one.state is RefundState.DONE)
        sums[key] = sums.get(key, 0) + part_minor
    told = [_provider_words(provider, done, amount, currency) for (provider, done), amount in sums.items() if amount]
    if rest_minor:
        told.append(gettext("%(amount)s is back in your wallet.") % {"amount": money_text(rest_minor, currency)})
    return " ".join(told)


def back_rows(amount_minor: int, currency: str, returns: Returns) -> list[tuple[str, str]]:
    """Return what went back as rows of sums: to where it was paid from, and into the wallet."""
    sent_minor = min(amount_minor, sum(one.amount_minor for one in returns))
    rows = [
        (gettext("Back to where you paid from"), sent_minor),
        (gettext("Back in your wallet"), amount_minor - sent_minor),
    ]
    return [(words, money_text(minor, currency)) for words, minor in rows if minor]


def sent_then(returns: Returns, *, at_ms: int, order_id: int | None = None) -> list[ReturnShown]:
    """Return the returns that were written at a moment, in milliseconds; those of one order where one is named."""
    return [one for one in returns if to_unix_ms(one.at) == at_ms and order_id in {None, one.order_id}]


def _provider_words(provider: str, done: bool, amount_minor: int, currency: str) -> str:
    facts = {"amount": money_text(amount_minor, currency), "name": provider_text(provider)}
    if done:
        return gettext("%(amount)s is back where you paid from (%(name)s).") % facts
    return gettext("%(amount)s is on its way back to where you paid from (%(name)s).") % facts
