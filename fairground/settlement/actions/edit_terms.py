"""How merchants are settled, as an operator says."""

from collections.abc import Mapping

from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import Act, By, changes_between, edit_turn, tell_offers_changed, write_audit
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.letters.actions import Told, post_letters
from fairground.letters.rules import News, Reader
from fairground.markets.queries import has_rate
from fairground.merchants.actions import NoSuchMerchant
from fairground.merchants.models import Merchant
from fairground.settlement.models import Terms
from fairground.settlement.queries import terms_of
from fairground.settlement.rules.payouts import Schedule
from fairground.settlement.rules.terms import SettlementTerms, digest_of_terms, terms_wrong


class TermsWrong(Refusal):
    """A share, a number of days, an amount or a reason is not as it must be; `what` names it."""


class TermsChangedSince(Refusal):
    """They are no longer what who writes had seen."""


def edit_terms(*, merchant_id: int, terms: SettlementTerms, by: By, seen: str | None = None) -> bool:
    """Write how a merchant is settled from now on; return whether anything changed. It is in the audit log.

    What was released keeps the terms of its release, and what was placed the share that its creator was promised.
    `seen` is the digest (`digest_of_terms`) of what who writes had seen, where that counts.

    :raises TermsWrong: nothing changed
    :raises TermsChangedSince: they are not what was seen; nothing changed
    :raises NoSuchMerchant: nothing changed
    :raises ShopBusy: nothing changed
    """
    if wrong := terms_wrong(terms):
        raise TermsWrong(what=wrong)
    with edit_turn(lanes=[lane_of(merchant_id)], now=by.now) as turn:
        currency = Merchant.objects.filter(id=merchant_id).values_list("currency", flat=True).first()
        if currency is None:
            raise NoSuchMerchant(merchant=merchant_id)
        if terms.own_currency and not has_rate(currency):
            raise TermsWrong(what="own_currency")
        if seen is not None and seen != digest_of_terms(terms_of(merchant_id=merchant_id)):
            raise TermsChangedSince(merchant=merchant_id)
        row = Terms.objects.filter(merchant_id=merchant_id).first()
        stated = _facts(terms)
        before = {name: getattr(row, name) for name in stated} if row else _facts(SettlementTerms())
        changes = changes_between(before, stated)
        if changes:
            Terms.objects.update_or_create(merchant_id=merchant_id, defaults=stated)
            if "creator_bps" in changes:
                tell_offers_changed(turn)
            write_audit(by=by, acts=[Act("settled-otherwise", "merchant", merchant_id, changes)])
        if changes.keys() & {"held", "held_because"}:
            told = Told(Reader.MERCHANT, merchant_id, News.HOLD_CHANGED, merchant_id, to_unix_ms(by.now))
            post_letters([told], at=by.now)
    return bool(changes)


def _facts(terms: SettlementTerms) -> Mapping[str, object]:
    return {name: getattr(terms, name) for name in SettlementTerms.__dataclass_fields__} | {
        "schedule": Schedule(terms.schedule).value
    }
