"""Why a picture is not taken, in words for who brought it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from fairground.aftersales import labels
from fairground.catalog.actions import import_pictures, pictures
from fairground.catalog.pictures import reducing
from fairground.catalog.pictures.kinds import WEBP
from fairground.kernel.refusal import Refusal

_WORDS = {
    reducing.PictureTooLarge: gettext_lazy("The file is larger than {mebibytes} MiB."),
    reducing.PictureKindNotTaken: gettext_lazy("This is no picture that is taken but {found}. Bring one as {taken}."),
    reducing.PictureMoves: gettext_lazy("The picture is animated. Bring one that stands still."),
    reducing.PictureTooSmall: gettext_lazy(
        "The picture has {width} by {height} pixels. It needs at least {side_min} on each side."
    ),
    reducing.PictureTooNarrow: gettext_lazy(
        "The picture has {width} by {height} pixels. No side may be more than {ratio_max} times as long as the other."
    ),
    reducing.PictureTooManyPixels: gettext_lazy("The picture has more than {megapixels} million pixels."),
    reducing.PictureUnreadable: gettext_lazy("The file is damaged or not complete. Save the picture anew."),
    reducing.PictureTooHeavy: gettext_lazy("The picture takes too much to read. Save it anew, smaller."),
    reducing.DrawingBusy: gettext_lazy(
        "Others have pictures drawn just now, so nobody looked at it. Nothing was changed: try again in a moment."
    ),
    pictures.UnknownProduct: gettext_lazy("There is no such product."),
    pictures.UnknownPicture: gettext_lazy("The product does not have this picture any more."),
    pictures.TooManyPictures: gettext_lazy("The product has {pictures_max} pictures already, and no room for more."),
    pictures.AltTooLong: gettext_lazy("The description of the picture is longer than {length_max} characters."),
    pictures.NoSuchPosition: gettext_lazy("The product has {pictures} pictures, and none at that place."),
    import_pictures.NoProductOfThatName: gettext_lazy("The merchant has no product {external_id}."),
    labels.LabelTooLarge: gettext_lazy("The file is larger than {mebibytes} MiB."),
    labels.LabelUnreadable: gettext_lazy("The PDF is damaged or locked, so that no label can be drawn from it."),
    import_pictures.FileUnreadable: gettext_lazy("The file can't be read: {why}."),
}
PICTURE_REFUSALS = tuple(_WORDS)
_EMPTY = gettext_lazy("The file is empty.")
_UNKNOWN = gettext_lazy("This is no picture. Bring one as {taken}.")


def refused_picture_text(refusal: Refusal) -> str:
    """Return why a picture was not taken, moved or removed, as a sentence or two in the active language."""
    facts = _facts_in_words(refusal.facts)
    words = _WORDS[type(refusal)]
    if facts.get("found") == "nothing":
        words = _EMPTY
    elif facts.get("found") == "unknown":
        words = _UNKNOWN
    return str(words).format(**facts)


def _facts_in_words(facts: Mapping[str, Any]) -> dict[str, Any]:
    words = dict(facts)
    if "bytes_max" in facts:
        words["mebibytes"] = facts["bytes_max"] >> 20
    if "pixels_max" in facts:
        words["megapixels"] = facts["pixels_max"] // 1_000_000
    if "taken" in facts:
        *others, last = ["WebP" if one == WEBP else one for one in facts["taken"]]
        words["taken"] = gettext("{others} or {last}").format(others=", ".join(others), last=last)
    return words
