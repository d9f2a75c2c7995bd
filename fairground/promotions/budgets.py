"""Promotions as the staff sees them: what each says market by market, and what it gave of what it may give."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q, Sum

from fairground.kernel.sql import load_sql
from fairground.promotions.models import Allowance, AllowanceKind, PromotionScope, PromotionTerms
from fairground.promotions.models import Promotion as PromotionRow
from fairground.promotions.queries import promotion_in_market
from fairground.promotions.rules.standing import PromotionState, promotion_state
from fairground.promotions.rules.terms import DiscountStep, Promotion, PromotionKind

# Promotions that a page of budgets looks at; of one festival there are hundreds.
BUDGETS_MAX = 2_000


@dataclass(frozen=True, slots=True)
class MarketBudget:
    """A promotion in one market. What has no bound (None) is not counted, unless the other one of its use is bounded.

    `given_minor` and `uses` are of purchases that were not cancelled; `coupons` are those that were collected. The
    promotion is without its scope, which `promotion_scope` tells.
    """

    market: str
    currency: str
    promotion: Promotion
    uses: int
    uses_max: int | None
    given_minor: int
    budget_minor: int | None
    coupons: int
    coupons_max: int | None

    @property
    def is_counted(self) -> bool:
        """Return whether its uses and what it gave are counted."""
        return self.uses_max is not None or self.budget_minor is not None


@dataclass(frozen=True, slots=True)
class PromotionBudget:
    """A promotion with all of its markets; `merchant` is the slug and the name of whose it is, None the platform's."""

    id: int
    names: Mapping[str, str]
    merchant: tuple[str, str] | None
    step: DiscountStep
    kind: PromotionKind
    excludes_deals: bool
    merchant_bps: int
    needs_coupon: bool
    shopper_uses_max: int
    collects_from: datetime | None
    opens_at: datetime
    closes_at: datetime
    is_on: bool
    markets: tuple[MarketBudget, ...]

    def state(self, *, now: datetime) -> PromotionState:
        """Return where it stands."""
        return promotion_state(is_on=self.is_on, opens_at=self.opens_at, closes_at=self.closes_at, now=now)


@dataclass(frozen=True, slots=True)
class ScopeShown:
    """What a promotion is for, by the names that people know: merchants and categories, halls by language, SKUs by id.

    All of it empty is everything.
    """

    merchants: tuple[str, ...] = ()
    halls: tuple[Mapping[str, str], ...] = ()
    categories: tuple[Mapping[str, str], ...] = ()
    sku_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SoughtPromotions:
    """What promotions are looked for by; what is empty is not asked. `funder` is `platform` or `merchants`."""

    words: str = ""
    merchant: str = ""
    funder: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class _Given:
    taken: int = 0
    amount_minor: int = 0


_Allowances = Mapping[tuple[int, str, int], _Given]


def find_promotions(*, sought: SoughtPromotions, now: datetime, limit: int, offset: int = 0) -> list[PromotionBudget]:
    """Return a page of the promotions that are looked for, the last to open first; four statements."""
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("promotions", "find_promotions"),
            {
                "words": sought.words,
                "merchant": sought.merchant,
                "funder": sought.funder,
                "state": sought.state,
                "now": now,
                "limit": limit,
                "offset": offset,
            },
        )
        ids = [promotion_id for (promotion_id,) in cursor.fetchall()]
    found = {one.id: one for one in promotion_budgets(promotion_ids=ids)}
    return [found[promotion_id] for promotion_id in ids]


def bounded_promotions(*, from_at: datetime, to_at: datetime, now: datetime) -> list[PromotionBudget]:
    """Return promotions that still give and have a bound, open at some moment from `from_at` up to `to_at`.

    At most `BUDGETS_MAX`, those that close soonest; four statements.
    """
    bounded = PromotionTerms.objects.filter(
        Q(uses_max__isnull=False) | Q(amount_max_minor__isnull=False) | Q(coupons_max__isnull=False),
        promotion=OuterRef("pk"),
    )
    still_give = PromotionRow.objects.filter(is_on=True, closes_at__gt=max(from_at, now), opens_at__lt=to_at)
    rows = still_give.filter(Exists(bounded)).order_by("closes_at", "id")
    return promotion_budgets(promotion_ids=list(rows.values_list("id", flat=True)[:BUDGETS_MAX]))


def promotion_budgets(*, promotion_ids: Sequence[int]) -> list[PromotionBudget]:
    """Return these promotions by id, those that are there; three statements."""
    if not promotion_ids:
        return []
    rows = PromotionRow.objects.filter(id__in=promotion_ids).select_related("merchant").order_by("id")
    terms: dict[int, list[PromotionTerms]] = {}
    for one in (
        PromotionTerms.objects.filter(promotion__in=promotion_ids).select_related("promotion").order_by("market_id")
    ):
        terms.setdefault(one.promotion_id, []).append(one)
    given = _given(promotion_ids)
    return [
        PromotionBudget(
            id=row.id,
            names=row.names,
            merchant=(row.merchant.slug, row.merchant.name) if row.merchant else None,
            step=DiscountStep(row.step),
            kind=PromotionKind(row.kind),
            excludes_deals=row.excludes_deals,
            merchant_bps=row.merchant_bps,
            needs_coupon=row.needs_coupon,
            shopper_uses_max=row.shopper_uses_max,
            collects_from=(row.collects_from or row.opens_at) if row.needs_coupon else None,
            opens_at=row.opens_at,
            closes_at=row.closes_at,
            is_on=row.is_on,
            markets=tuple(_market(one, given) for one in terms.get(row.id, ())),
        )
        for row in rows
    ]


def _given(promotion_ids: Collection[int]) -> _Allowances:
    rows = Allowance.objects.filter(promotion_id__in=promotion_ids).values_list("promotion_id", "market", "kind")
    return {
        (promotion_id, market, kind): _Given(taken, amount_minor)
        for promotion_id, market, kind, taken, amount_minor in rows.annotate(Sum("taken"), Sum("amount_minor"))
    }


def _market(terms: PromotionTerms, given: _Allowances) -> MarketBudget:
    used, collected = (
        given.get((terms.promotion_id, terms.market_id, kind), _Given())
        for kind in (AllowanceKind.USE, AllowanceKind.COLLECT)
    )
    return MarketBudget(
        market=terms.market_id,
        currency=terms.currency,
        promotion=promotion_in_market(terms, None),
        uses=used.taken,
        uses_max=terms.uses_max,
        given_minor=used.amount_minor,
        budget_minor=terms.amount_max_minor,
        coupons=collected.taken,
        coupons_max=terms.coupons_max,
    )


def promotion_scope(*, promotion_id: int) -> ScopeShown:
    """Return what a promotion is for, by name."""
    rows = list(
        PromotionScope.objects.filter(promotion=promotion_id)
        .select_related("merchant", "hall", "category")
        .order_by("id")
    )
    return ScopeShown(
        merchants=tuple(row.merchant.name for row in rows if row.merchant),
        halls=tuple(row.hall.name for row in rows if row.hall),
        categories=tuple(row.category.names for row in rows if row.category),
        sku_ids=tuple(row.sku_id for row in rows if row.sku_id is not None),
    )
