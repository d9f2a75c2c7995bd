"""Writes of merchants."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import F

from fairground.kernel.edits import Act, By, changes_between, edit_turn, tell_offers_changed, write_audit
from fairground.kernel.ids import LANES, lane_of
from fairground.kernel.models import Writer
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import take_turn, writers_of_lanes
from fairground.markets.queries import market_currencies, reference_rates
from fairground.merchants.models import Merchant, MerchantShipping
from fairground.merchants.queries import shipping_by_market
from fairground.merchants.rules import (
    COMMISSION_MAX_BPS,
    SHIPPING_DAYS_MAX,
    MerchantKey,
    MerchantRecord,
    ShippingRate,
    shipping_limits,
)

_COMPARED = ("name", "kind", "country", "currency", "commission_bps", "about")


def ensure_merchants(*, records: Iterable[MerchantRecord], now_ms: int) -> dict[str, MerchantKey]:
    """Make the merchants that are new, bring those stated up to date, and return the key of each by slug.

    New merchants take the lanes in turn, so that trade spreads evenly. The writers' `offers_version` is
    raised if a merchant was made or changed.
    """
    by_slug = {record.slug: record for record in records}
    with transaction.atomic():
        turn = take_turn(writer_ids=writers_of_lanes(range(LANES)), now_ms=now_ms, ids_max=len(by_slug), outbox_rows=0)
        merchants = {merchant.slug: merchant for merchant in Merchant.objects.filter(slug__in=by_slug)}
        lane = Merchant.objects.count() % LANES
        made: list[Merchant] = []
        changed: list[Merchant] = []
        for slug, record in by_slug.items():
            facts = {name: getattr(record, name) for name in _COMPARED} | {"about": dict(record.about)}
            merchant = merchants.get(slug)
            if merchant is None:
                merchants[slug] = Merchant(id=turn.ids.draw(lane), lane=lane, slug=slug, **facts)
                made.append(merchants[slug])
                lane = (lane + 1) % LANES
            elif record.stated and any(getattr(merchant, name) != value for name, value in facts.items()):
                for name, value in facts.items():
                    setattr(merchant, name, value)
                changed.append(merchant)
        Merchant.objects.bulk_create(made)
        Merchant.objects.bulk_update(changed, _COMPARED)
        if made or changed:
            Writer.objects.filter(id__in=turn.offers_versions).update(offers_version=F("offers_version") + 1)
    return {slug: MerchantKey(merchant.id, merchant.lane) for slug, merchant in merchants.items()}


class NoSuchMerchant(Refusal):
    """There is no merchant with this id, or this slug."""


class CommissionOutOfRange(Refusal):
    """A commission is between nothing and all of it: 0 to 10,000 basis points."""


def edit_merchant(*, merchant_id: int, name: str, about: Mapping[str, str], commission_bps: int, by: By) -> bool:
    """Write a merchant's name, words about it by language, and commission; return whether anything changed.

    The commission of orders that were placed is theirs and stays; later ones freeze the new one.

    :raises NoSuchMerchant: nothing changed
    :raises CommissionOutOfRange: nothing changed
    :raises ShopBusy: nothing changed
    """
    if not 0 <= commission_bps <= COMMISSION_MAX_BPS:
        raise CommissionOutOfRange(commission_bps=commission_bps)
    with edit_turn(lanes=[lane_of(merchant_id)], now=by.now) as turn:
        merchant = Merchant.objects.filter(id=merchant_id).first()
        if merchant is None:
            raise NoSuchMerchant(merchant=merchant_id)
        stated = {"name": name, "about": dict(about), "commission_bps": commission_bps}
        facts = changes_between({field: getattr(merchant, field) for field in stated}, stated)
        if facts:
            Merchant.objects.filter(id=merchant_id).update(**{field: value for field, (_, value) in facts.items()})
            tell_offers_changed(turn)
            write_audit(by=by, acts=[Act("changed", "merchant", merchant_id, facts)])
    return bool(facts)


class NoSuchShippingMarket(Refusal):
    """There is no market with this code."""


class ShippingSetSince(Refusal):
    """Shipping is no longer what who asks saw."""


class ShippingOutOfRange(Refusal):
    """A price, what makes it free, or the days are beyond what is possible, or below nothing."""


def set_shipping(
    *,
    merchant_id: int,
    rates: Mapping[str, ShippingRate | None],
    by: By,
    seen: Mapping[str, str] | None = None,
) -> bool:
    """Write what a merchant asks for shipping, by market, and return whether anything changed; None: it asks nothing.

    Orders that were placed keep what was frozen. Markets that are not named stay. It is in the audit log. `seen` is by
    market what a form showed (`ShippingRate.told`, or nothing), so that nobody writes over what somebody else set.

    :raises NoSuchMerchant: nothing changed
    :raises NoSuchShippingMarket: nothing changed
    :raises ShippingOutOfRange: nothing changed
    :raises ShippingSetSince: nothing changed
    :raises ShopBusy: nothing changed
    """
    currencies, reference = market_currencies(), reference_rates()
    for market in sorted(rates.keys() - currencies.keys()):
        raise NoSuchShippingMarket(market=market)
    for market, rate in rates.items():
        limits = shipping_limits(currency=currencies[market], rates=reference)
        if rate is not None and not _is_possible(rate, *limits):
            raise ShippingOutOfRange(market=market)
    with edit_turn(lanes=[lane_of(merchant_id)], now=by.now) as turn:
        if not Merchant.objects.filter(id=merchant_id).exists():
            raise NoSuchMerchant(merchant=merchant_id)
        there = shipping_by_market(merchant_id=merchant_id)
        before = {market: _told(there.get(market)) for market in rates}
        for market, told in (seen or {}).items():
            if told != before[market]:
                raise ShippingSetSince(market=market)
        after = {market: _told(rate) for market, rate in rates.items()}
        facts = changes_between(before, after)
        for market in facts:
            _write_shipping(merchant_id, market, rates[market])
        if facts:
            tell_offers_changed(turn)
            write_audit(by=by, acts=[Act("shipping-set", "merchant", merchant_id, facts)])
    return bool(facts)


def _write_shipping(merchant_id: int, market: str, rate: ShippingRate | None) -> None:
    if rate is None:
        MerchantShipping.objects.filter(merchant_id=merchant_id, market_id=market).delete()
        return
    MerchantShipping.objects.update_or_create(
        merchant_id=merchant_id,
        market_id=market,
        defaults={
            "price_minor": rate.price_minor,
            "free_from_minor": rate.free_from_minor,
            "days_min": rate.days_min,
            "days_max": rate.days_max,
        },
    )


def _is_possible(rate: ShippingRate, price_max_minor: int, free_from_max_minor: int) -> bool:
    return (
        0 <= rate.price_minor <= price_max_minor
        and 0 <= rate.free_from_minor <= free_from_max_minor
        and 1 <= rate.days_min <= rate.days_max <= SHIPPING_DAYS_MAX
    )


def _told(rate: ShippingRate | None) -> str:
    return rate.told if rate else ""
