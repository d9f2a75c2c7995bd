"""Reads of promotions and coupons."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce, Greatest

from fairground.kernel.clock import to_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.sql import array_text, load_sql
from fairground.promotions.models import Allowance, AllowanceKind, Coupon, PromotionScope, PromotionTerms
from fairground.promotions.models import Promotion as PromotionRow
from fairground.promotions.rules.collecting import CouponFacts
from fairground.promotions.rules.listing import ListedProduct, promotions_touching
from fairground.promotions.rules.spending import Left, SliceKey, Spending, WhoUses
from fairground.promotions.rules.terms import Promotion, PromotionBook, Scope, make_book

# A page's worth; a market with more coupons than that at a time shows first those that end first.
COUPONS_SHOWN_MAX = 60


def open_promotions(*, markets: Collection[str], from_at: datetime, to_at: datetime) -> dict[str, PromotionBook]:
    """Return the promotions that are on and open at some moment from `from_at` up to `to_at`, as a book a market.

    Two statements, however many promotions there are. A market without any has an empty book.
    """
    rows = PromotionTerms.objects.filter(
        market__in=markets,
        promotion__is_on=True,
        promotion__closes_at__gt=from_at,
        promotion__opens_at__lt=to_at,
    ).select_related("promotion")
    terms = list(rows)
    scopes = read_scopes({one.promotion_id for one in terms})
    promotions: dict[str, list[Promotion]] = {market: [] for market in markets}
    for one in terms:
        promotions[one.market_id].append(promotion_in_market(one, scopes.get(one.promotion_id)))
    return {market: make_book(some) for market, some in promotions.items()}


def promotion_in_market(terms: PromotionTerms, scope: Scope | None) -> Promotion:
    """Return a promotion as the engine reads it in a market; its row was read with the terms."""
    of = terms.promotion
    return Promotion(
        id=of.id,
        step=of.step,
        kind=of.kind,
        opens_at_ms=to_unix_ms(of.opens_at),
        closes_at_ms=to_unix_ms(of.closes_at),
        merchant_id=of.merchant_id,
        scope=scope,
        excludes_deals=of.excludes_deals,
        threshold_minor=terms.threshold_minor,
        off_minor=terms.off_minor,
        repeats=of.repeats,
        percent_bps=of.percent_bps,
        ceiling_minor=terms.ceiling_minor,
        bundle_units=of.bundle_units,
        bundle_minor=terms.bundle_minor,
        bundle_paid_units=of.bundle_paid_units,
        merchant_bps=of.merchant_bps,
        needs_coupon=of.needs_coupon,
        limited=terms.uses_max is not None or terms.amount_max_minor is not None,
        shopper_uses_max=of.shopper_uses_max,
        names=of.names,
    )


def read_scopes(promotion_ids: Collection[int]) -> dict[int, Scope]:
    """Return what promotions are for, by their ids; one for everything is left out."""
    named: dict[int, list[PromotionScope]] = {}
    for row in PromotionScope.objects.filter(promotion__in=promotion_ids):
        named.setdefault(row.promotion_id, []).append(row)
    return {
        promotion_id: Scope(
            merchant_ids=frozenset(row.merchant_id for row in rows if row.merchant_id is not None),
            hall_ids=frozenset(row.hall_id for row in rows if row.hall_id is not None),
            categories=frozenset(row.category_id for row in rows if row.category_id is not None),
            sku_ids=frozenset(row.sku_id for row in rows if row.sku_id is not None),
        )
        for promotion_id, rows in named.items()
    }


def promotions_of_products(
    *, product_ids: Sequence[int], book: PromotionBook, market: str, now: datetime
) -> dict[int, tuple[int, ...]]:
    """Return by product the ids of a market's promotions open now that touch it, with one statement for all."""
    if not book or not product_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("promotions", "listed_products"),
            {"product_ids": array_text(product_ids), "market": market, "now": now},
        )
        products = [
            ListedProduct(
                product_id,
                merchant_id,
                category,
                tuple(sku_ids or ()),
                dict(zip(deals or (), halls or (), strict=True)),
            )
            for product_id, merchant_id, category, sku_ids, deals, halls in cursor.fetchall()
        ]
    return promotions_touching(products, book=book, now_ms=to_unix_ms(now))


def read_spending(
    *, slices: Collection[SliceKey], users: Collection[WhoUses], shopper_ids: Collection[int]
) -> Spending:
    """Return what a batch counts down: allowances of limited promotions in these slices, uses of these shoppers at
    promotions that bound them, and the coupons that these shoppers hold.

    True until commit for who holds the turn of the slices' and the shoppers' lanes.
    """
    return Spending(
        allowances=_allowances_left(slices), uses=_shopper_uses(users), coupons=coupons_left(shopper_ids=shopper_ids)
    )


def _allowances_left(slices: Collection[SliceKey]) -> dict[SliceKey, Left]:
    return {key: Left(uses, amount_minor) for key, uses, amount_minor in _left(slices, AllowanceKind.USE)}


def _left(slices: Collection[SliceKey], kind: AllowanceKind) -> list[tuple[SliceKey, int | None, int | None]]:
    if not slices:
        return []
    lanes, promotion_ids, markets = (array_text(column) for column in zip(*slices, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("promotions", "allowances_left"),
            {"lanes": lanes, "promotion_ids": promotion_ids, "markets": markets, "kind": kind.value},
        )
        return [((lane, promotion_id, market), *left) for lane, promotion_id, market, *left in cursor.fetchall()]


def coupons_uncollected(slices: Collection[SliceKey]) -> dict[SliceKey, int]:
    """Return how many coupons may still be collected from these slices; one without a bound is left out."""
    return {key: left for key, left, _ in _left(slices, AllowanceKind.COLLECT) if left is not None}


def _shopper_uses(users: Collection[WhoUses]) -> dict[WhoUses, int]:
    if not users:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(load_sql("promotions", "shopper_uses"), _users_columns(users))
        return {(promotion_id, shopper_id): uses for promotion_id, shopper_id, uses in cursor.fetchall()}


def _users_columns(users: Collection[WhoUses]) -> dict[str, str]:
    return {
        "lanes": array_text([lane_of(shopper_id) for _, shopper_id in users]),
        "promotion_ids": array_text([promotion_id for promotion_id, _ in users]),
        "shopper_ids": array_text([shopper_id for _, shopper_id in users]),
    }


def coupons_left(*, shopper_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """Return how many coupons of each promotion these shoppers hold and have not used, by shopper and promotion."""
    if not shopper_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("promotions", "coupons_left"),
            {"lanes": array_text(map(lane_of, shopper_ids)), "shopper_ids": array_text(shopper_ids)},
        )
        found: dict[int, dict[int, int]] = {}
        for shopper_id, promotion_id, left in cursor.fetchall():
            found.setdefault(shopper_id, {})[promotion_id] = left
        return found


def coupons_collected(users: Collection[WhoUses]) -> set[WhoUses]:
    """Return which of these (promotion id, shopper id) were collected before, used or not."""
    if not users:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(load_sql("promotions", "coupons_held"), _users_columns(users))
        return {(promotion_id, shopper_id) for promotion_id, shopper_id in cursor.fetchall()}


def coupon_facts(*, promotion_ids: Collection[int]) -> dict[int, CouponFacts]:
    """Return when and where the coupons of these promotions can be collected, of those that are on."""
    rows = PromotionTerms.objects.filter(
        promotion__in=promotion_ids, promotion__needs_coupon=True, promotion__is_on=True
    ).values_list(
        "promotion_id", "market_id", "promotion__collects_from", "promotion__opens_at", "promotion__closes_at"
    )
    facts: dict[int, CouponFacts] = {}
    for promotion_id, market, collects_from, opens_at, closes_at in rows:
        there = facts.get(promotion_id)
        facts[promotion_id] = CouponFacts(
            to_unix_ms(collects_from or opens_at),
            to_unix_ms(closes_at),
            frozenset({market}) | (there.markets if there else frozenset()),
        )
    return facts


@dataclass(frozen=True, slots=True)
class CouponShown:
    """A coupon of a shopper's as a page shows it; amounts are in the currency of the market asked for."""

    promotion: Promotion
    currency: str
    collected_at: datetime
    is_used: bool


def coupons_of(*, shopper_id: int, market: str) -> list[CouponShown]:
    """Return the coupons that a shopper collected, as they stand in a market, the one that ends first before others.

    Of promotions that were switched off, or are not in this market, there is none.
    """
    held = {one.promotion_id: one for one in Coupon.objects.filter(lane=lane_of(shopper_id), shopper_id=shopper_id)}
    rows = PromotionTerms.objects.filter(promotion__in=held, market=market, promotion__is_on=True)
    terms = list(rows.select_related("promotion").order_by("promotion__closes_at", "promotion_id"))
    scopes = read_scopes({one.promotion_id for one in terms})
    return [
        CouponShown(
            promotion=promotion_in_market(one, scopes.get(one.promotion_id)),
            currency=one.currency,
            collected_at=held[one.promotion_id].collected_at,
            is_used=held[one.promotion_id].used >= held[one.promotion_id].held,
        )
        for one in terms
    ]


@dataclass(frozen=True, slots=True)
class CouponOffered:
    """A coupon of a market that can be collected from a moment on; `left` is how many, None where there is no bound."""

    promotion: Promotion
    currency: str
    collects_from: datetime
    left: int | None


def coupons_offered(*, market: str, now: datetime) -> list[CouponOffered]:
    """Return the coupons of a market that can be collected now or later, at most `COUPONS_SHOWN_MAX`.

    What can be collected now comes first, and of it what ends first; then what comes next. Three statements.
    """
    rows = PromotionTerms.objects.filter(
        market=market, promotion__needs_coupon=True, promotion__is_on=True, promotion__closes_at__gt=now
    ).annotate(since=Coalesce("promotion__collects_from", "promotion__opens_at"))
    order = (Greatest("since", now), "promotion__closes_at", "promotion_id")
    terms = list(rows.select_related("promotion").order_by(*order)[:COUPONS_SHOWN_MAX])
    ids = [one.promotion_id for one in terms]
    scopes = read_scopes(ids)
    slices = Allowance.objects.filter(promotion_id__in=ids, market=market, kind=AllowanceKind.COLLECT)
    taken = dict(slices.values_list("promotion_id").annotate(Sum("taken")))
    return [
        CouponOffered(
            promotion=promotion_in_market(one, scopes.get(one.promotion_id)),
            currency=one.currency,
            collects_from=one.promotion.collects_from or one.promotion.opens_at,
            left=None if one.coupons_max is None else max(0, one.coupons_max - taken.get(one.promotion_id, 0)),
        )
        for one in terms
    ]


def personal_coupons(*, shopper_ids: Collection[int]) -> list[dict[str, object]]:
    """Return the coupons that a person collected, as all of these shoppers, for the file of what is kept of one."""
    rows = Coupon.objects.filter(lane__in=set(map(lane_of, shopper_ids)), shopper_id__in=shopper_ids)
    columns = rows.order_by("collected_at", "promotion_id").values_list("promotion_id", "collected_at", "used")
    names = dict(PromotionRow.objects.filter(id__in=[row[0] for row in columns]).values_list("id", "names"))
    return [
        {"promotion": str(promotion_id), "names": names.get(promotion_id, {}), "collected_at": at, "used": used > 0}
        for promotion_id, at, used in columns
    ]


@dataclass(frozen=True, slots=True)
class PromotionSeen:
    """A promotion in a market, and what it gave there so far; that is counted only where it is `limited`."""

    promotion_id: int
    name: str
    step: int
    market: str
    currency: str
    opens_at: datetime
    closes_at: datetime
    is_on: bool
    uses: int
    uses_max: int | None
    given_minor: int
    budget_minor: int | None

    @property
    def limited(self) -> bool:
        """Whether its uses or what it gives are bounded."""
        return self.uses_max is not None or self.budget_minor is not None


def promotions_seen() -> list[PromotionSeen]:
    """Return every promotion in each of its markets, the last to open first."""
    given: dict[tuple[int, str], tuple[int, int]] = {}
    rows = Allowance.objects.filter(kind=AllowanceKind.USE).values("promotion_id", "market")
    for row in rows.annotate(uses=Sum("taken"), minor=Sum("amount_minor")):
        given[row["promotion_id"], row["market"]] = row["uses"], row["minor"]
    seen = []
    terms = PromotionTerms.objects.select_related("promotion")
    for one in terms.order_by("-promotion__opens_at", "promotion_id", "market_id"):
        of, (uses, given_minor) = one.promotion, given.get((one.promotion_id, one.market_id), (0, 0))
        name = of.names.get("en") or next(iter(of.names.values()), "")
        period = (of.opens_at, of.closes_at)
        seen.append(
            PromotionSeen(
                *(of.id, name, of.step, one.market_id, one.currency, *period, of.is_on),
                *(uses, one.uses_max, given_minor, one.amount_max_minor),
            )
        )
    return seen


@dataclass(frozen=True, slots=True)
class SliceLeft:
    """What a slice has left of a bound; None is none."""

    lane: int
    taken_left: int | None
    amount_left_minor: int | None


# A limit: (promotion id, market, kind).
Limit = tuple[int, str, int]


def slices_of_limits() -> Mapping[Limit, list[SliceLeft]]:
    """Return what the slices of every limit have left, of limits that are cut into several, by lane."""
    taken_left, amount_left = F("taken_max") - F("taken"), F("amount_max_minor") - F("amount_minor")
    rows = Allowance.objects.filter(Q(taken_max__isnull=False) | Q(amount_max_minor__isnull=False))
    limits: dict[Limit, list[SliceLeft]] = {}
    columns = ("promotion_id", "market", "kind", "lane", taken_left, amount_left)
    for promotion_id, market, kind, lane, taken, amount in rows.order_by("lane").values_list(*columns):
        limits.setdefault((promotion_id, market, kind), []).append(SliceLeft(lane, taken, amount))
    return {limit: slices for limit, slices in limits.items() if len(slices) > 1}
