"""The profile: what somebody is called, and the market and the language for every device."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from fairground.identity.actions import keep_choice, rename_user
from fairground.identity.queries import user_facts
from fairground.markets.queries import market_facts
from fairground.sites.chosen import chosen_before, set_choice

# As long as the column.
NAME_LENGTH_MAX = 120


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show who somebody is here, and keep what is changed."""
    user: Any = request.user
    if request.method != "POST":
        return _show(request, user.id, {})
    name, market, language = (request.POST.get(field, "").strip() for field in ("name", "market", "lang"))
    errors = _errors(name, market, language)
    if errors:
        return _show(request, user.id, errors)
    rename_user(user_id=user.id, name=name)
    keep_choice(user_id=user.id, language=language or None, market=market or None)
    response = HttpResponseRedirect(f"{reverse('profile')}?kept=1", status=303)
    set_choice(request, response, {"market": market, "lang": language})
    return response


def _errors(name: str, market: str, language: str) -> dict[str, str]:
    errors = {}
    if len(name) > NAME_LENGTH_MAX:
        errors["name"] = gettext("That is too long: at most 120 characters.")
    if market and market not in {one.code for one in market_facts()}:
        errors["market"] = gettext("There is no such market; choose one of these.")
    if language and language not in dict(settings.LANGUAGES):
        errors["lang"] = gettext("These pages don't speak that language; choose one of these.")
    return errors


def _show(request: HttpRequest, user_id: int, errors: dict[str, str]) -> HttpResponse:
    person, here = user_facts(user_id=user_id), chosen_before(request)
    context = {
        "person": person,
        "market": person.market or here.get("market", ""),
        "lang": person.language or translation.get_language(),
        "markets": [(one.code, f"{one.name} ({one.currency})") for one in market_facts()],
        "languages": settings.LANGUAGES,
        "providers": settings.OIDC,
        "errors": errors,
        "saved": "kept" in request.GET,
    }
    return render(request, "people/profile.html", context, status=422 if errors else 200)
