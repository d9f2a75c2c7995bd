"""Every reason why a picture is not taken has its words."""

import pytest

from fairground.aftersales import labels
from fairground.catalog.actions import import_pictures, pictures
from fairground.catalog.actions.import_pictures import FileUnreadable, NoProductOfThatName
from fairground.catalog.actions.pictures import TooManyPictures
from fairground.catalog.pictures import reducing
from fairground.catalog.pictures.kinds import TAKEN
from fairground.catalog.pictures.reducing import (
    PictureKindNotTaken,
    PictureTooLarge,
    PictureTooManyPixels,
    PictureTooSmall,
)
from fairground.kernel.refusal import Refusal
from fairground.sites.picture_words import _WORDS, refused_picture_text


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (PictureTooLarge(bytes_max=20 << 20), "The file is larger than 20 MiB."),
        (
            PictureKindNotTaken(found="GIF", taken=TAKEN),
            "This is no picture that is taken but GIF. Bring one as JPEG, PNG, WebP or AVIF.",
        ),
        (
            PictureKindNotTaken(found="unknown", taken=TAKEN),
            "This is no picture. Bring one as JPEG, PNG, WebP or AVIF.",
        ),
        (PictureKindNotTaken(found="nothing", taken=TAKEN), "The file is empty."),
        (
            PictureTooSmall(width=100, height=900, side_min=250),
            "The picture has 100 by 900 pixels. It needs at least 250 on each side.",
        ),
        (PictureTooManyPixels(pixels_max=50_000_000), "The picture has more than 50 million pixels."),
        (TooManyPictures(product_id=1, pictures_max=12), "The product has 12 pictures already, and no room for more."),
        (NoProductOfThatName(external_id="a{b}%s"), "The merchant has no product a{b}%s."),
        (FileUnreadable(why="Permission denied"), "The file can't be read: Permission denied."),
    ],
)
def test_a_refusal_is_told_as_a_sentence(refusal: Refusal, said: str) -> None:
    assert refused_picture_text(refusal) == said


def test_no_reason_is_without_words() -> None:
    reasons = {
        one
        for module in (reducing, pictures, import_pictures, labels)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Refusal) and one is not Refusal
    }

    assert reasons == set(_WORDS)
