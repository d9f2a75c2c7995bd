"""Promotions and coupons: listed with what they gave of what they may, told in words, made, and ended early."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from fairground.kernel.refusal import Refusal
from fairground.markets.queries import market_currencies
from fairground.promotions.actions.declare import PromotionMade, PromotionRefused, create_promotion, edit_promotion
from fairground.promotions.budgets import (
    MarketBudget,
    PromotionBudget,
    SoughtPromotions,
    find_promotions,
    promotion_budgets,
    promotion_scope,
)
from fairground.promotions.rules.standing import PromotionState
from fairground.sites.back_office.declaration_words import count_text
from fairground.sites.back_office.fields import page_number, typed_text
from fairground.sites.back_office.people import REASON_LENGTH_MAX
from fairground.sites.back_office.promotion_forms import PromotionForm
from fairground.sites.back_office.promotion_words import (
    FUNDERS,
    KINDS,
    STATES,
    STEPS,
    Bar,
    amount_text,
    market_bars,
    market_text,
    name_text,
    told,
    who_pays,
)
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request, refusal_text

ROWS_A_PAGE = 50
# Nobody turns more by hand: filters narrow it.
PAGES_MAX = 100
# Bars that a row of the list shows at once, those of which least is left; the others are a click away.
BARS_SHOWN_MAX = 3
_FILTERS = ("words", "merchant", "funder", "state")


@dataclass(frozen=True, slots=True)
class PromotionShown:
    """A promotion in words; `bars` are of markets where something is taken, each with its market, the fullest first.

    `whose` is its merchant's name, nothing where it is the platform's; `more_bars` are the others.
    """

    row: PromotionBudget
    name: str
    state: str
    step: str
    kind: str
    whose: str
    pays: str
    bars: Sequence[tuple[str, Bar]]
    more_bars: Sequence[tuple[str, Bar]]
    markets: str


@dataclass(frozen=True, slots=True)
class MarketShown:
    """A promotion in a market in words; a bar where there is a bound, else the figure, or that nobody counts."""

    market: str
    saving: str
    given: Bar | str
    uses: Bar | str
    coupons: Bar | str


@require_http_methods(["GET", "HEAD"])
def promotions(request: HttpRequest) -> HttpResponse:
    """Show a page of promotions."""
    require(request, "promotions.view_promotion")
    asked = {name: typed_text(request.GET, name) for name in _FILTERS}
    page, now = page_number(request.GET.get("page", ""), most=PAGES_MAX), datetime.now(UTC)
    found = find_promotions(
        sought=SoughtPromotions(**asked), now=now, limit=ROWS_A_PAGE + 1, offset=(page - 1) * ROWS_A_PAGE
    )
    kept = {name: value for name, value in asked.items() if value}
    user: Any = request.user
    return show_page(
        request,
        "back_office/promotions.html",
        {
            "title": gettext("Promotions"),
            "asked": asked,
            "states": list(STATES.items()),
            "funders": list(FUNDERS.items()),
            "rows": [_shown(one, now) for one in found[:ROWS_A_PAGE]],
            "may_add": user.has_perm("promotions.add_promotion"),
            "next": urlencode({**kept, "page": page + 1}) if len(found) > ROWS_A_PAGE and page < PAGES_MAX else None,
            "first": f"?{urlencode(kept)}" if page > 1 else None,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def promotion(request: HttpRequest, promotion_id: int) -> HttpResponse:
    """Show what a promotion does and what it gave, or end it early, or take it up again."""
    require(request, "promotions.view_promotion")
    if request.method == "POST":
        require(request, "promotions.change_promotion")
        _switch(request, promotion_id)
        return HttpResponseRedirect(request.get_full_path())
    found, now = promotion_budgets(promotion_ids=[promotion_id]), datetime.now(UTC)
    if not found:
        raise Http404
    (one,), user = found, _user(request)
    state = one.state(now=now)
    return show_page(
        request,
        "back_office/promotion.html",
        {
            "title": name_text(one.names),
            "shown": _shown(one, now),
            "sentences": told(one, promotion_scope(promotion_id=promotion_id)),
            "markets": [_market(market, one) for market in one.markets],
            "may_end": state in {PromotionState.OPEN, PromotionState.PLANNED} and _may_change(user),
            "may_resume": state is PromotionState.ENDED and one.closes_at > now and _may_change(user),
            "is_open": state is PromotionState.OPEN,
            "may_see_log": user.has_perm("kernel.view_auditentry"),
            "reason_max": REASON_LENGTH_MAX,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new_promotion(request: HttpRequest) -> HttpResponse:
    """Ask for a promotion, and make it."""
    require(request, "promotions.add_promotion")
    by, sent = by_request(request), request.POST if request.method == "POST" else None
    form = PromotionForm(sent, currencies=market_currencies(), now=by.now)
    if request.method == "POST" and form.is_valid():
        assert form.record is not None, "a valid form was read"
        try:
            promotion_id = create_promotion(record=form.record, by=by, form_key=form.cleaned_data["form_key"])
        except PromotionMade as made:
            messages.info(request, gettext("This form was sent before: here is what it made."))
            return HttpResponseRedirect(reverse("admin:promotion", args=[made.facts["promotion_id"]]))
        except PromotionRefused as refusal:
            form.say(str(refusal.facts["why"]))
        except Refusal as refusal:
            messages.error(request, refusal_text(refusal))
        else:
            messages.success(request, gettext("The promotion is made."))
            return HttpResponseRedirect(reverse("admin:promotion", args=[promotion_id]))
    context = {"title": gettext("New promotion"), "form": form, "back": reverse("admin:promotions")}
    return show_page(request, "back_office/promotion_new.html", context)


def _user(request: HttpRequest) -> Any:
    return request.user


def _may_change(user: Any) -> bool:
    return bool(user.has_perm("promotions.change_promotion"))


def _switch(request: HttpRequest, promotion_id: int) -> None:
    """End a promotion early or take it up again, as the form asks; it says why."""
    reason = typed_text(request.POST, "reason", length_max=REASON_LENGTH_MAX)
    deed = request.POST.get("deed")
    if deed not in {"end", "resume"}:
        return
    if not reason:
        messages.error(request, gettext("Say why. Nothing changed."))
        return
    try:
        by = by_request(request, reason=reason)
        changed = edit_promotion(promotion_id=promotion_id, by=by, is_on=deed == "resume")
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
        return
    if not changed:
        messages.info(request, gettext("Nothing was changed."))
    elif deed == "end":
        messages.success(request, gettext("It is ended: no purchase gets it from now on."))
    else:
        messages.success(request, gettext("It is taken up again."))


def _shown(one: PromotionBudget, now: datetime) -> PromotionShown:
    bars = [(market.market, shown) for market in one.markets for shown in market_bars(market).values()]
    bars.sort(key=lambda pair: -pair[1].permille)
    moving = [pair for pair in bars if pair[1].is_moving]
    return PromotionShown(
        row=one,
        name=name_text(one.names),
        state=str(STATES[one.state(now=now)]),
        step=str(STEPS[one.step]),
        kind=str(KINDS[one.kind]),
        whose=one.merchant[1] if one.merchant else "",
        pays=who_pays(one),
        bars=moving[:BARS_SHOWN_MAX],
        more_bars=[pair for pair in bars if pair not in moving[:BARS_SHOWN_MAX]],
        markets=", ".join(market.market for market in one.markets),
    )


def _market(one: MarketBudget, of: PromotionBudget) -> MarketShown:
    bars = market_bars(one)
    uncounted = gettext("not counted")
    return MarketShown(
        market=one.market,
        saving=market_text(one),
        given=bars.get("given") or (amount_text(one.given_minor, one.currency) if one.is_counted else uncounted),
        uses=bars.get("uses") or (count_text(one.uses) if one.is_counted else uncounted),
        coupons=bars.get("coupons") or (gettext("as many as are wanted") if of.needs_coupon else "-"),
    )
