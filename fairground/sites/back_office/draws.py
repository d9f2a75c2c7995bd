"""Draws: where they stand, and the confirmed steps that announce, close and draw them."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fairground.draws.actions.announce_draws import open_draw
from fairground.draws.actions.draw_winners import close_draw, draw_winners
from fairground.draws.models import Draw
from fairground.draws.queries import DrawFacts, draw_facts
from fairground.draws.rules.terms import BEACON_LENGTH_MAX, DrawState
from fairground.kernel.edits import By
from fairground.kernel.money import decimal_text
from fairground.kernel.refusal import Refusal
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.tables import OfficeTable, described, fact
from fairground.sites.back_office.words import by_request, refusal_text
from fairground.sites.languages import catalogue_language, in_language

STATES: dict[DrawState, Any] = {
    DrawState.DRAFT: _("Draft"),
    DrawState.OPEN: _("Announced"),
    DrawState.CLOSED: _("Closed, list published"),
    DrawState.DRAWN: _("Drawn"),
    DrawState.PAID: _("Paid out"),
}
STEPS: dict[DrawState, Any] = {
    DrawState.DRAFT: _("Announce"),
    DrawState.OPEN: _("Close"),
    DrawState.CLOSED: _("Draw"),
}


class DrawTable(OfficeTable):
    """Draws and what they took out of their pools; each leads to its next step. The secret is not among it."""

    title = _("Draws")
    subject = "draw"
    list_display: ClassVar = (
        "named",
        "stands",
        fact("opens_at", _("opens (UTC)")),
        fact("closes_at", _("closes (UTC)")),
        fact("beacon_at", _("drawn by what comes out from (UTC)")),
        fact("entries", _("entries in the list")),
        "left_in_pool",
    )
    search_fields: ClassVar = ("=slug",)
    search_help_text = _("The slug of a draw")
    readonly_fields: ClassVar = (
        *list_display,
        fact("slug", _("slug")),
        fact("beacon_source", _("public value")),
        fact("commitment", _("commitment")),
        fact("root", _("root")),
        fact("beacon", _("what came out")),
        "goes_to",
    )
    fields: ClassVar = readonly_fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Draw]:
        """Return draws with their pools."""
        return super().get_queryset(request).select_related("pool")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return that the form is only read: what was announced stays, and steps ask by themselves."""
        return False

    @described(_("name"))
    def named(self, obj: Draw) -> str:
        """Return the name in the reader's language."""
        return in_language(obj.name, catalogue_language()) or obj.slug

    @described(_("state"))
    def stands(self, obj: Draw) -> str:
        """Return where it stands."""
        return str(STATES[DrawState(obj.state)])

    @described(_("left in the pool"))
    def left_in_pool(self, obj: Draw) -> str:
        """Return what is left in the pool, and of how much."""
        pool = obj.pool
        left, cap = (decimal_text(one, pool.currency) for one in (pool.cap_minor - pool.awarded_minor, pool.cap_minor))
        return gettext("%(left)s of %(cap)s %(currency)s") % {"left": left, "cap": cap, "currency": pool.currency}

    @described(_("leads to"))
    def goes_to(self, obj: Draw) -> str:
        """Return the ways to the next step and to the page in the shop."""
        state, ways = DrawState(obj.state), []
        if state in STEPS:
            ways.append((reverse("admin:draw-step", args=[obj.slug]), STEPS[state]))
        if state is not DrawState.DRAFT:
            ways.append((reverse("draw", args=[obj.slug]), gettext("Shop")))
        return format_html_join(" · ", '<a class="office-link" href="{}">{}</a>', ways)


def draw_step(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask before a draw's next step, then do it: announce, close, or draw by the value that came out."""
    require(request, "draws.change_draw")
    facts = draw_facts(slug=slug)
    if facts is None or facts.state not in STEPS:
        raise Http404
    back = reverse("admin:draws_draw_change", args=[Draw.objects.values_list("pk", flat=True).get(slug=slug)])
    if request.method == "POST":
        try:
            words = _do(request, facts)
        except Refusal as refusal:
            messages.error(request, refusal_text(refusal))
            return HttpResponseRedirect(request.path)
        messages.success(request, words)
        return HttpResponseRedirect(back)
    context = {
        "title": f"{STEPS[facts.state]}: {in_language(facts.name, catalogue_language()) or slug}",
        "draw": facts,
        "step": facts.state.name.lower(),
        "label": STEPS[facts.state],
        "back": back,
        "beacon_max": BEACON_LENGTH_MAX,
    }
    return show_page(request, "back_office/draw_step.html", context)


def _do(request: HttpRequest, facts: DrawFacts) -> str:
    """Do the step that the page showed, whatever the draw's next one is by now; the action refuses another."""
    asked, by = request.POST.get("step"), by_request(request)
    if asked == DrawState.DRAFT.name.lower():
        open_draw(slug=facts.slug, by=by)
        return gettext("It is announced.")
    if asked == DrawState.OPEN.name.lower():
        return gettext("It is closed. Publish the root now: {root}").format(root=close_draw(slug=facts.slug, by=by))
    return _draw(request, facts, by)


def _draw(request: HttpRequest, facts: DrawFacts, by: By) -> str:
    try:
        moment = datetime.fromisoformat(request.POST.get("seen_at", "")).replace(tzinfo=UTC)
    except ValueError:
        # No moment is older than any beacon's, and the action says so.
        moment = datetime.min.replace(tzinfo=UTC)
    won = draw_winners(slug=facts.slug, beacon=request.POST.get("beacon", "").strip(), seen_at=moment, by=by)
    return gettext("It is drawn; {count} have won. Prizes are awarded within a minute.").format(count=won)
