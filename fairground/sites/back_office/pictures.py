"""The pictures of a product: brought, described in the reader's language, put in order, and removed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from fairground.catalog.actions.pictures import (
    TooManyPictures,
    add_picture,
    describe_picture,
    move_picture,
    remove_picture,
)
from fairground.catalog.pictures.kinds import TAKEN
from fairground.catalog.pictures.picture import WEBP
from fairground.catalog.pictures.reducing import BYTES_MAX
from fairground.catalog.pictures.store import PictureStore
from fairground.catalog.queries import ShownPicture, product_facts, product_pictures
from fairground.catalog.rules import ALT_LENGTH_MAX, PICTURES_MAX
from fairground.kernel.refusal import Refusal
from fairground.sites.back_office.fields import language_text
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request
from fairground.sites.languages import catalogue_language, in_language
from fairground.sites.picture_files import address
from fairground.sites.picture_words import refused_picture_text

# A name from somebody's disk beside words of another direction.
_ISOLATED = "\N{FIRST STRONG ISOLATE}%s\N{POP DIRECTIONAL ISOLATE}"
_NAME_LENGTH_SHOWN = 80


@dataclass(frozen=True, slots=True)
class PictureShown:
    """A picture as its card has it; `others` is what it is called in other languages."""

    name: str
    position: int
    address: str
    width: int
    height: int
    pixels: str
    alt: str
    others: Sequence[tuple[str, str]]
    earlier: int | None
    later: int | None

    @classmethod
    def of(cls, shown: ShownPicture, *, last: int, language: str) -> "PictureShown":
        """Return one of `last` pictures for who writes in a language."""
        picture, position = shown.picture, shown.position
        width, height = picture.sizes[0]
        return cls(
            name=picture.name,
            position=position,
            address=address(picture, width=width, kind=WEBP),
            width=width,
            height=height,
            pixels=f"{picture.width} \N{MULTIPLICATION SIGN} {picture.height}",
            alt=shown.alt.get(language, ""),
            others=[(language_text(code), text) for code, text in sorted(shown.alt.items()) if code != language],
            earlier=position - 1 if position > 1 else None,
            later=position + 1 if position < last else None,
        )


@require_http_methods(["GET", "HEAD", "POST"])
def pictures(request: HttpRequest, product_id: int) -> HttpResponse:
    """Show a product's pictures, or do to them what a form of the page asks, and say what came of it."""
    require(request, "catalog.change_product")
    product = product_facts(product_id=product_id)
    if product is None:
        raise Http404
    if request.method == "POST":
        deed = _DEEDS.get(request.POST.get("deed", ""))
        if deed is not None:
            deed(request, product_id)
        return HttpResponseRedirect(request.path)
    language = catalogue_language()
    shown = product_pictures(product_id=product_id)
    title = in_language({code: words[0] for code, words in product.texts.items()}, language) or str(product_id)
    context = {
        "title": gettext("Pictures"),
        "product_title": title,
        "back": reverse("admin:catalog_product_change", args=[product_id]),
        "pictures": [PictureShown.of(one, last=len(shown), language=language) for one in shown],
        "room": PICTURES_MAX - len(shown),
        "pictures_max": PICTURES_MAX,
        "alt_max": ALT_LENGTH_MAX,
        "mebibytes": BYTES_MAX >> 20,
        "accept": ",".join(f"image/{kind.lower()}" for kind in TAKEN),
        "language_name": language_text(language),
    }
    return show_page(request, "back_office/pictures.html", context)


def _add(request: HttpRequest, product_id: int) -> None:
    files = request.FILES.getlist("files")
    if not files:
        messages.error(request, gettext("Choose a file first. Nothing changed."))
        return
    store, alt = PictureStore(settings.PICTURES), {catalogue_language(): request.POST.get("alt", "").strip()}
    added = 0
    # Drawing one takes a second: what there is no room for is not begun.
    room = PICTURES_MAX - len(product_pictures(product_id=product_id))
    for file in files:
        try:
            if added >= room:
                raise TooManyPictures(product_id=product_id, pictures_max=PICTURES_MAX)
            brought = cast(BinaryIO, file)
            is_new = add_picture(product_id=product_id, file=brought, alt=alt, store=store, by=by_request(request))
        except Refusal as refusal:
            messages.error(request, f"{_name_of(file)}: {refused_picture_text(refusal)}")
            continue
        added += is_new
        if not is_new:
            is_known = gettext("The product shows this picture already.")
            messages.info(request, f"{_name_of(file)}: {is_known}")
    if added:
        words = ngettext("%(n)s picture was added.", "%(n)s pictures were added.", added)
        messages.success(request, words % {"n": added})


def _describe(request: HttpRequest, product_id: int) -> None:
    changed = describe_picture(
        product_id=product_id,
        name=request.POST.get("name", ""),
        language=catalogue_language(),
        alt=request.POST.get("alt", "").strip(),
        by=by_request(request),
    )
    if changed:
        messages.success(request, gettext("The description was changed."))


def _move(request: HttpRequest, product_id: int) -> None:
    wanted = request.POST.get("position", "")
    is_number = wanted.isascii() and wanted.isdigit() and len(wanted) <= len(str(PICTURES_MAX))
    position = int(wanted) if is_number else 0
    move_picture(product_id=product_id, name=request.POST.get("name", ""), position=position, by=by_request(request))
    messages.success(request, gettext("The pictures are in another order now."))


def _remove(request: HttpRequest, product_id: int) -> None:
    store = PictureStore(settings.PICTURES)
    remove_picture(product_id=product_id, name=request.POST.get("name", ""), store=store, by=by_request(request))
    messages.success(request, gettext("The picture was removed."))


def _told(deed: Callable[[HttpRequest, int], None]) -> Callable[[HttpRequest, int], None]:
    """Return a deed that says why where it is refused."""

    def do(request: HttpRequest, product_id: int) -> None:
        try:
            deed(request, product_id)
        except Refusal as refusal:
            messages.error(request, refused_picture_text(refusal))

    return do


_DEEDS: Mapping[str, Callable[[HttpRequest, int], None]] = {
    "add": _add,
    "describe": _told(_describe),
    "move": _told(_move),
    "remove": _told(_remove),
}


def _name_of(file: "UploadedFile[bytes]") -> str:
    name = file.name or "?"
    return _ISOLATED % (name if len(name) <= _NAME_LENGTH_SHOWN else f"{name[: _NAME_LENGTH_SHOWN - 1]}…")
