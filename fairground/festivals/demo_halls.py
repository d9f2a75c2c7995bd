"""The halls of demos and rehearsals, composed once their goods are there; the words are in `demo_halls.json`."""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from fairground.catalog.queries import product_ids_of
from fairground.festivals.block_edits import BlockWrong, add_block
from fairground.festivals.blocks import Block, Brands, Countdown, Deals, Kind, Source, Text, Words
from fairground.festivals.queries import festival_halls
from fairground.kernel.edits import By

_FILE = Path(__file__).with_name("demo_halls.json")
# Two rows on a desk: the first of the cover is as large as four others.
_COVER, _GRID = 11, 14
_WALL = 8


def compose_demo_halls(*, festival: str, by: By) -> int:
    """Compose the halls of the demo's festival that have goods, and return how many blocks they have together.

    What another catalogue than the packaged one does not have is left out.
    """
    added = 0
    for hall in festival_halls(festival=festival):
        for block in _blocks(_words().get(hall.slug, _words()["any"])):
            try:
                add_block(hall_id=hall.id, block=block, by=by)
            except BlockWrong:
                continue
            added += 1
    return added


@cache
def _words() -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(_FILE.read_bytes())
    return found


def _blocks(told: dict[str, Any]) -> list[Block]:
    """Return a hall's blocks; one of which little is told has fewer."""
    headings = {language: Words(heading) for language, heading in told["heading"].items()}
    first = [
        Block(Kind.COUNTDOWN, Countdown(), headings),
        Block(Kind.DEALS, Deals(Source.NEXT, most=_COVER)),
    ]
    if "story" not in told:
        return [*first, Block(Kind.BRANDS, Brands(most=_WALL))]
    article, lights = told["article"], {language: Words(*words) for language, words in told["lights"].items()}
    story = {language: Words(*words) for language, words in told["story"].items()}
    product = product_ids_of(merchant=article["merchant"], external_ids=[article["product"]]).get(article["product"])
    return [
        *first,
        Block(Kind.TEXT, Text(product, article["link"] if product else ""), story if product else _unlinked(story)),
        Block(Kind.DEALS, Deals(Source.CATEGORY, of=told["category"], most=_GRID), lights),
        Block(Kind.BRANDS, Brands(most=_WALL)),
    ]


def _unlinked(words: dict[str, Words]) -> dict[str, Words]:
    return {language: Words(one.heading, one.text) for language, one in words.items()}
