"""Declarations as they stand: read, locked, examined by the price guard, and put before those who approve."""

from collections.abc import Iterable, Sequence

from django.db import transaction

from fairground.festivals.declared import DeclarationState, DeclaredDeal, EnrolmentState
from fairground.festivals.enrolments import FestivalTerms, NotEnrolled, terms_before_freeze
from fairground.festivals.guard import Finding
from fairground.festivals.models import Declaration, DeclarationPrice
from fairground.inventory.price_guard import guard_facts, price_guard
from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.refusal import Refusal


class NoSuchDeclaration(Refusal):
    """There is no such declaration."""


class DeclarationElsewhere(Refusal):
    """The declaration is not where this can be done to it; `state` says where it stands."""


def submit(*, declaration_ids: Iterable[int], by: By) -> dict[int, tuple[Finding, ...]]:
    """Put drafts, or what was declined, before those who approve; return what the guard finds in each.

    What was declined becomes the next version of it, so that nobody's yes to the former one counts.

    :raises NoSuchDeclaration: nothing changed
    :raises DeclarationElsewhere: nothing changed
    :raises NotEnrolled: nothing changed
    :raises EnrolmentOver: nothing changed
    """
    with transaction.atomic():
        declarations = locked_declarations(declaration_ids)
        for one in declarations:
            if one.state not in {DeclarationState.DRAFT, DeclarationState.DECLINED}:
                raise DeclarationElsewhere(declaration=one.pk, state=one.state)
            if one.enrolment.state != EnrolmentState.ADMITTED:
                raise NotEnrolled(enrolment=one.enrolment_id)
            one.version += one.state == DeclarationState.DECLINED
        found: dict[int, tuple[Finding, ...]] = {}
        for festival in sorted({one.enrolment.festival_id for one in declarations}):
            terms = terms_before_freeze(festival=festival, now=by.now)
            found |= _submit([one for one in declarations if one.enrolment.festival_id == festival], terms, by)
    return found


def locked_declarations(declaration_ids: Iterable[int]) -> list[Declaration]:
    """Return declarations with their enrolments, locked in the order of their ids until the transaction ends.

    :raises NoSuchDeclaration: one of them is not there
    """
    wanted = sorted(set(declaration_ids))
    there = Declaration.objects.select_for_update(of=("self",)).filter(pk__in=wanted)
    declarations = list(there.select_related("enrolment", "hall").order_by("pk"))
    if len(declarations) != len(wanted):
        raise NoSuchDeclaration(declarations=wanted)
    return declarations


def declared_deals(declarations: Iterable[Declaration]) -> dict[int, DeclaredDeal]:
    """Return what declarations say, by declaration id."""
    rows = {one.pk: one for one in declarations}
    prices: dict[int, dict[str, int]] = {}
    there = DeclarationPrice.objects.filter(declaration__in=rows)
    for declaration_id, market, price_minor in there.values_list("declaration_id", "market_id", "price_minor"):
        prices.setdefault(declaration_id, {})[market] = price_minor
    return {
        one.pk: DeclaredDeal(
            sku_id=one.sku_id,
            hall=one.hall.slug if one.hall else "",
            units=one.units,
            buyer_limit=one.buyer_limit,
            prices_minor=prices.get(one.pk, {}),
            opens_at=one.opens_at,
            closes_at=one.closes_at,
        )
        for one in rows.values()
    }


def examine(*, declarations: Sequence[Declaration], terms: FestivalTerms, by: By) -> dict[int, tuple[Finding, ...]]:
    """Return what the guard finds now in declarations of one festival, by declaration id."""
    deals = declared_deals(declarations)
    facts = guard_facts(festival=terms.slug, sku_ids=[one.sku_id for one in declarations], now=by.now)
    guard = price_guard(terms=terms)
    return {
        one.pk: guard.with_floor(one.enrolment.floor_bps).examine(deals=[deals[one.pk]], facts=facts)[one.sku_id]
        for one in declarations
    }


def as_stored(found: Iterable[Finding]) -> list[dict[str, int | str]]:
    """Return findings as a declaration keeps them."""
    return [one.as_json() for one in found]


def _submit(declarations: Sequence[Declaration], terms: FestivalTerms, by: By) -> dict[int, tuple[Finding, ...]]:
    found = examine(declarations=declarations, terms=terms, by=by)
    for one in declarations:
        one.state, one.submitted_at, one.reason = DeclarationState.SUBMITTED.value, by.now, ""
        one.findings = as_stored(found[one.pk])
    Declaration.objects.bulk_update(declarations, ["state", "version", "submitted_at", "reason", "findings"])
    write_audit(
        by=by,
        acts=[
            Act("submitted", "declaration", one.pk, {"version": (None, one.version), "findings": (None, one.findings)})
            for one in declarations
        ],
    )
    return found
