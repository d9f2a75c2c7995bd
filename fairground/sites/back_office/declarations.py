"""The review queue: deals that merchants declared, what the price guard found in them, and who said yes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from fairground.festivals.declared import WAITING, DeclarationState, approvals_needed
from fairground.inventory.declaration_queue import (
    ANY_STATE,
    DeclarationRow,
    MarketCompared,
    Wanted,
    declaration_queue,
    declaration_row,
    festival_slugs,
)
from fairground.inventory.declarations import submit
from fairground.inventory.reviewing import Choice, Decided, approve, approve_one, decline, withdraw
from fairground.kernel.refusal import Refusal
from fairground.sites.back_office.declaration_words import (
    DECLARATION_STATES,
    amount,
    count_text,
    finding_text,
    percent_text,
)
from fairground.sites.back_office.fields import page_number, typed_text
from fairground.sites.back_office.people import REASON_LENGTH_MAX
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request, refusal_text
from fairground.sites.languages import catalogue_language, in_language

ROWS_A_PAGE = 50
# Nobody turns more by hand: filters narrow it.
PAGES_MAX = 100
_FILTERS = ("festival", "merchant", "state", "found")


@dataclass(frozen=True, slots=True)
class MarketShown:
    """A declared price beside what it is compared with, in words."""

    market: str
    price: str
    usual: str
    prior: str
    away: str
    is_found: bool
    is_home: bool


@dataclass(frozen=True, slots=True)
class DeclarationShown:
    """A declaration in words; `may_approve` says whether whoever looks is one of those who may say yes to it now."""

    row: DeclarationRow
    title: str
    state: str
    findings: Sequence[str]
    markets: Sequence[MarketShown]
    said_yes: Sequence[tuple[str, datetime]]
    needed: int
    units: str
    free: str
    is_own: bool
    approved_by_me: bool
    waits: bool

    @property
    def is_clean(self) -> bool:
        """Return whether one person's yes is enough."""
        return not self.row.findings

    @property
    def may_approve(self) -> bool:
        """Return whether whoever looks may say yes."""
        return self.waits and not self.is_own and not self.approved_by_me

    @property
    def may_be_submitted(self) -> bool:
        """Return whether it can be put before those who approve."""
        return self.row.state in {DeclarationState.DRAFT, DeclarationState.DECLINED}

    @property
    def foremost(self) -> MarketShown | None:
        """Return the market to look at first: one in which something was found, else one of the festival's currency."""
        return self.markets[0] if self.markets else None

    @classmethod
    def of(cls, row: DeclarationRow, *, user_id: int) -> "DeclarationShown":
        """Return the declaration for a user of the back office."""
        found_in = {str(one.get("market")) for one in row.findings}
        return cls(
            row=row,
            title=in_language(row.titles, catalogue_language()) or row.sku,
            state=str(DECLARATION_STATES[row.state]),
            findings=[finding_text(one) for one in row.findings],
            markets=sorted(
                (_market(one, row, is_found=one.market in found_in) for one in row.prices),
                key=lambda one: (not one.is_found, not one.is_home),
            ),
            said_yes=[(one.email or str(one.user_id), one.at) for one in row.approvals],
            needed=approvals_needed(found=bool(row.findings)),
            units=count_text(row.units),
            free=count_text(row.free),
            is_own=row.declared_by == user_id,
            approved_by_me=any(one.user_id == user_id for one in row.approvals),
            waits=row.state in WAITING,
        )


def _market(one: MarketCompared, row: DeclarationRow, *, is_found: bool) -> MarketShown:
    return MarketShown(
        market=one.market,
        price=amount(one.price_minor, one.currency),
        usual=amount(one.usual_minor, one.currency),
        prior=amount(one.prior_minor, one.currency),
        away=percent_text(one.away_bps),
        is_found=is_found,
        is_home=one.currency == row.currency,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def declarations(request: HttpRequest) -> HttpResponse:
    """Show a page of the queue, or approve those that were ticked."""
    require(request, "festivals.view_declaration")
    if request.method == "POST":
        require(request, "festivals.change_declaration")
        _approve_ticked(request)
        return HttpResponseRedirect(request.get_full_path())
    asked = {name: typed_text(request.GET, name) for name in _FILTERS}
    page = page_number(request.GET.get("page", ""), most=PAGES_MAX)
    state = asked["state"] if asked["state"] in {ANY_STATE, *DeclarationState} else None
    wanted = Wanted(
        festival=asked["festival"] or None,
        merchant=asked["merchant"] or None,
        state=state,
        found={"yes": True, "no": False}.get(asked["found"]),
    )
    rows = declaration_queue(
        wanted=wanted, now=datetime.now(UTC), limit=ROWS_A_PAGE + 1, offset=(page - 1) * ROWS_A_PAGE
    )
    user: Any = request.user
    shown = [DeclarationShown.of(row, user_id=int(user.pk)) for row in rows[:ROWS_A_PAGE]]
    may_decide = user.has_perm("festivals.change_declaration")
    kept = {name: value for name, value in asked.items() if value}
    return show_page(
        request,
        "back_office/declarations.html",
        {
            "title": gettext("Declared deals"),
            "asked": asked,
            "festivals": festival_slugs(),
            "states": list(DECLARATION_STATES.items()),
            "rows": shown,
            "may_decide": may_decide,
            "clean_count": sum(one.is_clean and one.may_approve for one in shown) if may_decide else 0,
            "next": urlencode({**kept, "page": page + 1}) if len(rows) > ROWS_A_PAGE and page < PAGES_MAX else None,
            "first": f"?{urlencode(kept)}" if page > 1 else None,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def declaration(request: HttpRequest, declaration_id: int) -> HttpResponse:
    """Show a declaration whole, or decide it; what is refused is said above it as it is now."""
    require(request, "festivals.view_declaration")
    if request.method == "POST":
        require(request, "festivals.change_declaration")
        _decide(request, declaration_id)
        return HttpResponseRedirect(request.path)
    row = declaration_row(declaration_id=declaration_id, now=datetime.now(UTC))
    if row is None:
        raise Http404
    user: Any = request.user
    return show_page(
        request,
        "back_office/declaration.html",
        {
            "title": gettext("Declared deal"),
            "one": DeclarationShown.of(row, user_id=int(user.pk)),
            "may_decide": user.has_perm("festivals.change_declaration"),
            "may_see_log": user.has_perm("kernel.view_auditentry"),
            "back": reverse("admin:declarations"),
            "log": f"{reverse('admin:kernel_auditentry_changelist')}?"
            + urlencode({"subject_kind__exact": "declaration", "subject_id__exact": declaration_id}),
            "reason_max": REASON_LENGTH_MAX,
        },
    )


def _approve_ticked(request: HttpRequest) -> None:
    choices = [choice for text in request.POST.getlist("ticked") if (choice := _choice(text))]
    if not choices:
        messages.error(request, gettext("Tick what you approve first. Nothing changed."))
        return
    try:
        decided = approve(choices=choices[:ROWS_A_PAGE], by=by_request(request))
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
        return
    _tell(request, decided)
    for declaration_id, refused in decided.refused.items():
        messages.error(request, f"{declaration_id}: {refusal_text(refused)}")


def _choice(text: str) -> Choice | None:
    """Return what a box stands for: an id, a hyphen, the version that was shown."""
    one, _hyphen, version = text.partition("-")
    digits_max = 18  # what a column of the database holds
    if not all(part.isascii() and part.isdigit() and len(part) <= digits_max for part in (one, version)):
        return None
    return Choice(int(one), int(version))


def _decide(request: HttpRequest, declaration_id: int) -> None:
    choice = _choice(f"{declaration_id}-{request.POST.get('version', '')}")
    if choice is None:
        return
    by = by_request(request, reason=typed_text(request.POST, "reason", length_max=REASON_LENGTH_MAX))
    try:
        match request.POST.get("deed"):
            case "approve":
                _tell(request, approve_one(choice=choice, by=by))
            case "decline":
                decline(choices=[choice], by=by)
                messages.success(request, gettext("It was declined; the merchant can declare it anew."))
            case "submit":
                submit(declaration_ids=[declaration_id], by=by)
                messages.success(request, gettext("It waits to be decided."))
            case "withdraw":
                withdraw(declaration_ids=[declaration_id], by=by)
                messages.success(request, gettext("It is a draft again."))
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))


def _tell(request: HttpRequest, decided: Decided) -> None:
    if n := len(decided.approved):
        words = ngettext("%(n)s deal was approved.", "%(n)s deals were approved.", n)
        messages.success(request, words % {"n": n})
    if n := len(decided.need_second):
        words = ngettext(
            "You have approved %(n)s deal, which now waits for a second person.",
            "You have approved %(n)s deals, which now wait for a second person.",
            n,
        )
        messages.success(request, words % {"n": n})
    if n := len(decided.examined_anew):
        words = ngettext(
            "Prices or stock changed, and the guard finds something new in %(n)s deal: look again.",
            "Prices or stock changed, and the guard finds something new in %(n)s deals: look again.",
            n,
        )
        messages.warning(request, words % {"n": n})
