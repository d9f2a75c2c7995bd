"""Which pictures a product shows, in which order, and what they are called for who can't see them."""

from collections.abc import Mapping
from datetime import datetime
from typing import BinaryIO

from django.db import transaction
from django.db.models import F

from fairground.catalog.models import Product, ProductPicture
from fairground.catalog.pictures.picture import Picture
from fairground.catalog.pictures.store import PictureStore
from fairground.catalog.rules import ALT_LENGTH_MAX, PICTURES_MAX
from fairground.kernel.edits import Act, By, Changes, changes_between, write_audit
from fairground.kernel.refusal import Refusal


class UnknownProduct(Refusal):
    """There is no product `product_id`."""


class UnknownPicture(Refusal):
    """The product has no picture of that name."""


class TooManyPictures(Refusal):
    """The product has `pictures_max` pictures."""


class AltTooLong(Refusal):
    """The text for those who can't see the picture has more than `length_max` characters."""


class NoSuchPosition(Refusal):
    """The product has `pictures` pictures, and the position is none of theirs."""


def add_picture(*, product_id: int, file: BinaryIO, alt: Mapping[str, str], store: PictureStore, by: By) -> bool:
    """Draw the picture in an open file, and show it behind those that the product has; return whether it is new there.

    The same file once more changes nothing, not even the text. `alt` is by language. Takes a second: outside of any
    transaction.

    :raises Refusal: the product can't have it, or one of `reducing`'s; the product is as it was
    """
    _refuse_long(alt)
    # Before a second of work; asked again under the lock.
    if not Product.objects.filter(id=product_id).exists():
        raise UnknownProduct(product_id=product_id)
    return attach_picture(product_id=product_id, picture=store.keep(file), alt=alt, now=by.now, by=by)


def attach_picture(
    *, product_id: int, picture: Picture, alt: Mapping[str, str], now: datetime, by: By | None = None
) -> bool:
    """Show a kept picture behind those that the product has; return whether it had not been there before.

    `by` is who does it by hand, which the audit log keeps; None for an import.

    :raises UnknownProduct: there is no such product
    :raises TooManyPictures: it has `PICTURES_MAX`
    :raises AltTooLong: a text is longer than `ALT_LENGTH_MAX`
    """
    _refuse_long(alt)
    said = {language: text for language, text in alt.items() if text}
    with transaction.atomic(durable=True):
        names = _lock_pictures(product_id)
        if picture.name in names:
            return False
        if len(names) >= PICTURES_MAX:
            raise TooManyPictures(product_id=product_id, pictures_max=PICTURES_MAX)
        ProductPicture.objects.create(
            product_id=product_id,
            name=picture.name,
            position=len(names) + 1,
            width=picture.width,
            height=picture.height,
            alt=said,
            added_at=now,
        )
        if by is not None:
            worded = {f"alt_{language}": (None, text) for language, text in said.items()}
            _log(by, "picture-added", product_id, {"picture": (None, picture.name), **worded})
    return True


def describe_picture(*, product_id: int, name: str, language: str, alt: str, by: By) -> bool:
    """Say in a language what a picture shows, empty for nothing; return whether that was something else before.

    :raises UnknownPicture: the product has none of that name
    :raises AltTooLong: the text is longer than `ALT_LENGTH_MAX`
    """
    _refuse_long({language: alt})
    with transaction.atomic(durable=True):
        if name not in _lock_pictures(product_id):
            raise UnknownPicture(product_id=product_id, name=name)
        shown = ProductPicture.objects.filter(product_id=product_id, name=name)
        was: dict[str, str] = shown.values_list("alt", flat=True).get()
        changed = changes_between({"alt": was.get(language, "")}, {"alt": alt})
        if not changed:
            return False
        others = {code: text for code, text in was.items() if code != language}
        shown.update(alt={**others, language: alt} if alt else others)
        _log(by, "picture-described", product_id, {"picture": (name, name), f"alt_{language}": changed["alt"]})
    return True


def remove_picture(*, product_id: int, name: str, store: PictureStore, by: By) -> None:
    """Show a picture no longer; those behind it move up. Its files go when nothing has shown them for a day.

    :raises UnknownPicture: the product has none of that name
    """
    with transaction.atomic(durable=True):
        names = _lock_pictures(product_id)
        if name not in names:
            raise UnknownPicture(product_id=product_id, name=name)
        # Its day begins now, before anybody can find that nothing shows it.
        store.mark_used(name)
        pictures = ProductPicture.objects.filter(product_id=product_id)
        pictures.filter(name=name).delete()
        pictures.filter(position__gt=names.index(name) + 1).update(position=F("position") - 1)
        _log(by, "picture-removed", product_id, {"picture": (name, None), "position": (names.index(name) + 1, None)})


def move_picture(*, product_id: int, name: str, position: int, by: By) -> None:
    """Put a picture at a position, the first being 1; the others keep their order around it.

    :raises UnknownPicture: the product has none of that name
    :raises NoSuchPosition: the product has fewer pictures
    """
    with transaction.atomic(durable=True):
        names = _lock_pictures(product_id)
        if name not in names:
            raise UnknownPicture(product_id=product_id, name=name)
        if not 1 <= position <= len(names):
            raise NoSuchPosition(product_id=product_id, pictures=len(names))
        was = names.index(name) + 1
        if was == position:
            return
        pictures = ProductPicture.objects.filter(product_id=product_id)
        between = (min(was, position), max(was, position))
        step = 1 if position < was else -1
        pictures.filter(position__range=between).exclude(name=name).update(position=F("position") + step)
        pictures.filter(name=name).update(position=position)
        _log(by, "picture-moved", product_id, {"picture": (name, name), "position": (was, position)})


def _refuse_long(alt: Mapping[str, str]) -> None:
    if any(len(text) > ALT_LENGTH_MAX for text in alt.values()):
        raise AltTooLong(length_max=ALT_LENGTH_MAX)


def _log(by: By, verb: str, product_id: int, facts: Changes) -> None:
    write_audit(by=by, acts=[Act(verb, "product", product_id, facts)])


def _lock_pictures(product_id: int) -> list[str]:
    """Lock the product, so that its pictures stay as they are, and return their names in their order."""
    if not Product.objects.select_for_update(no_key=True).filter(id=product_id).exists():
        raise UnknownProduct(product_id=product_id)
    pictures = ProductPicture.objects.filter(product_id=product_id).order_by("position")
    return list(pictures.values_list("name", flat=True))
