"""Our side of a provider's books: what we booked as taken, as given back, and out of its books; how a day compares."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from fairground.kernel.refusal import Refusal
from fairground.ledger.models import Transfer
from fairground.ledger.rules import TransferKind
from fairground.payments.booked_lines import booked_lines
from fairground.payments.life import PaymentState, RefundState
from fairground.payments.models import Payment, PaymentRefund
from fairground.payments.providers.provider import FileKind, FileLine, Provider
from fairground.payments.reconciling import OurLine, Reconciliation, reconcile

_A_DAY = timedelta(days=1)


class BooksTooLong(Refusal):
    """There are more lines than whoever asks would wait for."""


def our_lines(*, provider: str, since: datetime, until: datetime, lines_max: int | None = None) -> list[OurLine]:
    """Return what was booked with a provider from a moment on and before another; refunds also where they came back.

    :raises BooksTooLong: there are more than `lines_max` captures, refunds of all providers, or lines of its books
    """
    most = None if lines_max is None else lines_max + 1
    taken = Payment.objects.filter(
        provider=provider, state=PaymentState.TAKEN.value, ended_at__gte=since, ended_at__lt=until
    )
    lines = [
        OurLine(FileKind.CAPTURE, key.hex, ref, amount_minor, currency, at.astimezone(UTC))
        for key, ref, amount_minor, currency, at in taken.values_list(
            "key", "ref", "captured_minor", "captured_currency", "ended_at"
        )[:most]
        if at is not None
    ]
    arrived = [RefundState.DONE.value, RefundState.UNDONE.value]
    # What a dispute took never went through the provider's books as a refund.
    back = PaymentRefund.objects.filter(
        state__in=arrived, dispute_id__isnull=True, ended_at__gte=since, ended_at__lt=until
    )
    rows = list(back.values_list("payment_id", "key", "ref", "amount_minor", "currency", "ended_at")[:most])
    told = booked_lines(provider=provider, since=since, until=until, lines_max=most)
    if lines_max is not None and max(len(lines), len(rows), len(told)) > lines_max:
        raise BooksTooLong(lines_max=lines_max)
    came_back = _came_back(since=since, until=until)
    payment_ids = {row[0] for row in (*rows, *came_back)}
    ours = set(Payment.objects.filter(provider=provider, id__in=payment_ids).values_list("id", flat=True))
    for kind, found in ((FileKind.REFUND, rows), (FileKind.REFUND_FAILED, came_back)):
        lines += [
            OurLine(kind, key.hex, ref, amount_minor, currency, at.astimezone(UTC))
            for payment_id, key, ref, amount_minor, currency, at in found
            if payment_id in ours and at is not None
        ]
    return [*lines, *told]


_Row = tuple[int, UUID, str, int, str, datetime | None]


def _came_back(*, since: datetime, until: datetime) -> list[_Row]:
    """Return the returns that came back from their providers within a time, each at the moment of that."""
    moments = dict(
        Transfer.objects.filter(kind=TransferKind.RETURN_UNDONE.value, at__gte=since, at__lt=until).values_list(
            "id", "at"
        )
    )
    undone = PaymentRefund.objects.filter(undone_transfer_id__in=moments, dispute_id__isnull=True)
    columns = ("payment_id", "key", "ref", "amount_minor", "currency", "undone_transfer_id")
    return [(*row, moments[transfer_id]) for *row, transfer_id in undone.values_list(*columns) if transfer_id]


def books_around(*, provider: Provider, day: date) -> Iterator[FileLine]:
    """Yield a provider's books of a day and of those around it, asked for while they are read.

    :raises ProviderUnreachable: they are not to be had now
    """
    for one in (day - _A_DAY, day, day + _A_DAY):
        yield from provider.file_of(day=one)


def reconcile_books(
    *, provider: str, day: date, theirs: Iterable[FileLine], lines_max: int | None = None
) -> Reconciliation:
    """Compare a provider's books of a day, and of those around it, with ours.

    :raises BooksTooLong: there are more than `lines_max` lines of ours
    """
    since = datetime.combine(day - _A_DAY, time(), tzinfo=UTC)
    ours = our_lines(provider=provider, since=since, until=since + 3 * _A_DAY, lines_max=lines_max)
    return reconcile(day=day, theirs=theirs, ours=ours)


def reconcile_day(*, provider: Provider, day: date) -> Reconciliation:
    """Ask a provider for its books of a day and of those around it, and compare them with ours.

    :raises ProviderUnreachable: they are not to be had now
    """
    theirs = list(books_around(provider=provider, day=day))
    return reconcile_books(provider=provider.code, day=day, theirs=theirs)


def payments_of_keys(*, keys: Collection[str]) -> dict[str, int]:
    """Return the ids of the payments that these keys of payments and refunds are of; a key that is none has none."""
    ours = {key: found for key in keys if (found := _key_of(key))}
    captures = Payment.objects.filter(key__in=set(ours.values())).values_list("key", "id")
    refunds = PaymentRefund.objects.filter(key__in=set(ours.values())).values_list("key", "payment_id")
    ids = {**dict(captures), **dict(refunds)}
    return {key: ids[found] for key, found in ours.items() if found in ids}


def _key_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
