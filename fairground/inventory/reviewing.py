"""Declarations decided: approved by one person, by two where the price guard found something, or declined.

INV-19: what the guard found is no deal before two people approved that very version, neither of whom declared it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from fairground.catalog.models import Sku
from fairground.festivals.actions import make_deals
from fairground.festivals.declared import (
    WAITING,
    DeclarationState,
    EnrolmentState,
    PricedDeal,
    state_after_approvals,
    times_inside,
)
from fairground.festivals.enrolments import FestivalTerms, NotEnrolled, ReasonNeeded, terms_before_freeze
from fairground.festivals.models import Approval, Deal, Declaration, DeclarationPrice
from fairground.inventory.declarations import (
    DeclarationElsewhere,
    NoSuchDeclaration,
    as_stored,
    examine,
    locked_declarations,
)
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import Act, By, take_turn_soon, tell_offers_changed, write_audit
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn, writers_of_lanes

# Declarations decided in one turn of the writers: as many as a page of the queue shows.
DECIDED_AT_ONCE_MAX = 100


class VersionChanged(Refusal):
    """The declaration was changed after it was shown: another version of it waits."""


class OwnDeclaration(Refusal):
    """Who declared a deal doesn't approve it."""


class ApprovedAlready(Refusal):
    """This person has approved this version already; the second one is somebody else."""


class DealThere(Refusal):
    """The SKU has got a deal in the festival by another road."""


class OutsideFestival(Refusal):
    """The festival was moved since: the deal would no longer open and close within it."""


class TooManyAtOnce(Refusal):
    """More declarations than are decided in one turn."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A declaration, and the version of it that somebody saw."""

    declaration_id: int
    version: int


@dataclass(slots=True)
class Decided:
    """What came of approvals, as declaration ids. `examined_anew`: the guard finds what it did not before, so that a
    new version waits and nobody's yes was counted."""

    approved: list[int] = field(default_factory=list)
    need_second: list[int] = field(default_factory=list)
    examined_anew: list[int] = field(default_factory=list)
    refused: dict[int, Refusal] = field(default_factory=dict)


def approve(*, choices: Sequence[Choice], by: By) -> Decided:
    """Write somebody's yes to declarations, and make deals of those that need no more; return what came of each.

    Each stands alone: what is refused of them keeps the others from nothing.

    :raises NoSuchDeclaration: nothing changed
    :raises TooManyAtOnce: nothing changed
    :raises EnrolmentOver: nothing changed
    :raises ShopBusy: nothing changed
    """
    assert by.user_id is not None, "an approval has a name"
    _refuse_many(choices)
    decided = Decided()
    with transaction.atomic():
        turn = _turn_for(choices, by)
        declarations = locked_declarations(one.declaration_id for one in choices)
        versions = {one.declaration_id: one.version for one in choices}
        for festival in sorted({one.enrolment.festival_id for one in declarations}):
            terms = terms_before_freeze(festival=festival, now=by.now)
            rows = [one for one in declarations if one.enrolment.festival_id == festival]
            decided.refused |= _refusals(rows, versions, terms, by)
            rows = [one for one in rows if one.pk not in decided.refused]
            _examine_anew(rows, terms, by, decided)
            _approve([one for one in rows if one.pk not in decided.examined_anew], turn, terms, by, decided)
    return decided


def approve_one(*, choice: Choice, by: By) -> Decided:
    """Write somebody's yes to one declaration, as `approve` does, and raise what is refused.

    :raises Refusal: one of those that `approve` returns or raises; nothing changed
    """
    decided = approve(choices=[choice], by=by)
    for refusal in decided.refused.values():
        raise refusal
    return decided


def decline(*, choices: Sequence[Choice], by: By) -> None:
    """Turn declarations down with a reason that the merchant is told.

    :raises ReasonNeeded: nothing changed
    :raises NoSuchDeclaration: nothing changed
    :raises TooManyAtOnce: nothing changed
    :raises DeclarationElsewhere: nothing changed
    :raises VersionChanged: nothing changed
    :raises EnrolmentOver: nothing changed
    """
    _refuse_many(choices)
    if not by.reason.strip():
        raise ReasonNeeded(declarations=[one.declaration_id for one in choices])
    versions = {one.declaration_id: one.version for one in choices}
    _move(versions, DeclarationState.DECLINED, "declined", by, versions=versions)


def withdraw(*, declaration_ids: Iterable[int], by: By) -> None:
    """Take declarations that wait back into drafts; nobody's yes to them counts any more.

    :raises NoSuchDeclaration: nothing changed
    :raises DeclarationElsewhere: nothing changed
    :raises EnrolmentOver: nothing changed
    """
    _move(declaration_ids, DeclarationState.DRAFT, "withdrawn", by)


def _refuse_many(choices: Sequence[Choice]) -> None:
    if len(choices) > DECIDED_AT_ONCE_MAX:
        raise TooManyAtOnce(declarations=len(choices), declarations_max=DECIDED_AT_ONCE_MAX)


def _turn_for(choices: Sequence[Choice], by: By) -> Turn:
    """The turn of the SKUs' lanes, which a declaration never changes, with an id for a deal of each."""
    ids = [one.declaration_id for one in choices]
    lanes = set(Sku.objects.filter(declaration__in=ids).values_list("lane", flat=True))
    if not lanes:
        raise NoSuchDeclaration(declarations=ids)
    return take_turn_soon(
        writer_ids=writers_of_lanes(lanes), now_ms=to_unix_ms(by.now), ids_max=len(choices), outbox_rows=0
    )


def _refusals(
    declarations: Sequence[Declaration], versions: dict[int, int], terms: FestivalTerms, by: By
) -> dict[int, Refusal]:
    assert by.user_id is not None, by
    theirs = Approval.objects.filter(declaration__in=[one.pk for one in declarations], user_id=by.user_id)
    said_yes = set(theirs.values_list("declaration_id", "version"))
    deals = Deal.objects.filter(festival=terms.slug, sku_id__in=[one.sku_id for one in declarations])
    dealt = set(deals.values_list("sku_id", flat=True))
    refused: dict[int, Refusal] = {}
    for one in declarations:
        refusal = _standing_refusal(one, versions[one.pk])
        if refusal is None and one.declared_by is not None and one.declared_by == by.user_id:
            refusal = OwnDeclaration(declaration=one.pk)
        if refusal is None and (one.pk, one.version) in said_yes:
            refusal = ApprovedAlready(declaration=one.pk, version=one.version)
        if refusal is None and one.enrolment.state != EnrolmentState.ADMITTED:
            refusal = NotEnrolled(enrolment=one.enrolment_id)
        if refusal is None and not _is_inside(one, terms):
            refusal = OutsideFestival(declaration=one.pk)
        if refusal is None and one.sku_id in dealt:
            refusal = DealThere(declaration=one.pk)
        if refusal is not None:
            refused[one.pk] = refusal
    return refused


def _is_inside(one: Declaration, terms: FestivalTerms) -> bool:
    return times_inside(
        opens_at=one.opens_at,
        closes_at=one.closes_at,
        festival_opens_at=terms.opens_at,
        festival_closes_at=terms.closes_at,
    )


def _standing_refusal(one: Declaration, version: int) -> Refusal | None:
    if one.state not in WAITING:
        return DeclarationElsewhere(declaration=one.pk, state=one.state)
    if one.version != version:
        return VersionChanged(declaration=one.pk, version=one.version)
    return None


def _examine_anew(declarations: Sequence[Declaration], terms: FestivalTerms, by: By, decided: Decided) -> None:
    """Prices and stock go on changing: what is found now and was not when it was submitted makes a new version."""
    found = examine(declarations=declarations, terms=terms, by=by)
    changed = [one for one in declarations if not _kinds(as_stored(found[one.pk])) <= _kinds(one.findings)]
    for one in changed:
        one.version, one.state = one.version + 1, DeclarationState.SUBMITTED.value
        one.findings = as_stored(found[one.pk])
        decided.examined_anew.append(one.pk)
    Declaration.objects.bulk_update(changed, ["version", "state", "findings"])
    facts = {one.pk: {"version": (one.version - 1, one.version), "findings": (None, one.findings)} for one in changed}
    write_audit(by=by, acts=[Act("examined-anew", "declaration", one, facts[one]) for one in facts])


def _kinds(findings: Iterable[dict[str, int | str]]) -> set[tuple[int | str, int | str | None]]:
    """What is found where; its amounts go on changing without being another reason."""
    return {(one["code"], one.get("market")) for one in findings}


def _approve(declarations: Sequence[Declaration], turn: Turn, terms: FestivalTerms, by: By, decided: Decided) -> None:
    assert by.user_id is not None, by
    Approval.objects.bulk_create(
        Approval(declaration_id=one.pk, version=one.version, user_id=by.user_id, at=by.now) for one in declarations
    )
    approvals: dict[int, int] = {}
    for declaration_id, version, user_id in Approval.objects.filter(
        declaration__in=[one.pk for one in declarations]
    ).values_list("declaration_id", "version", "user_id"):
        one = next(row for row in declarations if row.pk == declaration_id)
        if version == one.version and user_id != one.declared_by:
            approvals[declaration_id] = approvals.get(declaration_id, 0) + 1
    for one in declarations:
        one.state = state_after_approvals(approvals=approvals[one.pk], found=bool(one.findings)).value
    complete = [one for one in declarations if one.state == DeclarationState.APPROVED]
    if complete:
        deal_ids = make_deals(turn=turn, festival=terms.slug, deals=_priced(complete))
        for one in complete:
            one.deal_id = deal_ids[one.sku_id]
        tell_offers_changed(turn)
    Declaration.objects.bulk_update(declarations, ["state", "deal"])
    decided.approved += [one.pk for one in complete]
    decided.need_second += [one.pk for one in declarations if one.state == DeclarationState.NEEDS_SECOND]
    write_audit(
        by=by,
        acts=[
            Act("approved", "declaration", one.pk, {"version": (None, one.version), "state": (None, one.state)})
            for one in declarations
        ],
    )


def _priced(declarations: Sequence[Declaration]) -> list[PricedDeal]:
    prices: dict[int, dict[str, tuple[int, str]]] = {}
    for one in DeclarationPrice.objects.filter(declaration__in=[row.pk for row in declarations]):
        prices.setdefault(one.declaration_id, {})[one.market_id] = (one.price_minor, one.currency)
    return [
        PricedDeal(
            sku_id=one.sku_id,
            lane=lane_of(one.sku_id),
            hall=one.hall.slug if one.hall else "",
            units=one.units,
            buyer_limit=one.buyer_limit,
            prices=prices[one.pk],
            opens_at=one.opens_at,
            closes_at=one.closes_at,
        )
        for one in declarations
    ]


def _move(
    declaration_ids: Iterable[int],
    state: DeclarationState,
    verb: str,
    by: By,
    *,
    versions: dict[int, int] | None = None,
) -> None:
    with transaction.atomic():
        declarations = locked_declarations(declaration_ids)
        for festival in sorted({one.enrolment.festival_id for one in declarations}):
            terms_before_freeze(festival=festival, now=by.now)
        facts: dict[int, dict[str, tuple[object, object]]] = {}
        for one in declarations:
            refusal = _standing_refusal(one, versions[one.pk] if versions else one.version)
            if refusal:
                raise refusal
            facts[one.pk] = {"version": (None, one.version), "state": (one.state, state.value)}
            one.state, one.reason = state.value, by.reason
            one.version += state is DeclarationState.DRAFT
        Declaration.objects.bulk_update(declarations, ["state", "reason", "version"])
        write_audit(by=by, acts=[Act(verb, "declaration", one, facts[one]) for one in facts])
