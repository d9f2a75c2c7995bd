"""What stands around every page of the storefront: the festival and its clock, the choice of market and language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from fairground.carts.queries import cart_count
from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.sites.languages import in_language, language_choices, place_text
from fairground.sites.pages import share_until
from fairground.sites.storefront.reader import Reader, reader_of
from fairground.sites.visitor import visitor_of
from fairground.sites.wording import market_text, moment_text

# Addresses whose pages stand in the storefront's frame and come from elsewhere: django-allauth, sites.people, and
# sites.merchant_desk.
_PEOPLE = ("sign/", "me/", "demo/mail", "merchant/")
_PARTS = (
    "reader",
    "kept",
    "now_ms",
    "festival",
    "market_name",
    "market_choices",
    "language_choices",
    "language",
    "visitor",
    "cart_count",
)
_SECONDS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))


@dataclass(frozen=True, slots=True)
class FestivalShown:
    """The festival, and how long until its next moment: it opens, or it closes. `left` has two digits a part."""

    name: str
    phase: str
    opens_ms: int
    closes_ms: int
    opens_text: str
    closes_text: str
    opens_iso: str
    closes_iso: str
    place: str
    left: dict[str, str]


def show(
    request: HttpRequest,
    reader: Reader,
    template: str,
    context: Mapping[str, object],
    *,
    changes_at: datetime | None = None,
) -> HttpResponse:
    """Return a page with its frame; whoever asks without a session may be given the same one for a moment.

    `changes_at` is the next moment in which the page changes by itself, besides the festival's own.
    """
    response = show_alone(request, reader, template, context)
    moments_ms = (changes_at_ms(reader), to_unix_ms(changes_at) if changes_at else None)
    share_until(response, request, until_ms=min((one for one in moments_ms if one), default=None))
    return response


def show_alone(request: HttpRequest, reader: Reader, template: str, context: Mapping[str, object]) -> HttpResponse:
    """Return a page with its frame for who asks alone: it is given to nobody else."""
    return render(request, template, {**_frame(request, reader), **context})


def around(request: HttpRequest) -> dict[str, object]:
    """Return the frame for pages of people, which others make: each part is made when a template asks for it."""
    match = request.resolver_match
    if match is None or not match.route.startswith(_PEOPLE):
        return {}

    @cache
    def frame() -> dict[str, object]:
        return _frame(request, reader_of(request))

    return {name: lambda name=name: frame()[name] for name in _PARTS}


def changes_at_ms(reader: Reader) -> int | None:
    """Return the Unix millisecond in which the festival opens or closes next; None where it does neither."""
    if reader.festival is None:
        return None
    moments_ms = (reader.festival.opens_at_ms, reader.festival.closes_at_ms)
    return min((one for one in moments_ms if one > to_unix_ms(reader.now)), default=None)


def _frame(request: HttpRequest, reader: Reader) -> dict[str, object]:
    visitor = visitor_of(request)
    return {
        "visitor": visitor,
        "cart_count": cart_count(shopper_id=visitor.shopper_id) if visitor.shopper_id else 0,
        "reader": reader,
        "kept": parse_qsl(reader.query.removeprefix("?")),
        "now_ms": to_unix_ms(reader.now),
        "festival": _show_festival(reader),
        "market_name": market_text(reader.market.code, reader.market.name) if reader.market else "",
        "market_choices": sorted((market_text(one.code, one.name), one) for one in reader.markets),
        "language_choices": language_choices(),
        "language": translation.get_language(),
    }


def _show_festival(reader: Reader) -> FestivalShown | None:
    if reader.festival is None:
        return None
    facts = reader.festival
    name = in_language(facts.name, reader.language) or facts.slug
    return show_times(reader, name=name, opens_ms=facts.opens_at_ms, closes_ms=facts.closes_at_ms)


def show_times(reader: Reader, *, name: str, opens_ms: int, closes_ms: int) -> FestivalShown:
    """Return what opens and closes in these Unix milliseconds, as the reader's clock and zone have it."""
    assert reader.festival, "only a festival opens"
    now_ms = to_unix_ms(reader.now)
    phase = "before" if now_ms < opens_ms else "open" if now_ms < closes_ms else "over"
    zone = reader.market.time_zone if reader.market else reader.festival.zone
    opens_at, closes_at = from_unix_ms(opens_ms), from_unix_ms(closes_ms)
    next_ms = opens_ms if phase == "before" else closes_ms
    return FestivalShown(
        name=name,
        phase=phase,
        opens_ms=opens_ms,
        closes_ms=closes_ms,
        opens_text=moment_text(opens_at, zone),
        closes_text=moment_text(closes_at, zone),
        opens_iso=opens_at.isoformat(),
        closes_iso=closes_at.isoformat(),
        place=place_text(zone),
        left=time_left(max(0, next_ms - now_ms)),
    )


def time_left(left_ms: int) -> dict[str, str]:
    """Return whole days, hours, minutes and seconds; the running second counts, as it does on the page's clock."""
    rest, left = -(-left_ms // 1000), {}
    for unit, seconds in _SECONDS:
        count, rest = divmod(rest, seconds)
        left[unit] = f"{count:02d}"
    return left
