"""Pictures of products as pages need them: which files a browser may choose from, and what they show."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from fairground.catalog.pictures.picture import AVIF, WEBP, WIDTHS, Picture
from fairground.catalog.queries import ShownPicture
from fairground.sites.languages import in_language
from fairground.sites.picture_files import address, address_for_others
from fairground.sites.storefront.sharing import SharedImage

# A row of cards on a desk; on a phone it is four rows, one or two of which stand above the fold.
FIRST_CARDS = 7
# Three pixels of a telephone for each of the 200 that a card is wide.
CARD_WIDTH_MAX = 640


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


def card_picture(picture: Picture) -> PictureShown:
    """Return a picture for a card, whose title says what it shows."""
    return _show(picture, alt="", width_max=CARD_WIDTH_MAX)


def _show(picture: Picture, *, alt: str, width_max: int = WIDTHS[-1]) -> PictureShown:
    width, height = picture.sizes[-1]
    return PictureShown(
        avif=_choices(picture, AVIF, width_max),
        webp=_choices(picture, WEBP, width_max),
        small=address(picture, width=picture.sizes[0][0], kind=WEBP),
        width=width,
        height=height,
        alt=alt,
    )


def show_gallery(pictures: Sequence[ShownPicture], *, title: str, language: str) -> list[PictureShown]:
    """Return a product's pictures in their order; one without words of its own is called after the product."""
    return [_show(one.picture, alt=_alt(one, title, language)) for one in pictures]


def shared_image(pictures: Sequence[ShownPicture], *, site: str, title: str, language: str) -> SharedImage | None:
    """Return the first picture for those who link to the product's page; `site` has no slash at its end."""
    if not pictures:
        return None
    first = pictures[0]
    width, height = first.picture.sizes[-1]
    return SharedImage(site + address_for_others(first.picture), width, height, _alt(first, title, language))


def _choices(picture: Picture, kind: str, width_max: int) -> str:
    widths = [width for width, _height in picture.sizes]
    offered = [width for width in widths if width <= width_max] or widths[:1]
    return ", ".join(f"{address(picture, width=width, kind=kind)} {width}w" for width in offered)


def _alt(shown: ShownPicture, title: str, language: str) -> str:
    said = in_language(shown.alt, language)
    if said:
        return said
    if shown.position == 1:
        return title
    return gettext("{title}, picture {number}").format(title=title, number=shown.position)
