"""Halls: listed, composed of blocks, and seen as they will be at a moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from fairground.festivals.block_edits import (
    BlockWrong,
    add_block,
    edit_block,
    move_block,
    remove_block,
    switch_block,
)
from fairground.festivals.blocks import BLOCKS_MAX, Block, Kind
from fairground.festivals.composition import ComposedHall, PlacedBlock, composed_hall, hall_blocks
from fairground.festivals.models import Hall
from fairground.kernel.refusal import Refusal
from fairground.markets.queries import market_facts
from fairground.sites.back_office.block_forms import BlockForm
from fairground.sites.back_office.block_words import ABOUT, KINDS, block_text
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.tables import OfficeTable, described, fact
from fairground.sites.back_office.words import by_request, refusal_text
from fairground.sites.languages import catalogue_language, in_language

_MAY = "festivals.change_hallblock"


class HallTable(OfficeTable):
    """Halls, to read; what stands on each is composed on a page of its own."""

    title = _("Halls")
    subject = "hall"
    list_display: ClassVar = (
        "named",
        fact("slug", _("slug")),
        fact("festival", _("festival")),
        fact("blocks_count", _("blocks")),
        "goes_to",
    )
    readonly_fields: ClassVar = list_display
    fields: ClassVar = list_display

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hall]:
        """Return halls with how many blocks each has."""
        return super().get_queryset(request).select_related("festival").annotate(blocks_count=Count("blocks"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return that nobody edits the row: its blocks have pages of their own."""
        return False

    @described(_("name"))
    def named(self, obj: Hall) -> str:
        """Return the name in the reader's language."""
        return in_language(obj.name, catalogue_language()) or obj.slug

    @described(_("leads to"))
    def goes_to(self, obj: Hall) -> str:
        """Return the way to its blocks."""
        return format_html(
            '<a class="office-link" href="{}">{}</a>', reverse("admin:hall-blocks", args=[obj.pk]), gettext("Blocks")
        )


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block as the list of a hall has it; `earlier` and `later` are the positions beside it."""

    id: int
    position: int
    kind: str
    heading: str
    about: str
    state: str
    is_on: bool
    times: str
    markets: str
    earlier: int | None
    later: int | None
    edit: str
    preview: str


@require_http_methods(["GET", "HEAD", "POST"])
def blocks(request: HttpRequest, hall_id: int) -> HttpResponse:
    """Show the blocks of a hall in their order, or do to one what a form of the page asks."""
    require(request, _MAY)
    hall = _hall_or_404(hall_id)
    if request.method == "POST":
        deed = _DEEDS.get(request.POST.get("deed", ""))
        if deed is not None:
            _do(request, hall_id, deed)
        return HttpResponseRedirect(request.path)
    placed = hall_blocks(hall_id=hall_id)
    language = catalogue_language()
    now = datetime.now(UTC)
    context = {
        "title": gettext("Blocks of a hall"),
        "hall_name": _name(hall),
        "address": reverse("hall", args=[hall.slug]),
        "blocks": [_row(one, hall, last=len(placed), language=language, now=now) for one in placed],
        "room": BLOCKS_MAX - len(placed),
        "blocks_max": BLOCKS_MAX,
        "kinds": [
            (reverse("admin:add-hall-block", args=[hall_id, kind]), words, ABOUT[kind]) for kind, words in KINDS.items()
        ],
        "preview": reverse("hall-preview", args=[hall.slug]),
        "preview_at": f"{hall.opens_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
        "markets": _markets(),
        "home_market": next((one.code for one in market_facts() if one.currency == hall.currency), None),
        "languages": settings.LANGUAGES,
        "language": request.LANGUAGE_CODE,
    }
    return show_page(request, "back_office/hall_blocks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, hall_id: int, kind: str) -> HttpResponse:
    """Show the form of a new block, or put the block that it says at the end of the hall."""
    require(request, _MAY)
    hall = _hall_or_404(hall_id)
    if kind not in set(Kind):
        raise Http404

    def write(block: Block, _version: int) -> None:
        add_block(hall_id=hall_id, block=block, by=by_request(request))
        messages.success(request, gettext("The block was added."))

    return _answer_form(request, hall, None, Kind(kind), write)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, hall_id: int, block_id: int) -> HttpResponse:
    """Show a block's form, or write what it says."""
    require(request, _MAY)
    hall = _hall_or_404(hall_id)
    was = next((one for one in hall_blocks(hall_id=hall_id) if one.id == block_id), None)
    if was is None:
        raise Http404

    def write(block: Block, version: int) -> None:
        changed = edit_block(hall_id=hall_id, block_id=block_id, version=version, block=block, by=by_request(request))
        if changed:
            messages.success(request, gettext("The block was changed."))

    return _answer_form(request, hall, was, was.block.kind, write)


def _answer_form(
    request: HttpRequest, hall: ComposedHall, was: PlacedBlock | None, kind: Kind, write: Callable[[Block, int], None]
) -> HttpResponse:
    """Show a form, or write what it says and lead back to the hall; what is wrong is said beside its field."""
    back = reverse("admin:hall-blocks", args=[hall.id])
    form = BlockForm(
        request.POST if request.method == "POST" else None,
        kind=kind,
        markets=_markets(),
        was=was.block if was else None,
        version=was.version if was else 0,
    )
    if request.method == "POST" and form.is_valid():
        assert form.block, "a valid form has read one"
        try:
            write(form.block, form.cleaned_data["version"] or 0)
        except BlockWrong as refusal:
            form.say(refusal.facts["mistakes"])  # type: ignore[arg-type]
        except Refusal as refusal:
            messages.error(request, refusal_text(refusal))
            return HttpResponseRedirect(request.path if was else back)
        else:
            return HttpResponseRedirect(back)
    context = {
        "title": KINDS[kind],
        "about": ABOUT[kind],
        "hall_name": _name(hall),
        "back": back,
        "form": form,
        "groups": list(form.groups()),
    }
    return show_page(request, "back_office/hall_block.html", context)


def _hall_or_404(hall_id: int) -> ComposedHall:
    hall = composed_hall(hall_id=hall_id)
    if hall is None:
        raise Http404
    return hall


def _name(hall: ComposedHall) -> str:
    return in_language(hall.name, catalogue_language()) or hall.slug


def _markets() -> list[tuple[str, str]]:
    return [(one.code, f"{one.name} ({one.currency})") for one in market_facts()]


def _row(placed: PlacedBlock, hall: ComposedHall, *, last: int, language: str, now: datetime) -> BlockRow:
    block, position = placed.block, placed.position
    words = in_language(block.words, language)
    times = [(gettext("from %(moment)s"), block.starts_at), (gettext("until %(moment)s"), block.over_at)]
    told = [text % {"moment": date_format(moment, "DATETIME_FORMAT")} for text, moment in times if moment]
    at = max(block.starts_at, now) if block.starts_at else None
    query = {"at": at.isoformat()} if at else {}
    market = {"market": block.markets[0]} if block.markets else {}
    return BlockRow(
        id=placed.id,
        position=position,
        kind=str(KINDS[block.kind]),
        heading=words.heading if words else "",
        about=block_text(block),
        state=_state(block, now),
        is_on=block.is_on,
        times=", ".join(told),
        markets=", ".join(block.markets),
        earlier=position - 1 if position > 1 else None,
        later=position + 1 if position < last else None,
        edit=reverse("admin:hall-block", args=[hall.id, placed.id]),
        preview=f"{reverse('hall-preview', args=[hall.slug])}?{urlencode(query | market)}",
    )


def _state(block: Block, now: datetime) -> str:
    if not block.is_on:
        return gettext("Off")
    if block.over_at and block.over_at <= now:
        return gettext("Over")
    if block.starts_at and block.starts_at > now:
        return gettext("Later")
    return gettext("Shows now")


def _posted_number(request: HttpRequest, name: str) -> int:
    """Return a number that a form of ours sends; 0, which nothing has, for what is none."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(2**31)) else 0


def _move(request: HttpRequest, hall_id: int, block_id: int) -> None:
    position = _posted_number(request, "position")
    move_block(hall_id=hall_id, block_id=block_id, position=position, by=by_request(request))
    messages.success(request, gettext("The blocks are in another order now."))


def _switch(request: HttpRequest, hall_id: int, block_id: int) -> None:
    is_on = request.POST.get("is_on") == "1"
    if switch_block(hall_id=hall_id, block_id=block_id, is_on=is_on, by=by_request(request)):
        messages.success(request, gettext("The block is on.") if is_on else gettext("The block is off."))


def _remove(request: HttpRequest, hall_id: int, block_id: int) -> None:
    remove_block(hall_id=hall_id, block_id=block_id, by=by_request(request))
    messages.success(request, gettext("The block was removed."))


def _do(request: HttpRequest, hall_id: int, deed: Callable[[HttpRequest, int, int], None]) -> None:
    """Do a deed, and say why where it is refused."""
    try:
        deed(request, hall_id, _posted_number(request, "block"))
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))


_DEEDS: Mapping[str, Callable[[HttpRequest, int, int], None]] = {"move": _move, "switch": _switch, "remove": _remove}
