"""Coupons as the page of the coupon centre words them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext

from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.merchants.queries import MerchantFacts, merchants_named
from fairground.promotions.queries import CouponOffered, CouponShown
from fairground.promotions.rules.terms import Promotion
from fairground.sites.languages import in_language
from fairground.sites.storefront.coupons.words import left_text, saving_text
from fairground.sites.storefront.reader import Reader
from fairground.sites.wording import short_moment_text


@dataclass(frozen=True, slots=True)
class CouponWords:
    """A coupon; `state` is `open`, `soon`, `gone`, `collected`, `used` or `ended`. Without a `shop` it is ours."""

    promotion_id: int
    name: str
    saving: str
    shop: str
    href: str
    times: str
    limits: list[str]
    left: str
    state: str


def offered_words(
    offered: Iterable[CouponOffered], mine: Iterable[CouponShown], reader: Reader, shops: Mapping[int, MerchantFacts]
) -> list[CouponWords]:
    """Return the coupons that can be collected, and of those that the reader has in which state they are."""
    had = {one.promotion.id: one for one in mine}
    found = []
    for one in offered:
        held = had.get(one.promotion.id)
        if held is not None:
            state = "used" if held.is_used else "collected"
        elif one.left == 0:
            state = "gone"
        else:
            state = "open" if one.collects_from <= reader.now else "soon"
        left = left_text(one.left) if held is None else ""
        times = _times(one.promotion, reader)
        if state == "soon" and to_unix_ms(one.collects_from) < one.promotion.opens_at_ms:
            since = gettext("To be collected from %(moment)s.") % {"moment": _moment(one.collects_from, reader)}
            times = f"{since} {times}"
        found.append(_words(one.promotion, one.currency, reader, shops, times=times, left=left, state=state))
    return found


def held_words(mine: Iterable[CouponShown], reader: Reader, shops: Mapping[int, MerchantFacts]) -> list[CouponWords]:
    """Return the coupons that the reader has: first those that are good, the one that ends first before others."""
    found = []
    for one in mine:
        is_over = from_unix_ms(one.promotion.closes_at_ms) <= reader.now
        state = "used" if one.is_used else "ended" if is_over else "collected"
        times = _times(one.promotion, reader)
        found.append(_words(one.promotion, one.currency, reader, shops, times=times, left="", state=state))
    good = [one for one in found if one.state == "collected"]
    return [*good, *reversed([one for one in found if one.state != "collected"])]


def shops_of(promotions: Iterable[Promotion]) -> dict[int, MerchantFacts]:
    """Return the merchants whose promotions these are, by id: one statement."""
    ids = {one.merchant_id for one in promotions if one.merchant_id is not None}
    return {one.id: one for one in merchants_named(slugs=(), ids=ids)}


def changes_at(offered: Iterable[CouponOffered], now: datetime) -> datetime | None:
    """Return the next moment in which a coupon can be collected, opens or closes; None where none does."""
    moments = [
        moment
        for one in offered
        for moment in (
            one.collects_from,
            from_unix_ms(one.promotion.opens_at_ms),
            from_unix_ms(one.promotion.closes_at_ms),
        )
    ]
    return min((one for one in moments if one > now), default=None)


def _words(
    promotion: Promotion,
    currency: str,
    reader: Reader,
    shops: Mapping[int, MerchantFacts],
    *,
    times: str,
    left: str,
    state: str,
) -> CouponWords:
    shop = shops[promotion.merchant_id] if promotion.merchant_id is not None else None
    limits = []
    if promotion.scope is not None:
        limits.append(gettext("For certain goods."))
    if promotion.excludes_deals:
        limits.append(gettext("Not for goods in a deal."))
    return CouponWords(
        promotion_id=promotion.id,
        name=in_language(promotion.names, reader.language) or "",
        saving=saving_text(promotion, currency),
        shop=shop.name if shop else "",
        href=reverse("shop", args=[shop.slug]) + reader.query if shop else "",
        times=times,
        limits=limits,
        left=left,
        state=state,
    )


def _times(promotion: Promotion, reader: Reader) -> str:
    opens_at, closes_at = from_unix_ms(promotion.opens_at_ms), from_unix_ms(promotion.closes_at_ms)
    until = _moment(closes_at, reader)
    if closes_at <= reader.now:
        return gettext("Ended %(moment)s") % {"moment": until}
    if opens_at <= reader.now:
        return gettext("Good until %(moment)s") % {"moment": until}
    return gettext("Good from %(opens)s until %(closes)s") % {"opens": _moment(opens_at, reader), "closes": until}


def _moment(moment: datetime, reader: Reader) -> str:
    return short_moment_text(moment, reader.market.time_zone if reader.market else "UTC")
