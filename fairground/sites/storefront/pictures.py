"""Pictures of products as pages need them: which files a browser may choose from, and what they show."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from fairground.catalog.pictures.picture import AVIF, WEBP, Picture
from fairground.catalog.queries import ShownPicture
from fairground.sites.languages import in_language
from fairground.sites.picture_files import address, address_for_others
from fairground.sites.storefront.sharing import SharedImage

# A row of cards on a desk; on a phone it is four rows, one or two of which stand above the fold.
FIRST_CARDS = 7


@dataclass(frozen=True, slots=True)
class PictureShown:
    """A picture for `<picture>`: its files by kind with their widths, and its size, so that nothing moves.

    `small` is the address of the smallest file that every browser can read, `alt` what the picture shows: empty where
    the words stand beside it.
    """

    avif: str
    webp: str
    small: str
    width: int
    height: int
    alt: str


def show_picture(picture: Picture, *, alt: str = "") -> PictureShown:
    """Return a picture with the files that it is kept in."""
    width, height = picture.sizes[-1]
    return PictureShown(
        avif=_choices(picture, AVIF),
        webp=_choices(picture, WEBP),
        small=address(picture, width=picture.sizes[0][0], kind=WEBP),
        width=width,
        height=height,
        alt=alt,
    )


def show_gallery(pictures: Sequence[ShownPicture], *, title: str, language: str) -> list[PictureShown]:
    """Return a product's pictures in their order; one without words of its own is called after the product."""
    return [show_picture(one.picture, alt=_alt(one, title, language)) for one in pictures]


def shared_image(pictures: Sequence[ShownPicture], *, site: str, title: str, language: str) -> SharedImage | None:
    """Return the first picture for those who link to the product's page; `site` has no slash at its end."""
    if not pictures:
        return None
    first = pictures[0]
    width, height = first.picture.sizes[-1]
    return SharedImage(site + address_for_others(first.picture), width, height, _alt(first, title, language))


def _choices(picture: Picture, kind: str) -> str:
    return ", ".join(f"{address(picture, width=width, kind=kind)} {width}w" for width, _height in picture.sizes)


def _alt(shown: ShownPicture, title: str, language: str) -> str:
    said = in_language(shown.alt, language)
    if said:
        return said
    if shown.position == 1:
        return title
    return gettext("{title}, picture {number}").format(title=title, number=shown.position)
