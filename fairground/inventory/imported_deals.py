"""Deals that a catalogue brings: what the price guard finds nothing in is declared, the rest waits for two people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import F

from fairground.catalog.models import Sku
from fairground.festivals.actions import make_deals, price_deals
from fairground.festivals.declared import DeclarationState, DeclaredDeal, PricedDeal
from fairground.festivals.enrolments import ensure_enrolled, festival_terms
from fairground.festivals.guard import Finding
from fairground.festivals.models import Declaration, DeclarationPrice, Hall
from fairground.festivals.rules import DealDeclaration
from fairground.inventory.price_guard import guard_facts, price_guard
from fairground.inventory.rules import HeldDeal
from fairground.kernel.models import Writer
from fairground.kernel.writer import Turn


@dataclass(frozen=True, slots=True)
class DeclaredDeals:
    """How many deals were made, and those that the guard held back."""

    deals: int
    held: Sequence[HeldDeal] = ()


class _Sku(NamedTuple):
    merchant_id: int
    merchant: str
    external_id: str


def declare_deals(
    *, turn: Turn, festival: str, declarations: Sequence[DealDeclaration], now: datetime
) -> DeclaredDeals:
    """Make the deals that are new to the festival, priced in every market where the SKU is; return what was done.

    A SKU has one deal a festival; what is declared already stays as it is. Who brings the catalogue admits their
    merchants, unless they wait for an answer, were declined or left. What is theirs then, or what the price guard
    finds something in, becomes a submitted declaration. The caller has the turn of the SKUs' lanes, with at least one
    id a declaration.

    :raises NoSuchFestival: nothing changed
    """
    terms = festival_terms(festival=festival)
    rows = Sku.objects.filter(id__in=[one.sku_id for one in declarations])
    skus = {row[0]: _Sku(*row[1:]) for row in rows.values_list("id", "merchant_id", "merchant__slug", "external_id")}
    enrolments = ensure_enrolled(festival=festival, merchant_ids={one.merchant_id for one in skus.values()}, now=now)
    new = price_deals(festival=festival, declarations=declarations)
    if not new:
        return DeclaredDeals(0)
    facts = guard_facts(festival=festival, sku_ids=[deal.sku_id for deal in new], now=now)
    found = price_guard(terms=terms).examine(deals=[_as_declared(deal) for deal in new], facts=facts)
    by_sku = {sku_id: enrolments[sku.merchant_id] for sku_id, sku in skus.items()}
    clean = [deal for deal in new if by_sku[deal.sku_id].is_admitted and not found[deal.sku_id]]
    passed = {deal.sku_id for deal in clean}
    doubtful = {deal.sku_id: deal for deal in new if deal.sku_id not in passed}
    make_deals(turn=turn, festival=festival, deals=clean)
    _hold(festival, doubtful, {sku_id: by_sku[sku_id].id for sku_id in doubtful}, found, now)
    Writer.objects.filter(id__in=turn.offers_versions).update(offers_version=F("offers_version") + 1)
    held = [HeldDeal(skus[sku_id].merchant, skus[sku_id].external_id, found[sku_id]) for sku_id in doubtful]
    return DeclaredDeals(len(clean), held)


def _as_declared(deal: PricedDeal) -> DeclaredDeal:
    prices_minor = {market: price_minor for market, (price_minor, _currency) in deal.prices.items()}
    return DeclaredDeal(deal.sku_id, deal.hall, deal.units, deal.buyer_limit, prices_minor)


def _hold(
    festival: str,
    deals: Mapping[int, PricedDeal],
    enrolments: Mapping[int, int],
    found: Mapping[int, Sequence[Finding]],
    now: datetime,
) -> None:
    """Write deals as declarations that were submitted; all by SKU id."""
    if not deals:
        return
    halls = dict(Hall.objects.filter(festival=festival).values_list("slug", "id"))
    declarations = Declaration.objects.bulk_create(
        Declaration(
            enrolment_id=enrolments[sku_id],
            sku_id=sku_id,
            hall_id=halls.get(deal.hall),
            units=deal.units,
            buyer_limit=deal.buyer_limit,
            state=DeclarationState.SUBMITTED.value,
            version=1,
            declared_at=now,
            submitted_at=now,
            findings=[one.as_json() for one in found[sku_id]],
        )
        for sku_id, deal in deals.items()
    )
    DeclarationPrice.objects.bulk_create(
        DeclarationPrice(declaration_id=one.pk, market_id=market, price_minor=price_minor, currency=currency)
        for one in declarations
        for market, (price_minor, currency) in deals[one.sku_id].prices.items()
    )
