"""What may be turned off under load: how each switch stands, and turning it, for a try or until somebody says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from fairground.kernel.refusal import Refusal
from fairground.kernel.switches import SwitchState, read_switches, turn_off, turn_on
from fairground.sites.back_office.people import REASON_LENGTH_MAX
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request, refusal_text
from fairground.sites.switches import PARTS, Part

# For how many minutes a part is turned off for a try; then it comes on by itself.
_TRIES_MINUTES = (1, 10, 60)


@dataclass(frozen=True, slots=True)
class SwitchShown:
    """A switch as its row has it. Empty texts are what never happened; `until` is when it comes on by itself."""

    name: str
    title: str
    saves: str
    then: str
    is_off: bool
    changed_at: datetime | None
    until: datetime | None
    who: str
    reason: str


@require_safe
def switches(request: HttpRequest) -> HttpResponse:
    """Show how every switch stands."""
    require(request, "kernel.change_switch")
    context = {"title": gettext("Switches"), "rows": _shown(list(Part))}
    return show_page(request, "back_office/switches.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def switch(request: HttpRequest, name: str) -> HttpResponse:
    """Say what turning a switch does and ask for how long and why, then turn it."""
    require(request, "kernel.change_switch")
    if name not in set(Part):
        raise Http404
    part = Part(name)
    if request.method == "POST":
        return _turn(request, part)
    (shown,) = _shown([part])
    context = {
        "title": gettext("Turn off: %(part)s") % {"part": shown.title}
        if not shown.is_off
        else gettext("Turn on: %(part)s") % {"part": shown.title},
        "shown": shown,
        "tries": [(one, ngettext("for %(n)s minute", "for %(n)s minutes", one) % {"n": one}) for one in _TRIES_MINUTES],
        "reason_max": REASON_LENGTH_MAX,
        "back": reverse("admin:switches"),
    }
    return show_page(request, "back_office/switch.html", context)


def _turn(request: HttpRequest, part: Part) -> HttpResponse:
    """What the page showed is what was asked for; who was quicker has done it."""
    by = by_request(request, reason=request.POST.get("reason", "").strip()[:REASON_LENGTH_MAX])
    try:
        if request.POST.get("to") == "on":
            turn_on(name=part, by=by)
        else:
            minutes = request.POST.get("minutes", "")
            tries = {str(one): timedelta(minutes=one) for one in _TRIES_MINUTES}
            turn_off(name=part, by=by, until=by.now + tries[minutes] if minutes in tries else None)
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
        return HttpResponseRedirect(request.path)
    messages.success(request, gettext("Done; all pages know within a second."))
    return HttpResponseRedirect(reverse("admin:switches"))


def _shown(parts: list[Part]) -> list[SwitchShown]:
    now, states = datetime.now(UTC), read_switches()
    known = {state.user_id for state in states.values() if state.user_id is not None}
    emails = dict(get_user_model().objects.filter(pk__in=known).values_list("pk", "email")) if known else {}
    return [_row(part, states.get(part), emails, now) for part in parts]


def _row(part: Part, state: SwitchState | None, emails: Mapping[int, str], now: datetime) -> SwitchShown:
    words = PARTS[part]
    is_off = state is not None and state.is_off(now=now)
    return SwitchShown(
        name=part.value,
        title=str(words.name),
        saves=str(words.saves),
        then=str(words.then),
        is_off=is_off,
        changed_at=state.changed_at if state else None,
        until=state.off_until if state and is_off else None,
        who=_who(state, emails),
        reason=state.reason if state else "",
    )


def _who(state: SwitchState | None, emails: Mapping[int, str]) -> str:
    if state is None:
        return ""
    if state.user_id is None:
        return gettext("the command line")
    return emails.get(state.user_id) or str(state.user_id)
