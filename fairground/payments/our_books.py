"""Our side of a provider's books: what we booked as taken and as given back, and how both sides compare on a day."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from fairground.kernel.refusal import Refusal
from fairground.payments.life import PaymentState, RefundState
from fairground.payments.models import Payment, PaymentRefund
from fairground.payments.providers.provider import FileKind, FileLine, Provider
from fairground.payments.reconciling import OurLine, Reconciliation, reconcile

_A_DAY = timedelta(days=1)


class BooksTooLong(Refusal):
    """There are more lines than whoever asks would wait for."""


def our_lines(*, provider: str, since: datetime, until: datetime, lines_max: int | None = None) -> list[OurLine]:
    """Return what was booked with a provider from a moment on and before another, captures and refunds.

    :raises BooksTooLong: there are more than `lines_max` captures, or refunds of all providers
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
    back = PaymentRefund.objects.filter(state__in=arrived, ended_at__gte=since, ended_at__lt=until)
    rows = list(back.values_list("payment_id", "key", "ref", "amount_minor", "currency", "ended_at")[:most])
    if lines_max is not None and max(len(lines), len(rows)) > lines_max:
        raise BooksTooLong(lines_max=lines_max)
    ours = set(Payment.objects.filter(provider=provider, id__in={row[0] for row in rows}).values_list("id", flat=True))
    lines += [
        OurLine(FileKind.REFUND, key.hex, ref, amount_minor, currency, at.astimezone(UTC))
        for payment_id, key, ref, amount_minor, currency, at in rows
        if payment_id in ours and at is not None
    ]
    return lines


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
