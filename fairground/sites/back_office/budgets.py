"""The budgets of a festival on one page: what was given off, who pays for it, and which bound runs out soonest."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from fairground.dashboard.queries import (
    FestivalFacts,
    currencies_without_rate,
    current_festival,
    festival_facts,
    in_festivals_currency,
)
from fairground.draws.queries import PoolFacts, pool_facts
from fairground.festivals.phase_rows import read_phases
from fairground.festivals.queries import festivals_seen
from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.kernel.patience import statements_within
from fairground.kernel.refusal import Refusal
from fairground.orders.funding import Funded, discounts_funded
from fairground.promotions.budgets import PromotionBudget, bounded_promotions
from fairground.promotions.rules.standing import PromotionState, used_up_at
from fairground.redpackets.queries import CampaignSeen, campaigns_of
from fairground.sites.back_office.fields import typed_text
from fairground.sites.back_office.promotion_words import Bar, amount_text, bar, market_bars, name_text
from fairground.sites.back_office.site import require, show_page

# Bounds that the page lists, those that run out soonest first; of the rest it says how many there are.
BOUNDS_SHOWN_MAX = 30
# Who looks at the books of a festival waits so long for each sum, and no other page waits for a thread much longer.
STATEMENT_MAX_MS = 10_000


class BudgetsTooSlow(Refusal):
    """Adding up what was given took longer than `STATEMENT_MAX_MS`."""


@dataclass(frozen=True, slots=True)
class GivenRow:
    """What was given off in a market, by what gave it and by who pays; `in_all` is the sum of either."""

    market: str
    promotions: str
    coupons: str
    packets: str
    platform: str
    merchants: str
    in_all: str


@dataclass(frozen=True, slots=True)
class BoundShown:
    """A bound of a promotion in a market, and when it is used up at the pace that it has had."""

    address: str
    name: str
    market: str
    bar: Bar
    runs_out: str
    is_soon: bool


@dataclass(frozen=True, slots=True)
class CampaignShown:
    """A campaign of red packets: what its rounds may give of its cap, what was taken of that, and what came back."""

    address: str
    name: str
    market: str
    allotted: str
    taken: Bar
    returned: str


@require_http_methods(["GET", "HEAD"])
def budgets(request: HttpRequest) -> HttpResponse:
    """Show the budgets of a festival; of the current one unless another is asked for."""
    require(request, "promotions.view_allowance")
    now, asked = datetime.now(UTC), typed_text(request.GET, "festival")
    festival = festival_facts(slug=asked) if asked else current_festival(now_ms=to_unix_ms(now))
    if asked and festival is None:
        raise Http404
    context: dict[str, object] = {
        "title": gettext("Budgets"),
        "festivals": [(one.slug, name_text(one.name) or one.slug) for one in festivals_seen()],
        "asked": festival.slug if festival else "",
    }
    if festival:
        try:
            with statements_within(most_ms=STATEMENT_MAX_MS, too_slow=BudgetsTooSlow):
                context |= _of(festival, now)
        except BudgetsTooSlow:
            messages.error(request, gettext("Adding it up takes too long just now. Try again in a moment."))
    return show_page(request, "back_office/budgets.html", context)


def running_out(*, now: datetime) -> int:
    """Return how many bounds of promotions that are open will be used up before they close, as they went until now."""
    found = bounded_promotions(from_at=now, to_at=now + timedelta(milliseconds=1), now=now)
    return sum(1 for _, shown in _bounds(found, now) if shown.is_soon)


def _of(festival: FestivalFacts, now: datetime) -> dict[str, object]:
    from_at, to_at = _window(festival)
    funded = discounts_funded(from_at=from_at, to_at=to_at)
    found = bounded_promotions(from_at=from_at, to_at=to_at, now=now)
    bounds = sorted(_bounds(found, now), key=lambda pair: pair[0])
    moving = [shown for _, shown in bounds if shown.bar.is_moving]
    return {
        "festival": festival,
        "from_at": from_at,
        "to_at": to_at,
        "figures": _figures(festival, funded),
        "left_out": _left_out(festival, funded),
        "given": list(_given_rows(funded)),
        "bounds": moving[:BOUNDS_SHOWN_MAX],
        "bounds_more": max(0, len(moving) - BOUNDS_SHOWN_MAX),
        "bounds_idle": len(bounds) - len(moving),
        "campaigns": [_campaign(one) for one in campaigns_of(festival=festival.slug)],
        "pools": [(one.slug, _pool(one)) for one in pool_facts() if one.festival == festival.slug],
    }


def _window(festival: FestivalFacts) -> tuple[datetime, datetime]:
    """Return from when until when a festival is, with its phases: from the announcement until after the sale."""
    edges = [from_unix_ms(festival.opens_at_ms), from_unix_ms(festival.closes_at_ms)]
    for phase in read_phases(festival=festival.slug):
        edges += [phase.starts_at, phase.ends_at]
    return min(edges), max(edges)


def _figures(festival: FestivalFacts, funded: Sequence[Funded]) -> list[tuple[str, str]]:
    """Return what was given in all, in the festival's currency at its pinned rates: by who pays, and together."""
    platform, merchants = Counter[str](), Counter[str]()
    for one in funded:
        platform[one.currency] += one.platform_minor
        merchants[one.currency] += one.merchants_minor
    sums = [in_festivals_currency(amounts, festival=festival) for amounts in (platform, merchants)]
    labels = (gettext("The platform pays"), gettext("Merchants pay"), gettext("Given off in all"))
    return [
        (label, amount_text(total, festival.currency)) for label, total in zip(labels, (*sums, sum(sums)), strict=True)
    ]


def _left_out(festival: FestivalFacts, funded: Sequence[Funded]) -> str:
    """Return what was given in currencies that the figures leave out, as no rate was pinned for them."""
    amounts = Counter[str]()
    for one in funded:
        amounts[one.currency] += one.amount_minor
    missing = currencies_without_rate(amounts, festival=festival)
    return ", ".join(amount_text(amounts[currency], currency) for currency in missing)


def _given_rows(funded: Sequence[Funded]) -> Iterable[GivenRow]:
    for market, currency in sorted({(one.market, one.currency) for one in funded}):
        here = [one for one in funded if one.market == market and one.currency == currency]
        sums = Counter[str]()
        for one in here:
            sums[one.word] += one.amount_minor
        platform, merchants = sum(one.platform_minor for one in here), sum(one.merchants_minor for one in here)
        amounts = (*(sums[word] for word in ("promotion", "coupon", "packet")), platform, merchants)
        yield GivenRow(market, *(amount_text(one, currency) for one in (*amounts, platform + merchants)))


def _bounds(found: Sequence[PromotionBudget], now: datetime) -> Iterable[tuple[tuple[object, ...], BoundShown]]:
    """Yield each bound of promotions that still give, with its place: the one that runs out first stands first."""
    for one in found:
        if one.state(now=now) not in {PromotionState.OPEN, PromotionState.PLANNED}:
            continue
        address, name = reverse("admin:promotion", args=[one.id]), name_text(one.names)
        for market in one.markets:
            counted = {
                "given": (market.given_minor, market.budget_minor, one.opens_at),
                "uses": (market.uses, market.uses_max, one.opens_at),
                "coupons": (market.coupons, market.coupons_max, one.collects_from or one.opens_at),
            }
            for kind, shown in market_bars(market).items():
                taken, most, since = counted[kind]
                assert most is not None, kind
                gone_at = used_up_at(taken=taken, most=most, since=since, now=now)
                is_soon = gone_at is not None and gone_at < one.closes_at
                place = (gone_at if gone_at and is_soon else one.closes_at, -shown.permille, one.id, market.market)
                words = _runs_out(gone_at, closes_at=one.closes_at, now=now)
                yield place, BoundShown(address, name, market.market, shown, words, is_soon)


def _runs_out(gone_at: datetime | None, *, closes_at: datetime, now: datetime) -> str:
    if gone_at is None:
        return gettext("nothing taken yet")
    if gone_at <= now:
        return gettext("used up")
    if gone_at >= closes_at:
        return gettext("lasts until it closes")
    return gettext("%(moment)s UTC") % {"moment": date_format(gone_at, "DATETIME_FORMAT")}


def _campaign(one: CampaignSeen) -> CampaignShown:
    books = one.books
    return CampaignShown(
        address=reverse("admin:redpackets_packetcampaign_change", args=[books.campaign_id]),
        name=name_text(one.name) or str(books.campaign_id),
        market=one.market,
        allotted=amount_text(books.allotted_minor, one.currency),
        taken=bar(label=gettext("taken"), taken=books.taken_minor, most=books.budget_minor, currency=one.currency),
        returned=amount_text(books.returned_minor, one.currency),
    )


def _pool(one: PoolFacts) -> Bar:
    return bar(label=gettext("awarded"), taken=one.awarded_minor, most=one.cap_minor, currency=one.currency)
