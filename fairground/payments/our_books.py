"""Our side of a provider's books: what we booked as taken and as given back, and how both sides compare on a day."""

from datetime import UTC, date, datetime, time, timedelta

from fairground.payments.life import PaymentState, RefundState
from fairground.payments.models import Payment, PaymentRefund
from fairground.payments.providers.provider import FileKind, Provider
from fairground.payments.reconciling import OurLine, Reconciliation, reconcile

_A_DAY = timedelta(days=1)


def our_lines(*, provider: str, since: datetime, until: datetime) -> list[OurLine]:
    """Return what was booked with a provider from a moment on and before another, captures and refunds."""
    taken = Payment.objects.filter(
        provider=provider, state=PaymentState.TAKEN.value, ended_at__gte=since, ended_at__lt=until
    )
    lines = [
        OurLine(FileKind.CAPTURE, key.hex, ref, amount_minor, currency, at.astimezone(UTC))
        for key, ref, amount_minor, currency, at in taken.values_list(
            "key", "ref", "captured_minor", "captured_currency", "ended_at"
        )
        if at is not None
    ]
    arrived = [RefundState.DONE.value, RefundState.UNDONE.value]
    back = PaymentRefund.objects.filter(state__in=arrived, ended_at__gte=since, ended_at__lt=until)
    rows = list(back.values_list("payment_id", "key", "ref", "amount_minor", "currency", "ended_at"))
    ours = set(Payment.objects.filter(provider=provider, id__in={row[0] for row in rows}).values_list("id", flat=True))
    lines += [
        OurLine(FileKind.REFUND, key.hex, ref, amount_minor, currency, at.astimezone(UTC))
        for payment_id, key, ref, amount_minor, currency, at in rows
        if payment_id in ours and at is not None
    ]
    return lines


def reconcile_day(*, provider: Provider, day: date) -> Reconciliation:
    """Ask a provider for its books of a day and of those around it, and compare them with ours.

    :raises ProviderUnreachable: they are not to be had now
    """
    days = (day - _A_DAY, day, day + _A_DAY)
    theirs = [line for one in days for line in provider.file_of(day=one)]
    since = datetime.combine(days[0], time(), tzinfo=UTC)
    return reconcile(
        day=day, theirs=theirs, ours=our_lines(provider=provider.code, since=since, until=since + 3 * _A_DAY)
    )
