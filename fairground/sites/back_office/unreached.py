"""Merchants that nobody can write to although they have something to answer."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from fairground.aftersales.unreached import UNREACHED_SHOWN_MAX, merchants_unreached
from fairground.sites.back_office.site import require, show_page


@require_safe
def unreached_merchants(request: HttpRequest) -> HttpResponse:
    """List them, with what waits for each and since when, and the way to their contact for who may write it."""
    require(request, "aftersales.view_case")
    user: Any = request.user
    found = merchants_unreached()
    context = {
        "title": gettext("Merchants without a contact"),
        "rows": found[:UNREACHED_SHOWN_MAX],
        "is_cut": len(found) > UNREACHED_SHOWN_MAX,
        "may_contact": user.has_perm("merchants.view_contact"),
    }
    return show_page(request, "back_office/unreached.html", context)
