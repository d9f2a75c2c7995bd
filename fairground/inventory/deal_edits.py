"""Edits of deals by hand, up to the freeze: afterwards their units lie in stock rows of their own."""

from collections.abc import Mapping

from fairground.catalog.models import Price
from fairground.catalog.rules import UNITS_MAX
from fairground.festivals.guard import Finding
from fairground.festivals.models import Deal, DealPrice, Presale
from fairground.inventory.models import Stock
from fairground.inventory.price_guard import GuardFinds, findings_at
from fairground.kernel.edits import Act, By, changes_between, edit_turn, tell_offers_changed, write_audit
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal


class NoSuchDeal(Refusal):
    """There is no deal with this id."""


class DealFixed(Refusal):
    """The deal was frozen, has opened, or is a presale, whose deposit was declared for its price: it stays."""


class DealOutOfRange(Refusal):
    """A deal has units, a limit that is not negative, and nowhere a price above the usual one; `field` says what."""


def deal_is_fixed(*, deal_id: int) -> bool:
    """Return whether the deal's units were moved to a stock row of its own, so that nothing of it may change.

    Nor may a presale: its deposit was declared for its price, and is declared anew with it.
    """
    if Presale.objects.filter(deal_id=deal_id).exists():
        return True
    sku_ids = Deal.objects.filter(id=deal_id).values("sku_id")
    return Stock.objects.filter(lane=lane_of(deal_id), sku_id__in=sku_ids, deal_id=deal_id).exists()


def edit_deal(*, deal_id: int, units: int, buyer_limit: int, prices_minor: Mapping[str, int], by: By) -> bool:
    """Write a deal's units, limit a buyer (0: none) and prices by market; return whether anything changed.

    Markets that are not stated keep theirs; there are none to add, as a deal is where it was declared. What the price
    guard finds in the edit, and did not before, is refused: one person's hand is no road around it (INV-19).

    :raises NoSuchDeal: nothing changed
    :raises DealFixed: nothing changed
    :raises DealOutOfRange: nothing changed
    :raises GuardFinds: nothing changed
    :raises ShopBusy: nothing changed
    """
    if not 0 < units <= UNITS_MAX:
        raise DealOutOfRange(field="units")
    if not 0 <= buyer_limit <= UNITS_MAX:
        raise DealOutOfRange(field="buyer_limit")
    with edit_turn(lanes=[lane_of(deal_id)], now=by.now) as turn:
        deal = Deal.objects.filter(id=deal_id).first()
        if deal is None:
            raise NoSuchDeal(deal=deal_id)
        if deal.opens_at <= by.now or deal_is_fixed(deal_id=deal_id):
            raise DealFixed(deal=deal_id)
        was = _findings(deal, by)
        before = {"units": deal.units, "buyer_limit": deal.buyer_limit}
        facts = changes_between(before, {"units": units, "buyer_limit": buyer_limit})
        deal.units, deal.buyer_limit = units, buyer_limit
        Deal.objects.filter(id=deal_id).update(units=units, buyer_limit=buyer_limit)
        facts |= _write_prices(deal, prices_minor)
        new = tuple(one for one in _findings(deal, by) if one not in was)
        if new:
            raise GuardFinds(deal=deal_id, findings=new)
        if facts:
            tell_offers_changed(turn)
            write_audit(by=by, acts=[Act("changed", "deal", deal_id, facts)])
    return bool(facts)


def _write_prices(deal: Deal, prices_minor: Mapping[str, int]) -> dict[str, tuple[object, object]]:
    there = dict(DealPrice.objects.filter(deal_id=deal.id).values_list("market_id", "price_minor"))
    usual = dict(Price.objects.filter(sku_id=deal.sku_id).values_list("market_id", "price_minor"))
    facts: dict[str, tuple[object, object]] = {}
    for market, price_minor in prices_minor.items():
        if market not in there or not 0 < price_minor <= usual.get(market, 0):
            raise DealOutOfRange(field=f"price_{market}")
        if there[market] != price_minor:
            DealPrice.objects.filter(deal_id=deal.id, market_id=market).update(price_minor=price_minor)
            facts[f"price_{market}"] = (there[market], price_minor)
    return facts


def _findings(deal: Deal, by: By) -> tuple[Finding, ...]:
    prices_minor = dict(DealPrice.objects.filter(deal_id=deal.id).values_list("market_id", "price_minor"))
    return findings_at(deal=deal, prices_minor=prices_minor, now=by.now)
