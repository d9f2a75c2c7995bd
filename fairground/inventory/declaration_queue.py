"""Reads of declarations for who decides them: the queue, each beside what it is compared with, and one whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, QuerySet, Value, When

from fairground.catalog.models import ProductText
from fairground.festivals.declared import WAITING, DeclaredDeal
from fairground.festivals.guard import deviation_bps
from fairground.festivals.models import Approval, Declaration, Festival
from fairground.identity.models import User
from fairground.inventory.declarations import declared_deals
from fairground.inventory.price_guard import GuardFacts, guard_facts
from fairground.markets.queries import market_currencies

ANY_STATE = "any"


@dataclass(frozen=True, slots=True)
class MarketCompared:
    """A declared price in a market beside the usual one and the lowest of thirty days; None where it isn't sold now.

    `away_bps` is how far it is from that lowest price, negative below it.
    """

    market: str
    currency: str
    price_minor: int
    usual_minor: int | None
    prior_minor: int | None
    away_bps: int | None


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """Somebody's yes to the present version; the address is None where there is no such user any more."""

    user_id: int
    email: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class DeclarationRow:
    """A declaration as it stands; `titles` by language, `findings` as they were stored, `free` as the freeze counts.

    `currency` is the festival's.
    """

    id: int
    version: int
    state: str
    festival: str
    currency: str
    merchant: str
    merchant_name: str
    sku_id: int
    sku: str
    titles: Mapping[str, str]
    units: int
    buyer_limit: int
    free: int
    hall: str
    opens_at: datetime | None
    closes_at: datetime | None
    declared_by: int | None
    declared_at: datetime
    submitted_at: datetime | None
    reason: str
    deal_id: int | None
    findings: Sequence[Mapping[str, Any]]
    prices: Sequence[MarketCompared]
    approvals: Sequence[ApprovalRow]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which declarations are asked for; None is any. Without a state those that wait, with `ANY_STATE` all."""

    festival: str | None = None
    merchant: str | None = None
    state: str | None = None
    found: bool | None = None


def declaration_queue(*, wanted: Wanted, now: datetime, limit: int, offset: int = 0) -> list[DeclarationRow]:
    """Return declarations, those with findings first, then those that have waited longest."""
    clean_last = Case(When(findings=[], then=Value(1)), default=Value(0))
    rows = _wanted(wanted).order_by(clean_last, "submitted_at", "pk")[offset : offset + limit]
    return _rows(list(rows), now)


def declaration_row(*, declaration_id: int, now: datetime) -> DeclarationRow | None:
    """Return one declaration, or None where there is none."""
    rows = _rows(list(_related(Declaration.objects.filter(pk=declaration_id))), now)
    return rows[0] if rows else None


def waiting_count(*, count_max: int) -> int:
    """Return how many declarations wait, counted up to `count_max`."""
    return Declaration.objects.filter(state__in=[one.value for one in WAITING])[:count_max].count()


def festival_slugs() -> list[str]:
    """Return the slugs of all festivals, the latest first."""
    return list(Festival.objects.order_by("-opens_at").values_list("slug", flat=True))


def _wanted(wanted: Wanted) -> QuerySet[Declaration]:
    rows = _related(Declaration.objects.all())
    if wanted.state != ANY_STATE:
        rows = rows.filter(state__in=[wanted.state] if wanted.state else [one.value for one in WAITING])
    if wanted.festival:
        rows = rows.filter(enrolment__festival=wanted.festival)
    if wanted.merchant:
        rows = rows.filter(enrolment__merchant__slug=wanted.merchant)
    if wanted.found is not None:
        rows = rows.exclude(findings=[]) if wanted.found else rows.filter(findings=[])
    return rows


def _related(rows: QuerySet[Declaration]) -> QuerySet[Declaration]:
    return rows.select_related("enrolment__merchant", "enrolment__festival", "sku", "hall")


def _rows(declarations: Sequence[Declaration], now: datetime) -> list[DeclarationRow]:
    titles: dict[int, dict[str, str]] = {}
    texts = ProductText.objects.filter(product_id__in=[one.sku.product_id for one in declarations])
    for product_id, language, title in texts.values_list("product_id", "language", "title"):
        titles.setdefault(product_id, {})[language] = title
    facts = {
        festival: guard_facts(
            festival=festival,
            sku_ids=[one.sku_id for one in declarations if one.enrolment.festival_id == festival],
            now=now,
        )
        for festival in sorted({one.enrolment.festival_id for one in declarations})
    }
    deals, approvals, currencies = declared_deals(declarations), _approvals(declarations), market_currencies()
    return [
        DeclarationRow(
            id=one.pk,
            version=one.version,
            state=one.state,
            festival=one.enrolment.festival_id,
            currency=one.enrolment.festival.currency,
            merchant=one.enrolment.merchant.slug,
            merchant_name=one.enrolment.merchant.name,
            sku_id=one.sku_id,
            sku=one.sku.external_id,
            titles=titles.get(one.sku.product_id, {}),
            units=one.units,
            buyer_limit=one.buyer_limit,
            free=facts[one.enrolment.festival_id].free.get(one.sku_id, 0),
            hall=one.hall.slug if one.hall else "",
            opens_at=one.opens_at,
            closes_at=one.closes_at,
            declared_by=one.declared_by,
            declared_at=one.declared_at,
            submitted_at=one.submitted_at,
            reason=one.reason,
            deal_id=one.deal_id,
            findings=one.findings,
            prices=_compared(deals[one.pk], facts[one.enrolment.festival_id], currencies),
            approvals=approvals.get(one.pk, []),
        )
        for one in declarations
    ]


def _compared(deal: DeclaredDeal, facts: GuardFacts, currencies: Mapping[str, str]) -> list[MarketCompared]:
    before = facts.prices.get(deal.sku_id, {})
    compared: list[MarketCompared] = []
    for market, price_minor in sorted(deal.prices_minor.items()):
        there = before.get(market)
        away = deviation_bps(price_minor=price_minor, compared_minor=there.prior_minor) if there else None
        usual_minor, prior_minor = (there.usual_minor, there.prior_minor) if there else (None, None)
        compared.append(MarketCompared(market, currencies[market], price_minor, usual_minor, prior_minor, away))
    return compared


def _approvals(declarations: Sequence[Declaration]) -> dict[int, list[ApprovalRow]]:
    versions = {one.pk: one.version for one in declarations}
    rows = list(Approval.objects.filter(declaration__in=versions).order_by("at", "user_id"))
    emails = dict(User.objects.filter(pk__in={one.user_id for one in rows}).values_list("pk", "email"))
    approvals: dict[int, list[ApprovalRow]] = {}
    for one in rows:
        if one.version == versions[one.declaration_id]:
            approvals.setdefault(one.declaration_id, []).append(
                ApprovalRow(one.user_id, emails.get(one.user_id), one.at)
            )
    return approvals
