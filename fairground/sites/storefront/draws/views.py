"""Pages of draws: all of them, one with its proof, entering, and the published file."""

import threading
from collections.abc import Iterator

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from fairground.draws.actions.enter_draws import (
    DrawNotEntered,
    EnteredAlready,
    EntriesFull,
    ShopperNotVerified,
    TaskNotDone,
    WayClosed,
    enter_draw,
)
from fairground.draws.queries import (
    DrawFacts,
    announced_draws,
    draw_facts,
    draw_winners_of,
    own_part,
    published_file,
    winner_count,
)
from fairground.draws.rules.terms import DrawState, EntryKind
from fairground.kernel.refusal import Refusal
from fairground.sites.languages import place_text
from fairground.sites.storefront.draws.words import draw_words, own_words, winner_words
from fairground.sites.storefront.frame import show
from fairground.sites.storefront.posted import posted_market, see_other
from fairground.sites.storefront.reader import reader_of
from fairground.sites.visitor import shopper_of, visitor_of
from fairground.sites.wording import moment_text, number_text

# As many as a festival has, and those of the one before.
DRAWS_A_PAGE_MAX = 50
# Winners that a page shows; all of them are in the file.
WINNERS_SHOWN = 200
# Files that a process sends at a time: a million entries are hashed for seconds, and a slow reader holds a thread.
FILES_AT_ONCE_MAX = 1
_RETRY_AFTER_S = 30
_sending = threading.BoundedSemaphore(FILES_AT_ONCE_MAX)
_WAYS = {"free": EntryKind.FREE, "task": EntryKind.TASK}


class _Sent:
    """The pieces of a file, and the place that sending it takes up; given back once, however it ends."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._is_open = pieces, True

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        """Give the place back."""
        if self._is_open:
            self._is_open = False
            _sending.release()


@require_safe
def draws(request: HttpRequest) -> HttpResponse:
    """Show the draws that were announced, the last to close first."""
    reader = reader_of(request)
    found = [draw_words(one, reader) for one in announced_draws(draws_max=DRAWS_A_PAGE_MAX)]
    return show(request, reader, "storefront/draws.html", {"draws": found})


@require_safe
def draw(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a draw: its prizes, how to enter, one's own entries, and what proves who won."""
    reader, facts = reader_of(request), _announced(slug)
    zone = reader.market.time_zone if reader.market else "UTC"
    shopper_id = visitor_of(request).shopper_id
    part = own_part(slug=slug, shopper_id=shopper_id) if shopper_id else None
    own = part.pseudonym if part else ""
    winners = [winner_words(one, facts, own=own) for one in draw_winners_of(slug=slug, winners_max=WINNERS_SHOWN)]
    mine = draw_winners_of(slug=slug, winners_max=1, shopper_id=shopper_id) if shopper_id else []
    context = {
        "draw": draw_words(facts, reader),
        "facts": facts,
        "beacon_at": moment_text(facts.beacon_at, zone),
        "place": place_text(zone),
        "is_closed": facts.state >= DrawState.CLOSED,
        "is_drawn": facts.state >= DrawState.DRAWN,
        "entries": number_text(facts.entries or 0),
        "entrants": number_text(facts.entrants or 0),
        "part": part,
        "own_entries": own_words(part, reader) if part else [],
        "won": winner_words(mine[0], facts, own=own) if mine else None,
        "winners": winners,
        "more_winners": winner_count(slug=slug) - len(winners),
    }
    return show(request, reader, "storefront/draw.html", context)


@require_POST
def enter(request: HttpRequest, slug: str) -> HttpResponse:
    """Enter who asks by the free way or the task, and lead back to the draw; who is nobody yet signs in first."""
    reader, kind = reader_of(request), _WAYS.get(request.POST.get("way", ""))
    if kind is None:
        raise BadRequest("no way to enter")
    _announced(slug)
    address = reverse("draw", args=[slug]) + reader.query
    if not visitor_of(request).signed_in:
        return see_other(f"{reverse('account_login')}?{urlencode({'next': address})}")
    market = posted_market(request, reader).code
    try:
        enter_draw(slug=slug, shopper_id=shopper_of(request), kind=kind, market=market, now=reader.now)
    except (DrawNotEntered, EnteredAlready, EntriesFull, ShopperNotVerified, TaskNotDone, WayClosed) as refusal:
        messages.warning(request, _refused(refusal))
    else:
        messages.success(request, gettext("You have entered. Good luck!"))
    return see_other(address)


@require_safe
def file(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Give the published file of a closed draw to anybody, while it is made."""
    if _announced(slug).state < DrawState.CLOSED:
        raise Http404
    if not _sending.acquire(blocking=False):
        words = gettext("Too many documents are asked for just now; come back in a moment.")
        headers = {"Retry-After": str(_RETRY_AFTER_S)}
        return HttpResponse(words, status=503, content_type="text/plain; charset=utf-8", headers=headers)
    headers = {"Content-Disposition": f'attachment; filename="{slug}.jsonl"'}
    return StreamingHttpResponse(_Sent(published_file(slug=slug)), content_type="application/jsonl", headers=headers)


def _announced(slug: str) -> DrawFacts:
    facts = draw_facts(slug=slug)
    if facts is None or facts.state is DrawState.DRAFT:
        raise Http404
    return facts


def _refused(refusal: Refusal) -> str:
    """Return what a refusal means to who wanted to enter."""
    if isinstance(refusal, TaskNotDone):
        left = int(str(refusal.facts["needed"])) - int(str(refusal.facts["done"]))
        words = gettext("Not entered: {count} more on your wish list are needed.")
        return words.format(count=number_text(left))
    if isinstance(refusal, EnteredAlready):
        return gettext("You have entered in this way already. The free way is open again tomorrow.")
    if isinstance(refusal, EntriesFull):
        return gettext("You have as many entries as one may.")
    if isinstance(refusal, ShopperNotVerified):
        return gettext("Not entered: only who has proved an e-mail address may enter.")
    if isinstance(refusal, WayClosed):
        return gettext("Not entered: that is not possible in your market.")
    return gettext("Not entered: the draw does not take entries now.")
