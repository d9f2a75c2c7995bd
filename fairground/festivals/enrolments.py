"""Merchants enrol for a festival, and are admitted or declined; all of it ends when its deals are frozen."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from fairground.catalog.rules import PRICE_MINOR_MAX
from fairground.festivals.actions import NoSuchFestival
from fairground.festivals.declared import LIVE, DeclarationState, EnrolmentState
from fairground.festivals.guard import Thresholds
from fairground.festivals.models import Declaration, Enrolment, Festival
from fairground.festivals.phase_plan import PhaseKind
from fairground.kernel.edits import Act, By, changes_between, write_audit
from fairground.kernel.refusal import Refusal
from fairground.merchants.actions import NoSuchMerchant
from fairground.merchants.queries import merchant_facts

_ALL_BPS = 10_000
# What each threshold may be at most: shares of a price, an absurdly high price, and what fits the column.
_MOST = {"floor_bps": _ALL_BPS, "floor_minor": PRICE_MINOR_MAX, "deviation_bps": _ALL_BPS, "spread_bps": 30_000}
# Where a lower number asks for the second person more often.
_STRICTER_BELOW = {"floor_bps": False, "floor_minor": False, "deviation_bps": True, "spread_bps": True}


class EnrolmentOver(Refusal):
    """The festival's deals are frozen, or about to be: nothing is declared, approved or withdrawn any more."""


class EnrolmentExists(Refusal):
    """The merchant is enrolled already, or was declined."""


class NoSuchEnrolment(Refusal):
    """There is no such enrolment."""


class NotEnrolled(Refusal):
    """The merchant has not been admitted to the festival."""


class DealsApproved(Refusal):
    """The merchant has deals in the festival that were approved: shoppers were told of them."""


class ReasonNeeded(Refusal):
    """Who is turned down is told why."""


class GuardLoosened(Refusal):
    """Deals are declared already: the price guard may only ask more often from then on; `field` says where."""


class ThresholdOutOfRange(Refusal):
    """A share is between nothing and all of it, an amount not negative; `field` says which is not."""


@dataclass(frozen=True, slots=True)
class FestivalTerms:
    """What a declaration has to keep to. Nothing changes from `freezes_at` on; amounts are in `currency`.

    The deals freeze when the festival's own enrolment ends, and where it has no such phase when it opens.
    """

    slug: str
    currency: str
    opens_at: datetime
    closes_at: datetime
    freezes_at: datetime
    thresholds: Thresholds


def festival_terms(*, festival: str) -> FestivalTerms:
    """Return a festival's terms.

    :raises NoSuchFestival: there is none
    """
    row = Festival.objects.filter(slug=festival).first()
    if row is None:
        raise NoSuchFestival(festival=festival)
    thresholds = Thresholds(row.floor_bps, row.floor_minor, row.deviation_bps, row.spread_bps)
    enrolment = row.phases.filter(kind=PhaseKind.ENROLMENT, market=None).first()
    freezes_at = enrolment.ends_at if enrolment else row.opens_at
    return FestivalTerms(row.slug, row.currency, row.opens_at, row.closes_at, freezes_at, thresholds)


def has_declarations(*, festival: str) -> bool:
    """Return whether a deal was declared for a festival, from when on its price guard only gets stricter."""
    return Declaration.objects.filter(enrolment__festival=festival).exists()


def terms_before_freeze(*, festival: str, now: datetime) -> FestivalTerms:
    """Return a festival's terms while deals may still be declared and decided.

    :raises NoSuchFestival: there is none
    :raises EnrolmentOver: it is too late
    """
    terms = festival_terms(festival=festival)
    if now >= terms.freezes_at:
        raise EnrolmentOver(festival=festival, since=terms.freezes_at)
    return terms


def set_guard(*, festival: str, thresholds: Thresholds, by: By) -> bool:
    """Write when the price guard asks for a second person.

    What was submitted is examined by them when somebody approves it; so once a deal is declared they only get stricter,
    or one person could loosen them and approve alone (INV-19). Return whether anything changed.

    :raises NoSuchFestival: nothing changed
    :raises ThresholdOutOfRange: nothing changed
    :raises GuardLoosened: nothing changed
    :raises EnrolmentOver: the festival has opened; nothing changed
    """
    wanted = asdict(thresholds)
    for name, most in _MOST.items():
        if not 0 <= wanted[name] <= most:
            raise ThresholdOutOfRange(field=name)
    with transaction.atomic():
        row = Festival.objects.select_for_update().filter(slug=festival).first()
        if row is None:
            raise NoSuchFestival(festival=festival)
        if by.now >= row.opens_at:
            raise EnrolmentOver(festival=festival, since=row.opens_at)
        before = {name: getattr(row, name) for name in wanted}
        if has_declarations(festival=festival):
            for name, is_stricter_below in _STRICTER_BELOW.items():
                if wanted[name] != before[name] and (wanted[name] < before[name]) != is_stricter_below:
                    raise GuardLoosened(field=name)
        facts = changes_between(before, wanted)
        Festival.objects.filter(slug=festival).update(**wanted)
        if facts:
            write_audit(by=by, acts=[Act("changed", "festival", festival, facts)])
    return bool(facts)


def set_merchant_floor(*, enrolment_id: int, floor_bps: int | None, by: By) -> bool:
    """Write below which share of the usual price a merchant itself wants a second look; return whether it changed.

    It counts where it is above the festival's; None is none.

    :raises NoSuchEnrolment: nothing changed
    :raises ThresholdOutOfRange: nothing changed
    :raises EnrolmentOver: nothing changed
    """
    if floor_bps is not None and not 0 <= floor_bps <= _ALL_BPS:
        raise ThresholdOutOfRange(field="floor_bps")
    with transaction.atomic():
        enrolment = _locked(enrolment_id)
        terms_before_freeze(festival=enrolment.festival_id, now=by.now)
        if enrolment.floor_bps == floor_bps:
            return False
        Enrolment.objects.filter(pk=enrolment_id).update(floor_bps=floor_bps)
        facts = {"floor_bps": (enrolment.floor_bps, floor_bps)}
        write_audit(by=by, acts=[Act("changed", "enrolment", enrolment_id, facts)])
    return True


def enrol_merchant(*, festival: str, merchant: str, by: By) -> int:
    """Write that a merchant (by slug) applies for a festival, and return the enrolment's id; who left may come again.

    :raises NoSuchFestival: nothing changed
    :raises NoSuchMerchant: nothing changed
    :raises EnrolmentOver: nothing changed
    :raises EnrolmentExists: nothing changed
    """
    terms_before_freeze(festival=festival, now=by.now)
    facts = merchant_facts(slug=merchant)
    if facts is None:
        raise NoSuchMerchant(merchant=merchant)
    with transaction.atomic():
        enrolment, is_new = Enrolment.objects.get_or_create(
            festival_id=festival,
            merchant_id=facts.id,
            defaults={"state": EnrolmentState.APPLIED.value, "applied_at": by.now},
        )
        if not is_new:
            again = {"state": EnrolmentState.APPLIED.value, "applied_at": by.now, "decided_at": None, "reason": ""}
            left = Enrolment.objects.filter(pk=enrolment.pk, state=EnrolmentState.WITHDRAWN)
            if not left.update(**again, decided_by=None):
                raise EnrolmentExists(festival=festival, merchant=merchant)
        write_audit(by=by, acts=[Act("enrolled", "enrolment", enrolment.pk, {"merchant": (None, merchant)})])
    return enrolment.pk


def decide_enrolment(*, enrolment_id: int, admitted: bool, by: By) -> bool:
    """Admit a merchant or decline with a reason; return whether that is another answer than before.

    :raises NoSuchEnrolment: nothing changed
    :raises EnrolmentOver: nothing changed
    :raises ReasonNeeded: nothing changed
    :raises NotEnrolled: it was withdrawn; nothing changed
    :raises DealsApproved: who has approved deals is not declined any more; nothing changed
    """
    if not admitted and not by.reason.strip():
        raise ReasonNeeded(enrolment=enrolment_id)
    state = EnrolmentState.ADMITTED if admitted else EnrolmentState.DECLINED
    with transaction.atomic():
        enrolment = _locked(enrolment_id)
        terms_before_freeze(festival=enrolment.festival_id, now=by.now)
        if enrolment.state == EnrolmentState.WITHDRAWN:
            raise NotEnrolled(enrolment=enrolment_id)
        if enrolment.state == state:
            return False
        if not admitted:
            _take_declarations_back(enrolment)
        Enrolment.objects.filter(pk=enrolment_id).update(
            state=state.value, decided_at=by.now, decided_by=by.user_id, reason=by.reason
        )
        facts = {"state": (enrolment.state, state.value)}
        write_audit(by=by, acts=[Act(state.value, "enrolment", enrolment_id, facts)])
    return True


def withdraw_enrolment(*, enrolment_id: int, by: By) -> bool:
    """Write that a merchant does not take part after all; return whether it did before.

    What it declared becomes drafts again.

    :raises NoSuchEnrolment: nothing changed
    :raises EnrolmentOver: nothing changed
    :raises DealsApproved: nothing changed
    """
    with transaction.atomic():
        enrolment = _locked(enrolment_id)
        terms_before_freeze(festival=enrolment.festival_id, now=by.now)
        if enrolment.state == EnrolmentState.WITHDRAWN:
            return False
        _take_declarations_back(enrolment)
        Enrolment.objects.filter(pk=enrolment_id).update(state=EnrolmentState.WITHDRAWN.value)
        facts = {"state": (enrolment.state, EnrolmentState.WITHDRAWN.value)}
        write_audit(by=by, acts=[Act("withdrawn", "enrolment", enrolment_id, facts)])
    return True


@dataclass(frozen=True, slots=True)
class EnrolmentKey:
    """An enrolment's id, and whether its merchant takes part."""

    id: int
    is_admitted: bool


def ensure_enrolled(*, festival: str, merchant_ids: Collection[int], now: datetime) -> dict[int, EnrolmentKey]:
    """Admit the merchants that have no enrolment, as whoever brings their catalogue lets them in; return all.

    Who waits for an answer, was declined or left stays so. The enrolments are by merchant id, and locked until the
    transaction ends, as they are for whoever declares: so a SKU is either declared or brought by a catalogue.
    """
    Enrolment.objects.bulk_create(
        [
            Enrolment(
                festival_id=festival,
                merchant_id=merchant_id,
                state=EnrolmentState.ADMITTED.value,
                applied_at=now,
                decided_at=now,
            )
            for merchant_id in sorted(merchant_ids)
        ],
        ignore_conflicts=True,
    )
    there = Enrolment.objects.select_for_update().filter(festival=festival, merchant_id__in=merchant_ids)
    return {
        merchant_id: EnrolmentKey(enrolment_id, state == EnrolmentState.ADMITTED)
        for merchant_id, enrolment_id, state in there.order_by("id").values_list("merchant_id", "id", "state")
    }


def admitted_enrolment(*, festival: str, merchant: str) -> int:
    """Return the enrolment of a merchant (by slug) that was admitted, locked until the transaction ends.

    :raises NoSuchMerchant: there is no such merchant
    :raises NotEnrolled: it was not admitted
    """
    facts = merchant_facts(slug=merchant)
    if facts is None:
        raise NoSuchMerchant(merchant=merchant)
    there = Enrolment.objects.select_for_update().filter(festival=festival, merchant_id=facts.id)
    enrolment = there.filter(state=EnrolmentState.ADMITTED).first()
    if enrolment is None:
        raise NotEnrolled(festival=festival, merchant=merchant)
    return enrolment.pk


def _locked(enrolment_id: int) -> Enrolment:
    enrolment = Enrolment.objects.select_for_update().filter(pk=enrolment_id).first()
    if enrolment is None:
        raise NoSuchEnrolment(enrolment=enrolment_id)
    return enrolment


def _take_declarations_back(enrolment: Enrolment) -> None:
    declared = Declaration.objects.select_for_update().filter(enrolment=enrolment).order_by("id")
    rows = list(declared.exclude(state=DeclarationState.DRAFT))
    if any(one.state in LIVE for one in rows):
        raise DealsApproved(enrolment=enrolment.pk)
    for one in rows:
        one.state, one.version = DeclarationState.DRAFT.value, one.version + 1
    Declaration.objects.bulk_update(rows, ["state", "version"])
