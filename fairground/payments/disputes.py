"""Disputes as they are noted and read: what shoppers' banks want back, until when to answer, what to look at."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F, Q
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce

from fairground.kernel.aside import is_aside
from fairground.kernel.ids import lane_of
from fairground.kernel.sql import load_sql
from fairground.payments.life import DISPUTES_OVER, MAY_LEAVE_CLAIM, TRIES_IN_VAIN, DisputeState, may_bear
from fairground.payments.models import Dispute, Payment

# A page lists so many: those that are not over, of which a festival has some, then the last that are.
DISPUTES_SHOWN_MAX = 200
REF_MAX = 255
# Under this name what goes on with providers sets disputes aside.
DISPUTES = "disputes"


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """A dispute as it was read; amounts in minor units. Without a payment of ours the last four say nothing.

    `look_at` is when it is due: another moment than was read tells of a notice since. `by_books`: the books alone tell
    of it, as its provider said nothing when it was asked.
    """

    id: int
    provider: str
    ref: str
    state: DisputeState
    amount_minor: int
    currency: str
    reason: str
    taken_minor: int
    covered_minor: int
    noted_at: datetime
    answer_before: datetime | None
    ended_at: datetime | None
    look_at: datetime | None
    tries: int
    by_books: bool
    payment_id: int | None
    payment_currency: str
    shopper_id: int | None
    purchase_id: int | None

    @property
    def claim_minor(self) -> int:
        """Return what it took that no refund covers."""
        return max(0, self.taken_minor - self.covered_minor)

    @property
    def may_be_borne(self) -> bool:
        """Return whether somebody may say that what is left of it is the platform's loss, if anything is."""
        return may_bear(
            self.state,
            is_told=not self.by_books and self.tries < TRIES_IN_VAIN,
            is_chargeable=self.payment_id is not None and self.payment_currency == self.currency,
        )


def note_dispute(*, provider: str, ref: str, now: datetime) -> None:
    """Write down that a provider told of a dispute, which is due to be looked at from then on."""
    if not 0 < len(ref) <= REF_MAX:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("payments", "note_dispute"),
            {"provider": provider, "ref": ref, "noticed": DisputeState.NOTICED.value, "now": now},
        )


def disputes_due(*, now: datetime, disputes_max: int) -> list[int]:
    """Return the ids of disputes that are to be looked at now, the longest due first, without those set aside."""
    due = Dispute.objects.filter(~is_aside(chore=DISPUTES, column="id"), look_at__lte=now).order_by("look_at")
    return list(due.values_list("id", flat=True)[:disputes_max])


def dispute_by_id(*, dispute_id: int) -> DisputeFacts | None:
    """Return this dispute."""
    return next(iter(_facts(list(Dispute.objects.filter(id=dispute_id)))), None)


def disputes_shown(*, are_over: bool) -> list[DisputeFacts]:
    """Return disputes that are over, the last first, or the others, by their deadlines; `DISPUTES_SHOWN_MAX`.

    One that was lost or won with a claim left is behind those others: somebody has to look at it. One that the books
    alone tell of is over when nothing is left of it, as nobody else will say that it is.
    """
    is_left = Q(state__in=sorted(one.value for one in MAY_LEAVE_CLAIM), taken_minor__gt=F("covered_minor"))
    is_covered = Q(by_books=True, taken_minor__lte=F("covered_minor"))
    over = (Q(state__in=sorted(one.value for one in DISPUTES_OVER)) & ~is_left) | is_covered
    rows = Dispute.objects.filter(over if are_over else ~over)
    by_deadline: list[str | OrderBy] = [
        F("ended_at").asc(nulls_first=True),
        F("answer_before").asc(nulls_last=True),
        "id",
    ]
    by_end: list[str | OrderBy] = [Coalesce("ended_at", "noted_at").desc(), "-id"]
    order = by_end if are_over else by_deadline
    return _facts(list(rows.order_by(*order)[:DISPUTES_SHOWN_MAX]))


def payment_of_ref(*, provider: str, ref: str) -> int | None:
    """Return the payment that a provider calls so. It looks through all of them: for what happens rarely."""
    return Payment.objects.filter(provider=provider, ref=ref).values_list("id", flat=True).first()


def payments_claimed(*, payment_ids: Collection[int]) -> set[int]:
    """Return of which of these payments banks took something that no refund covers."""
    claims = Dispute.objects.filter(payment_id__in=payment_ids, taken_minor__gt=F("covered_minor"))
    return {payment_id for payment_id in claims.values_list("payment_id", flat=True) if payment_id is not None}


def disputes_of_shoppers(*, shopper_ids: Collection[int]) -> list[DisputeFacts]:
    """Return the disputes of payments that these shoppers began, the newest first."""
    payments = Payment.objects.filter(shopper_id__in=shopper_ids).values_list("id", flat=True)
    return _facts(list(Dispute.objects.filter(payment_id__in=list(payments)).order_by("-id")))


def _facts(rows: Collection[Dispute]) -> list[DisputeFacts]:
    ids = {row.payment_id for row in rows if row.payment_id is not None}
    payments = {one.id: one for one in Payment.objects.filter(lane__in={lane_of(one) for one in ids}, id__in=ids)}
    found = []
    for row in rows:
        payment = payments.get(row.payment_id) if row.payment_id is not None else None
        found.append(
            DisputeFacts(
                id=row.pk,
                provider=row.provider,
                ref=row.ref,
                state=DisputeState(row.state),
                amount_minor=row.amount_minor,
                currency=row.currency,
                reason=row.reason,
                taken_minor=row.taken_minor,
                covered_minor=row.covered_minor,
                noted_at=row.noted_at,
                answer_before=row.answer_before,
                ended_at=row.ended_at,
                look_at=row.look_at,
                tries=row.tries,
                by_books=row.by_books,
                payment_id=row.payment_id,
                payment_currency=payment.captured_currency if payment else "",
                shopper_id=payment.shopper_id if payment else None,
                purchase_id=payment.purchase_id if payment else None,
            )
        )
    return found
