"""What after-sale keeps on a person, for who asks for their own data."""

from collections.abc import Iterator, Sequence
from typing import Any

from fairground.aftersales.models import Case
from fairground.aftersales.queries import case_shown


def personal_cases(*, shopper_ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield all that is kept on these shoppers' cases, the oldest first."""
    for case_id in Case.objects.filter(shopper_id__in=shopper_ids).order_by("id").values_list("id", flat=True):
        shown = case_shown(case_id=case_id)
        assert shown is not None, case_id
        yield {
            "number": shown.row.number,
            "reason": shown.row.reason.name.lower(),
            "wish": shown.row.wish.name.lower(),
            "state": shown.row.state.name.lower(),
            "opened_at": shown.row.opened_at,
            "closed_at": shown.row.closed_at,
            "tracking": shown.tracking,
            "lines": [
                {
                    "title": line.title,
                    "units": line.units_asked,
                    "paid_minor": line.paid_minor,
                    "exchanged": line.swap_given,
                }
                for line in shown.lines
            ],
            "messages": [{"at": one.at, "who": one.who.name.lower(), "text": one.text} for one in shown.messages],
            "pictures": len(shown.evidence),
            "sent_back_with": [
                {"carrier": one.carrier, "tracking_number": one.tracking_number} for one in (shown.label,) if one
            ],
            "replacements": [
                {"carrier": one.carrier, "tracking_number": one.tracking_number, "sent_at": one.sent_at}
                for one in shown.replacements
            ],
            "history": [{"at": one.at, "what": one.kind.name.lower()} for one in shown.events],
        }
