"""What merchants owe the platform, by age."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from fairground.settlement.owing import OWED_DAYS_MAX, Owing, merchants_owing
from fairground.settlement.reports.standing import owed_listed
from fairground.sites.back_office.money.files import asked_file, file_answer, file_links, told_if_refused
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import require, show_page

# The page names those who owe longest; its files have all.
OWED_SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class OwedShown:
    """What a merchant owes, in words."""

    name: str
    address: str
    amount: str
    since: datetime
    days: str
    is_long: bool

    @classmethod
    def of(cls, one: Owing, now: datetime) -> "OwedShown":
        """Return what a merchant owes in words."""
        days = one.days(now)
        return cls(
            name=one.name,
            address=reverse("admin:merchants_merchant_change", args=[one.merchant_id]),
            amount=amount_text(one.owed_minor, one.currency),
            since=one.since,
            days=ngettext("%(count)s day", "%(count)s days", days) % {"count": days},
            is_long=one.is_long(now),
        )


@require_safe
def owed(request: HttpRequest) -> HttpResponseBase:
    """Show what merchants owe the platform, what has been owed longest first."""
    require(request, "settlement.view_payout")
    now, form = datetime.now(UTC), asked_file(request)
    with told_if_refused(request):
        if form:
            return file_answer(owed_listed(now=now), form)
    found = merchants_owing(rows_max=OWED_SHOWN_MAX + 1)
    context = {
        "title": gettext("Owed to the platform"),
        "rows": [OwedShown.of(one, now) for one in found[:OWED_SHOWN_MAX]],
        "is_cut": len(found) > OWED_SHOWN_MAX,
        "days": OWED_DAYS_MAX,
        "files": file_links({}),
    }
    return show_page(request, "back_office/money/owed.html", context)
