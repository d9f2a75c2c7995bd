"""What the price guard compares declared deals with, read for many at a time: prices, prior prices, free units."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection

from fairground.festivals.declared import DeclaredDeal
from fairground.festivals.enrolments import FestivalTerms, festival_terms
from fairground.festivals.guard import Code, Finding, GuardedDeal, MarketPrice, Thresholds, findings
from fairground.festivals.models import Deal, Enrolment, FestivalRate
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import array_text, load_sql
from fairground.markets.rules import Rate


class GuardFinds(Refusal):
    """The price guard finds what two people have to look at; `findings` says what."""

    def __init__(self, *, deal: int, findings: tuple[Finding, ...]) -> None:
        super().__init__(deal=deal, codes=tuple(str(one.code) for one in findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class PriceBefore:
    """What a SKU costs in a market without the deal, and the lowest price of the thirty days before now."""

    currency: str
    usual_minor: int
    prior_minor: int


@dataclass(frozen=True, slots=True)
class GuardFacts:
    """What deals of a festival are compared with, by SKU id; prices by market, free units as the freeze takes them."""

    prices: Mapping[int, Mapping[str, PriceBefore]]
    free: Mapping[int, int]

    def guarded(self, deal: DeclaredDeal) -> GuardedDeal:
        """Return a declared deal beside what is known of its SKU; markets where that has no price are left out."""
        before = self.prices.get(deal.sku_id, {})
        prices = [
            MarketPrice(market, one.currency, price_minor, one.usual_minor, one.prior_minor)
            for market, price_minor in sorted(deal.prices_minor.items())
            if (one := before.get(market)) is not None
        ]
        return GuardedDeal(deal.units, deal.buyer_limit, self.free.get(deal.sku_id, 0), prices)


def guard_facts(*, festival: str, sku_ids: Collection[int], now: datetime) -> GuardFacts:
    """Return what the guard needs to know of SKUs at a moment; the prior price is that of a reduction that begins then.

    Directive 98/6/EC, Art. 6a: the lowest price of the thirty days before the reduction.
    """
    prices: dict[int, dict[str, PriceBefore]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("inventory", "guarded_prices"),
            {"festival": festival, "sku_ids": array_text(sku_ids), "reduced_at": now},
        )
        for sku_id, market, currency, usual_minor, prior_minor in cursor:
            prices.setdefault(sku_id, {})[market] = PriceBefore(currency, usual_minor, prior_minor)
        lanes = {lane_of(sku_id) for sku_id in sku_ids}
        cursor.execute(
            load_sql("inventory", "units_to_freeze"), {"lanes": array_text(lanes), "sku_ids": array_text(sku_ids)}
        )
        free = {sku_id: int(units) for sku_id, units in cursor}
    return GuardFacts(prices, free)


@dataclass(frozen=True, slots=True)
class PriceGuard:
    """The guard of one festival, ready for many deals."""

    thresholds: Thresholds
    rates: Mapping[str, Rate]
    currency: str

    def with_floor(self, floor_bps: int | None) -> "PriceGuard":
        """Return it with a merchant's own floor, where that is the higher one."""
        if floor_bps is None or floor_bps <= self.thresholds.floor_bps:
            return self
        return replace(self, thresholds=replace(self.thresholds, floor_bps=floor_bps))

    def examine(self, *, deals: Iterable[DeclaredDeal], facts: GuardFacts) -> dict[int, tuple[Finding, ...]]:
        """Return what it finds in each deal, by SKU id."""
        return {
            deal.sku_id: findings(
                deal=facts.guarded(deal), thresholds=self.thresholds, rates=self.rates, currency=self.currency
            )
            for deal in deals
        }


def price_guard(*, terms: FestivalTerms) -> PriceGuard:
    """Return the guard of a festival, at the exchange rates that were pinned for it."""
    rates = {
        one.currency: Rate(one.numerator, one.denominator, one.quoted_at)
        for one in FestivalRate.objects.filter(festival=terms.slug)
    }
    return PriceGuard(terms.thresholds, rates, terms.currency)


def findings_at(*, deal: Deal, prices_minor: Mapping[str, int], now: datetime) -> tuple[Finding, ...]:
    """Return what the guard finds in a deal at these prices; units that are lacking are listed elsewhere.

    One person's hand is no road around it (INV-19): an edit is refused by `GuardFinds` where it finds more than before.
    """
    facts = guard_facts(festival=deal.festival_id, sku_ids=[deal.sku_id], now=now)
    enrolment = Enrolment.objects.filter(festival=deal.festival_id, merchant__sku=deal.sku_id).first()
    guard = price_guard(terms=festival_terms(festival=deal.festival_id))
    declared = DeclaredDeal(deal.sku_id, "", deal.units, deal.buyer_limit, prices_minor)
    floored = guard.with_floor(enrolment.floor_bps if enrolment else None)
    found = floored.examine(deals=[declared], facts=facts)[deal.sku_id]
    return tuple(one for one in found if one.code is not Code.UNITS_SHORT)


def floor_of_enrolment(*, enrolment_id: int) -> int | None:
    """Return the merchant's own floor in the festival, in basis points of the usual price; None where it has none."""
    return Enrolment.objects.values_list("floor_bps", flat=True).get(pk=enrolment_id)
