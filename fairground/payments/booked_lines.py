"""What was booked out of providers' books, line by line."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from fairground.payments.models import ProviderLine
from fairground.payments.providers.provider import FileKind
from fairground.payments.reconciling import OurLine


def booked_lines(*, provider: str, since: datetime, until: datetime, lines_max: int | None = None) -> list[OurLine]:
    """Return what was booked of a provider's lines from a moment of its own on and before another."""
    rows = ProviderLine.objects.filter(provider=provider, at__gte=since, at__lt=until)
    return list(map(_line, rows[:lines_max]))


def booked_by_id(*, provider: str, line_ids: Collection[str]) -> Mapping[str, OurLine]:
    """Return which of these lines of a provider's were booked, by their ids."""
    rows = ProviderLine.objects.filter(provider=provider, line_id__in=line_ids)
    return {row.line_id: _line(row) for row in rows}


def _line(row: ProviderLine) -> OurLine:
    return OurLine(FileKind(row.kind), "", row.ref, row.amount_minor, row.currency, row.at.astimezone(UTC), row.line_id)
