"""What sellers earned in a year, with numbers masked; the files have them whole, and the audit log who had those."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from fairground.merchants.identities import masked
from fairground.settlement.reports.dpi import IdentitiesMissing, OperatorUnknown, dpi_xml
from fairground.settlement.reports.sellers import SellerYear, disclose_sellers, sellers_of_year
from fairground.settlement.reports.written import sellers_table
from fairground.sites.back_office.money.files import file_answer, told_if_refused
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import attached, require, show_page
from fairground.sites.back_office.words import by_request, refusal_text

# The first year of DAC7 is 2023; a year to come has nothing.
FIRST_YEAR = 2023
# Sellers that the page names, those who must be reported first; the files have all.
SELLERS_SHOWN_MAX = 200
_FILES = ("csv", "json", "xml")


@dataclass(frozen=True, slots=True)
class SellerShown:
    """A seller's year in a currency."""

    name: str
    slug: str
    address: str
    residence: str
    tin: str
    activities: int
    consideration: str
    fees: str
    status: str
    is_missing: bool


@require_http_methods(["GET", "HEAD", "POST"])
def sellers(request: HttpRequest) -> HttpResponseBase:
    """Show a year's sellers; a POST gives the file that it asks for, with every number whole."""
    require(request, "merchants.view_legalidentity")
    this_year = datetime.now(UTC).year
    years = list(range(this_year, FIRST_YEAR - 1, -1))
    wanted = request.GET.get("year", "")
    year = next((one for one in years if str(one) == wanted), this_year)
    form = request.POST.get("as", "") if request.method == "POST" else ""
    here = f"{reverse('admin:sellers')}?year={year}"
    context: dict[str, object] = {"title": gettext("Sellers' income"), "year": year, "years": years, "here": here}
    with told_if_refused(request):
        if form in _FILES:
            return _file(request, year, form) or HttpResponseRedirect(here)
        found = sorted(sellers_of_year(year=year), key=lambda one: (not one.is_reportable, -one.consideration_minor))
        context |= {
            "rows": [_shown(one) for one in found[:SELLERS_SHOWN_MAX]],
            "more": max(0, len(found) - SELLERS_SHOWN_MAX),
            "reported": sum(one.is_reportable for one in found),
            "missing": sum(one.is_reportable and one.identity is None for one in found),
            "has_operator": settings.PLATFORM_OPERATOR is not None,
        }
    return show_page(request, "back_office/money/sellers.html", context)


def _file(request: HttpRequest, year: int, form: str) -> HttpResponseBase | None:
    by = by_request(request)
    if form != "xml":
        table = sellers_table(disclose_sellers(year=year, by=by), year=year)
        return file_answer(table, form, name=f"sellers-{year}.{form}")
    message_id = f"{by.now:%Y%m%d%H%M%S}"
    try:
        operator = settings.PLATFORM_OPERATOR
        # Refused before anybody's numbers are read whole.
        dpi_xml(year=year, sellers=sellers_of_year(year=year), operator=operator, message_id=message_id, now=by.now)
        found = disclose_sellers(year=year, by=by)
        said = dpi_xml(year=year, sellers=found, operator=operator, message_id=message_id, now=by.now)
    except (OperatorUnknown, IdentitiesMissing) as refusal:
        messages.error(request, refusal_text(refusal))
        return None
    return attached(HttpResponse(said, content_type="application/xml"), f"sellers-{year}.xml")


def _shown(one: SellerYear) -> SellerShown:
    known = one.identity
    tins = ", ".join(f"{country} {masked(number)}" for country, number in sorted(known.tins.items())) if known else ""
    return SellerShown(
        name=one.name or str(one.merchant_id),
        slug=one.slug,
        address=reverse("admin:legal-identity", args=[one.merchant_id]),
        residence=", ".join(known.residences) if known else "",
        tin=tins,
        activities=one.activities,
        consideration=amount_text(one.consideration_minor, one.currency),
        fees=amount_text(one.fees_minor, one.currency),
        status=_status(one),
        is_missing=one.is_reportable and known is None,
    )


def _status(one: SellerYear) -> str:
    if one.is_reportable:
        return gettext("to be reported")
    if not one.is_in_the_union:
        return gettext("resident outside the Union")
    return gettext("excluded: under 30 sales and at most 2,000 EUR")
