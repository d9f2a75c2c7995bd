"""Promotions that the staff declares, switches and moves in time."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from fairground.catalog.models import Category
from fairground.catalog.queries import merchants_of_skus
from fairground.festivals.models import Hall
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import (
    Act,
    By,
    changes_between,
    edit_turn,
    take_turn_soon,
    tell_offers_changed,
    write_audit,
)
from fairground.kernel.ids import LANES, lane_of
from fairground.kernel.money import split_minor
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import slice_lanes, writers_of_lanes
from fairground.markets.queries import market_currencies
from fairground.merchants.models import Merchant
from fairground.promotions.models import Allowance, AllowanceKind, Promotion, PromotionScope, PromotionTerms
from fairground.promotions.rules.declaring import PromotionRecord, ScopeNames, declaration_wrong


class PromotionRefused(Refusal):
    """A promotion can't be so; `why` is one of `rules.declaring.DECLARATION_WRONG`."""


class PromotionMade(Refusal):
    """The form was sent before; `promotion_id` is what it made."""


class NoSuchPromotion(Refusal):
    """There is no promotion with this id."""


def create_promotion(*, record: PromotionRecord, by: By, form_key: UUID | None = None) -> int:
    """Make a promotion with its terms, scope and limits, and return its id. It is on from the beginning.

    A limit is cut into a slice a writer, by how many lanes that writer drains. With a key it is made once, whatever is
    sent with the same key afterwards.

    :raises PromotionRefused: nothing changed
    :raises PromotionMade: one was made with this key before; nothing changed
    :raises ShopBusy: nothing changed
    """
    wrong = declaration_wrong(record) or _unknown(record)
    if wrong:
        raise PromotionRefused(why=wrong)
    with transaction.atomic():
        writer_ids = writers_of_lanes(range(LANES))
        turn = take_turn_soon(writer_ids=writer_ids, now_ms=to_unix_ms(by.now), ids_max=1, outbox_rows=0)
        made = Promotion.objects.filter(form_key=form_key).first() if form_key else None
        if made:
            raise PromotionMade(promotion_id=made.id)
        lane = turn.lane_from if record.merchant_id is None else lane_of(record.merchant_id)
        promotion = Promotion.objects.create(
            id=turn.ids.draw(lane),
            merchant_id=record.merchant_id,
            step=record.step.value,
            kind=record.kind.value,
            names=dict(record.names),
            excludes_deals=record.excludes_deals,
            repeats=record.repeats,
            percent_bps=record.percent_bps,
            bundle_units=record.bundle_units,
            bundle_paid_units=record.bundle_paid_units,
            merchant_bps=record.merchant_bps,
            needs_coupon=record.needs_coupon,
            shopper_uses_max=record.shopper_uses_max,
            collects_from=record.collects_from,
            opens_at=record.opens_at,
            closes_at=record.closes_at,
            form_key=form_key,
        )
        _write_terms(promotion.id, record)
        PromotionScope.objects.bulk_create(_scope_rows(promotion.id, record.scope))
        Allowance.objects.bulk_create(_slices(promotion.id, record))
        tell_offers_changed(turn)
        write_audit(by=by, acts=[Act("created", "promotion", promotion.id, {"names": (None, dict(record.names))})])
    return promotion.id


def _unknown(record: PromotionRecord) -> str | None:
    """Return what of a declaration names something that is not there; a merchant's SKUs are its own."""
    if not set(record.terms) <= set(market_currencies()):
        return "terms"
    merchant_ids = {*record.scope.merchant_ids} | ({record.merchant_id} if record.merchant_id is not None else set())
    scope = record.scope
    sellers = merchants_of_skus(sku_ids=scope.sku_ids)
    there = (
        Merchant.objects.filter(id__in=merchant_ids).count() == len(merchant_ids)
        and Hall.objects.filter(id__in=scope.hall_ids).count() == len(set(scope.hall_ids))
        and Category.objects.filter(code__in=scope.categories).count() == len(set(scope.categories))
        and sellers.keys() == set(scope.sku_ids)
    )
    is_within = record.merchant_id is None or set(sellers.values()) <= {record.merchant_id}
    return None if there and is_within else "scope"


def _write_terms(promotion_id: int, record: PromotionRecord) -> None:
    currencies = market_currencies()
    PromotionTerms.objects.bulk_create(
        PromotionTerms(
            promotion_id=promotion_id,
            market_id=market,
            currency=currencies[market],
            threshold_minor=terms.threshold_minor,
            off_minor=terms.off_minor,
            ceiling_minor=terms.ceiling_minor,
            bundle_minor=terms.bundle_minor,
            uses_max=terms.uses_max,
            amount_max_minor=terms.amount_max_minor,
            coupons_max=terms.coupons_max,
        )
        for market, terms in sorted(record.terms.items())
    )


def _scope_rows(promotion_id: int, scope: ScopeNames) -> list[PromotionScope]:
    named: dict[str, Collection[object]] = {
        "merchant_id": scope.merchant_ids,
        "hall_id": scope.hall_ids,
        "category_id": scope.categories,
        "sku_id": scope.sku_ids,
    }
    return [
        PromotionScope(promotion_id=promotion_id, **{column: thing})
        for column, things in named.items()
        for thing in dict.fromkeys(things)
    ]


def _slices(promotion_id: int, record: PromotionRecord) -> list[Allowance]:
    """Cut each limit into slices; where a market has none of a kind there are no rows."""
    lanes = Counter(slice_lanes())
    rows: list[Allowance] = []
    for market, terms in sorted(record.terms.items()):
        for kind, taken_max, amount_max_minor in (
            (AllowanceKind.USE, terms.uses_max, terms.amount_max_minor),
            (AllowanceKind.COLLECT, terms.coupons_max, None),
        ):
            if taken_max is None and amount_max_minor is None:
                continue
            taken, amounts = _cut(taken_max, lanes), _cut(amount_max_minor, lanes)
            rows += [
                Allowance(
                    lane=lane,
                    promotion_id=promotion_id,
                    market=market,
                    kind=kind,
                    taken_max=taken[lane],
                    amount_max_minor=amounts[lane],
                )
                for lane in lanes
            ]
    return rows


def _cut(most: int | None, lanes: Mapping[int, int]) -> dict[int, int | None]:
    if most is None:
        return dict.fromkeys(lanes)
    return dict(zip(lanes, split_minor(most, list(lanes.values())), strict=True))


def edit_promotion(
    *,
    promotion_id: int,
    by: By,
    is_on: bool | None = None,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
) -> bool:
    """Switch a promotion on or off and move it in time, as stated; return whether anything changed.

    What is None stays. What was bought before keeps its discounts.

    :raises NoSuchPromotion: nothing changed
    :raises PromotionRefused: it would close before it opens, or before its coupons can be collected; nothing changed
    :raises ShopBusy: nothing changed
    """
    with edit_turn(lanes=range(LANES), now=by.now) as turn:
        promotion = Promotion.objects.filter(id=promotion_id).first()
        if promotion is None:
            raise NoSuchPromotion(promotion_id=promotion_id)
        opens, closes = opens_at or promotion.opens_at, closes_at or promotion.closes_at
        wanted = {
            "is_on": promotion.is_on if is_on is None else is_on,
            "opens_at": opens,
            "closes_at": closes,
        }
        if closes <= max(opens, promotion.collects_from or opens):
            raise PromotionRefused(why="times")
        changed = changes_between({name: getattr(promotion, name) for name in wanted}, wanted)
        if changed:
            Promotion.objects.filter(id=promotion_id).update(**{name: value for name, (_, value) in changed.items()})
            tell_offers_changed(turn)
            facts = {name: (_told(was), _told(is_now)) for name, (was, is_now) in changed.items()}
            write_audit(by=by, acts=[Act("changed", "promotion", promotion_id, facts)])
    return bool(changed)


def _told(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
