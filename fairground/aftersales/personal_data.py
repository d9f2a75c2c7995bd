"""What after-sale keeps on a person, for who asks for their own data."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from fairground.aftersales.rules import CaseReason, CaseState, Happened, Who, Wish
from fairground.kernel.sql import load_sql
from fairground.orders.rules import purchase_number


def personal_cases(*, shopper_ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield all that is kept on these shoppers' cases, the oldest first; one statement, however many there are."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("aftersales", "personal_cases"), {"shopper_ids": list(shopper_ids)})
        for row in cursor:
            yield _told(row)


def _told(row: tuple[Any, ...]) -> dict[str, Any]:
    lines, messages, history, replacements = (
        zip(*row[first:end], strict=True) for first, end in ((10, 14), (14, 17), (17, 19), (19, 22))
    )
    carrier, tracking_number, pictures, language = row[22:]
    return {
        "number": f"{purchase_number(row[0], row[1])}-{row[2]}-{row[3]}",
        "reason": CaseReason(row[4]).name.lower(),
        "wish": Wish(row[5]).name.lower(),
        "state": CaseState(row[6]).name.lower(),
        "opened_at": row[7],
        "closed_at": row[8],
        "tracking": row[9],
        "language": language,
        "lines": [
            {"title": title, "units": units, "paid_minor": paid_minor, "exchanged": given}
            for title, units, paid_minor, given in lines
        ],
        "messages": [{"at": at, "who": Who(who).name.lower(), "text": text} for at, who, text in messages],
        "pictures": pictures,
        "sent_back_with": [{"carrier": carrier, "tracking_number": tracking_number}] if carrier else [],
        "replacements": [
            {"carrier": by, "tracking_number": number, "sent_at": sent_at} for by, number, sent_at in replacements
        ],
        "history": [{"at": at, "what": Happened(kind).name.lower()} for at, kind in history],
    }
