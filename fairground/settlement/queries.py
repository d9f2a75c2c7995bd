"""Reads of settlement: of orders to be released, what was released, what merchants are owed."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection
from django.db.models import Count, Q, Sum
from msgspec import Struct

from fairground.kernel.ids import lane_of
from fairground.kernel.sql import array_text, load_sql
from fairground.settlement.models import Due, FeeRate, Payout, Terms
from fairground.settlement.rules.fees import FeeHolding, categories_above, fee_holding
from fairground.settlement.rules.parting import Gone, Kept, Parts, Shares, Sold
from fairground.settlement.rules.payouts import PayoutState, Schedule
from fairground.settlement.rules.terms import SettlementTerms


class OrderSums(Struct, frozen=True):
    """What settling must know of an order; `shares` are those of today, but for the creator's, which is frozen.

    `kept` has one for each commission that goods of it have.
    """

    order_id: int
    merchant_id: int
    currency: str
    creator_id: int | None
    shares: Shares
    reserve_days: int
    sold: Sold
    gone: Gone
    kept: tuple[Kept, ...]


class Released(Struct, frozen=True):
    """What was released of an order and stands now, and the terms that were frozen with it."""

    fee_tax_bps: int
    reserve_bps: int
    parts: Parts


# (merchant id, currency)
MerchantCurrency = tuple[int, str]


class Owed(Struct, frozen=True):
    """What a merchant is owed: its entries above `after_id` up to `until_id`, since the last payout or of a failed one.

    Less than what `payout_min_cents` of a euro are worth is not paid. `last_period` is when the period began in
    which it was last paid, or that failed; None: it never was.
    """

    merchant_id: int
    currency: str
    after_id: int
    until_id: int
    amount_minor: int
    last_period: date | None
    schedule: Schedule
    paid_currency: str
    payout_min_cents: int


def read_order_sums(order_ids: Collection[int]) -> list[OrderSums]:
    """Return what settling must know of these orders, by lane and id; under their turn it holds."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("settlement", "order_sums"), _keys(order_ids))
        by_order = groupby(cursor.fetchall(), key=itemgetter(0))
    return [_order_sums(tuple(rows)) for _, rows in by_order]


def _order_sums(rows: Sequence[tuple[Any, ...]]) -> OrderSums:
    """One row for each commission, all with the same order."""
    order_id, merchant_id, currency, creator_id, total_minor, *shares, reserve_days, duties_minor = rows[0][:10]
    by_platform_minor, *gone_minor = (sum([row[at] for row in rows]) for at in (14, 15, 16, 17))
    return OrderSums(
        order_id,
        merchant_id,
        currency,
        creator_id,
        Shares(*shares),
        reserve_days,
        Sold(total_minor, by_platform_minor, duties_minor),
        Gone(*gone_minor),
        tuple([Kept(*row[10:14]) for row in rows]),
    )


def read_released(order_ids: Collection[int]) -> dict[int, Released]:
    """Return what was released of those of these orders that were, by order id; under their turn it holds."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("settlement", "released"), _keys(order_ids))
        return {row[0]: Released(row[1], row[2], Parts(*row[3:])) for row in cursor.fetchall()}


def read_owed(keys: Collection[MerchantCurrency]) -> list[Owed]:
    """Return what of these (merchant id, currency) is owed, without what is nothing and who is held."""
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("settlement", "owed"),
            {
                "merchants": array_text(merchant_id for merchant_id, _ in keys),
                "currencies": array_text(currency for _, currency in keys),
            },
        )
        return [
            Owed(row[0], row[1], row[2], row[3], row[4], row[5], Schedule(row[6]), row[7], row[8])
            for row in cursor.fetchall()
        ]


def read_failed(keys: Collection[MerchantCurrency]) -> list[Owed]:
    """Return what of these (merchant id, currency) failed to be paid and that no payout has since, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("settlement", "failed_payouts"),
            {
                "merchants": array_text(merchant_id for merchant_id, _ in keys),
                "currencies": array_text(currency for _, currency in keys),
            },
        )
        return [
            Owed(row[0], row[1], row[2], row[3], row[4], row[5], Schedule(row[6]), row[7], row[8])
            for row in cursor.fetchall()
        ]


def _keys(order_ids: Collection[int]) -> dict[str, str]:
    return {"lanes": array_text(map(lane_of, order_ids)), "ids": array_text(order_ids)}


def count_due() -> int:
    """Return how many orders are due, those of merchants that are held too."""
    return Due.objects.count()


class PayoutSeen(Struct, frozen=True):
    """A payout as who decides about it sees it; `merchant` is a slug."""

    id: int
    merchant: str
    currency: str
    amount_minor: int
    paid_currency: str
    paid_minor: int
    state: PayoutState
    proposed_at: datetime
    reference: str
    failed_because: str


def payouts_seen(*, state: PayoutState | None, rows_max: int) -> list[PayoutSeen]:
    """Return the last payouts, the latest first, those in one state or all."""
    rows = Payout.objects.order_by("-proposed_at", "-id")
    if state is not None:
        rows = rows.filter(state=state.value)
    names = ("id", "merchant__slug", "currency", "amount_minor", "paid_currency", "paid_minor", "state", "proposed_at")
    return [
        PayoutSeen(row[0], row[1], row[2], row[3], row[4], row[5], PayoutState(row[6]), row[7], row[8], row[9])
        for row in rows.values_list(*names, "reference", "failed_because")[:rows_max]
    ]


class PayoutsProposed(Struct, frozen=True):
    """What waits for somebody to approve it, in a currency in which it is paid."""

    currency: str
    payouts: int
    paid_minor: int


def payouts_proposed() -> list[PayoutsProposed]:
    """Return what is proposed and not approved, by currency, the most payouts first."""
    rows = Payout.objects.filter(state=PayoutState.PROPOSED.value).values_list("paid_currency")
    sums = rows.annotate(payouts=Count("id"), paid_minor=Sum("paid_minor")).order_by("-payouts", "paid_currency")
    return [PayoutsProposed(currency, payouts, int(paid_minor)) for currency, payouts, paid_minor in sums]


class FeeSeen(Struct, frozen=True):
    """A commission of a category, of one merchant (its slug) or (None) of all, from a moment on; None: no more."""

    category: str
    merchant: str | None
    commission_bps: int | None
    valid_from: datetime


def fees_seen() -> list[FeeSeen]:
    """Return the commissions of categories and their history, by category and merchant, the latest of each first."""
    rows = FeeRate.objects.order_by("category_id", "merchant__slug", "-id")
    return [FeeSeen(*row) for row in rows.values_list("category_id", "merchant__slug", "commission_bps", "valid_from")]


class FeeStanding(Struct, frozen=True):
    """How the commission of a category and merchant stands, before somebody sets it.

    `last_id` is the row that was set last for just these two, 0: none was; `own_bps` is what it says, None: nothing
    that holds. `holding` is what orders freeze now, None: each merchant's own.
    """

    last_id: int
    own_bps: int | None
    holding: FeeHolding | None


def fee_standing(*, category: str, merchant_id: int | None) -> FeeStanding:
    """Return how the commission of a category stands, of one merchant or (None) of all."""
    whose = (
        Q(merchant_id__isnull=True) if merchant_id is None else Q(merchant_id__isnull=True) | Q(merchant=merchant_id)
    )
    rows = FeeRate.objects.filter(whose, category_id__in=categories_above(category)).order_by("id")
    last = {(row.category_id, row.merchant_id): row for row in rows}
    rates = {key: row.commission_bps for key, row in last.items()}
    own = last.get((category, merchant_id))
    return FeeStanding(
        last_id=own.id if own else 0,
        own_bps=own.commission_bps if own else None,
        holding=fee_holding(rates, category=category, merchant_id=merchant_id),
    )


def terms_of(*, merchant_id: int) -> SettlementTerms:
    """Return how a merchant is settled."""
    names = tuple(SettlementTerms.__dataclass_fields__)
    row = Terms.objects.filter(merchant_id=merchant_id).values(*names).first()
    return SettlementTerms(**{**row, "schedule": Schedule(row["schedule"])}) if row else SettlementTerms()
