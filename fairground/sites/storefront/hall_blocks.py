"""The blocks of a hall as a reader sees them at a moment, and until when the page stays as it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext

from fairground.festivals.blocks import (
    Block,
    Brands,
    Countdown,
    Coupons,
    Deals,
    Kind,
    Opening,
    Source,
    Text,
    Words,
    next_change,
    next_opening,
)
from fairground.inventory.queries import ProductCard
from fairground.kernel.clock import to_unix_ms
from fairground.merchants.queries import MerchantFacts
from fairground.sites.languages import in_language
from fairground.sites.storefront.art import product_art
from fairground.sites.storefront.cards import CardShown, cards_html, show_card
from fairground.sites.storefront.coupons.shown import CouponWords
from fairground.sites.storefront.frame import FestivalShown, show_times
from fairground.sites.storefront.hall_goods import HallGoods, hall_goods, openings_of
from fairground.sites.storefront.pictures import FIRST_CARDS
from fairground.sites.storefront.reader import Reader
from fairground.sites.wording import country_text


@dataclass(frozen=True, slots=True)
class BrandShown:
    """A merchant on a wall: `hue` tints its initial."""

    slug: str
    name: str
    initial: str
    hue: int
    country: str
    about: str


@dataclass(frozen=True, slots=True)
class BlockShown:
    """A block in words; what its kind has not is empty. `template` draws it, `link` has what the reader chose."""

    number: int
    kind: str
    template: str
    heading: str = ""
    paragraphs: list[str] = field(default_factory=list)
    label: str = ""
    link: str = ""
    clock: FestivalShown | None = None
    to_moment: bool = False
    cards: list[str] = field(default_factory=list)
    is_cover: bool = False
    brands: list[BrandShown] = field(default_factory=list)
    coupons: list[CouponWords] = field(default_factory=list)
    product: CardShown | None = None
    side: str = ""


@dataclass(frozen=True, slots=True)
class Composed:
    """What a hall shows, and the next moment in which it shows something else by itself."""

    blocks: list[BlockShown]
    changes_at: datetime | None

    @property
    def has_clock(self) -> bool:
        """Return whether one of the blocks counts down."""
        return any(one.clock for one in self.blocks)

    @property
    def has_coupons(self) -> bool:
        """Return whether one of the blocks shows coupons."""
        return any(one.coupons for one in self.blocks)


def compose(reader: Reader, *, hall_id: int, blocks: Sequence[Block]) -> Composed:
    """Return the blocks that show in the reader's market at the reader's moment, in their order.

    A block that has nothing to show there is left out.
    """
    market = reader.market.code if reader.market else None
    there = [one for one in blocks if one.shows(market=market, at=reader.now)]
    goods = hall_goods(reader, hall_id=hall_id, matters=[one.matter for one in there])
    openings = _openings(there, hall_id=hall_id, market=market)
    shown: list[BlockShown] = []
    for place, block in enumerate(there):
        texts = sum(one.kind == Kind.TEXT for one in shown)
        is_first = not any(one.cards for one in shown)
        one = _show(reader, block, place=place, goods=goods, openings=openings, is_first=is_first, texts=texts)
        if one is not None:
            shown.append(one)
    changes = [next_change(blocks, market=market, at=reader.now), goods.coupons_change_at]
    changes += [moment for one in openings for moment in (one.opens_at, one.closes_at) if moment > reader.now]
    return Composed(shown, min((one for one in changes if one), default=None))


def _openings(blocks: Sequence[Block], *, hall_id: int, market: str | None) -> Sequence[Opening]:
    """Return when deals of the hall open and close, where a block goes by that."""
    is_asked = any(
        (isinstance(one, Countdown) and one.to is None) or (isinstance(one, Deals) and one.source is Source.NEXT)
        for one in (block.matter for block in blocks)
    )
    return openings_of(hall_id=hall_id, market=market) if is_asked and market else ()


def _show(
    reader: Reader,
    block: Block,
    *,
    place: int,
    goods: HallGoods,
    openings: Sequence[Opening],
    is_first: bool,
    texts: int,
) -> BlockShown | None:
    """Return a block in words, None where there is nothing to show."""
    words = in_language(block.words, reader.language) or Words()
    kind = str(block.kind)
    clock, cards, brands, product = None, list[str](), list[BrandShown](), None
    coupons = list(goods.coupons[: block.matter.most]) if isinstance(block.matter, Coupons) else []
    if isinstance(block.matter, Countdown):
        clock = _clock(reader, block.matter, openings)
    elif isinstance(block.matter, Deals):
        cards = _cards(reader, goods.grids.get(place, []), is_first=is_first)
    elif isinstance(block.matter, Text):
        product = show_card(goods.products[place], reader) if place in goods.products else None
    elif isinstance(block.matter, Brands):
        brands = [_show_brand(one, reader) for one in goods.walls.get(place, [])]
    if block.kind != Kind.TEXT and not (clock or cards or brands or coupons):
        return None
    link = block.matter.link if isinstance(block.matter, Text) else ""
    return BlockShown(
        number=place + 1,
        kind=kind,
        template=f"storefront/parts/blocks/{kind}.html",
        heading=words.heading or _heading(block, reader),
        paragraphs=[one for one in words.text.split("\n") if one.strip()],
        label=words.label,
        link=link if "?" in link or "#" in link else f"{link}{reader.query}" if link else "",
        clock=clock,
        to_moment=isinstance(block.matter, Countdown) and block.matter.to is not None,
        cards=cards,
        is_cover=is_first,
        brands=brands,
        coupons=coupons,
        product=product,
        side="end" if texts % 2 else "start",
    )


def _cards(reader: Reader, cards: Sequence[ProductCard], *, is_first: bool) -> list[str]:
    """Return a grid; only pictures of the first one can stand above the fold."""
    return cards_html(cards, reader, within="hall", eager_max=FIRST_CARDS if is_first else 0)


def _clock(reader: Reader, countdown: Countdown, openings: Sequence[Opening]) -> FestivalShown | None:
    if reader.festival is None:
        return None
    if countdown.to is not None:
        moment_ms = to_unix_ms(countdown.to)
        return show_times(reader, name="", opens_ms=moment_ms, closes_ms=moment_ms)
    opening = next_opening(openings, at=reader.now)
    if opening is None:
        return None
    opens_ms, closes_ms = to_unix_ms(opening.opens_at), to_unix_ms(opening.closes_at)
    return show_times(reader, name="", opens_ms=opens_ms, closes_ms=closes_ms)


def _heading(block: Block, reader: Reader) -> str:
    """Return what a block without words of its own is called."""
    if isinstance(block.matter, Deals):
        return gettext("What opens next") if block.matter.source is Source.NEXT else gettext("Deals")
    if block.kind == Kind.COUPONS:
        return gettext("Coupons")
    return gettext("Brands and shops") if block.kind == Kind.BRANDS else ""


def _show_brand(merchant: MerchantFacts, reader: Reader) -> BrandShown:
    return BrandShown(
        slug=merchant.slug,
        name=merchant.name,
        initial=merchant.name[:1].upper(),
        hue=product_art(product_id=0, brand=merchant.slug, category=None).hue,
        country=country_text(merchant.country),
        about=in_language(merchant.about, reader.language) or "",
    )
