"""Draws for tests: a pool, its terms, and who buys their way in."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from fairground.checkout.rules.placing import LineAsked
from fairground.draws.actions.announce_draws import create_draw, create_pool, open_draw
from fairground.draws.actions.draw_winners import close_draw, draw_winners
from fairground.draws.actions.enter_draws import EVENTS_MAX, enter_draw, enter_paid_purchases
from fairground.draws.models import Draw, PrizePool
from fairground.draws.rules.terms import DrawTerms, EntryKind, PrizeKind, PrizeTerms
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from tests.factories import BY, NOW, NOW_MS, SkuMade, give_wallet, make_festival, pay, pay_request, place_one
from tests.factories import place_request as asked

HOUR = timedelta(hours=1)
MINUTE_MS = 60_000
CLOSING = By(user_id=None, now=NOW + HOUR + timedelta(minutes=1))
BEACON_AT = NOW + 2 * HOUR
DRAWING = By(user_id=None, now=BEACON_AT + timedelta(minutes=5))
BEACON = "cafe0123"
WALLET_PRIZE = PrizeTerms(PrizeKind.WALLET, 1, {"EU": 5_000})
EXEMPTION = PrizeTerms(PrizeKind.EXEMPTION, 1, {"EU": 50_000})
TERMS = DrawTerms(
    slug="gala",
    pool="million",
    name={"en": "The gala's draw"},
    opens_at=NOW,
    closes_at=NOW + HOUR,
    ways=frozenset(EntryKind),
    beacon_source="a beacon of the tests",
    beacon_at=BEACON_AT,
    prizes=(WALLET_PRIZE,),
    entries_max=3,
)


def make_pool(*, slug: str = "million", cap_minor: int = 100_000) -> str:
    """Make a pool in the festival's euros, if there is none of that slug; return its slug."""
    if not PrizePool.objects.filter(slug=slug).exists():
        create_pool(slug=slug, festival=make_festival(), cap_minor=cap_minor, by=BY)
    return slug


def make_draw(*, is_open: bool = True, cap_minor: int = 100_000, **changes: Any) -> str:
    """Make a draw of the usual terms with some changed, and its pool; return its slug."""
    terms = replace(TERMS, **changes)
    make_pool(slug=terms.pool, cap_minor=cap_minor)
    create_draw(terms=terms, by=BY)
    if is_open:
        open_draw(slug=terms.slug, by=BY)
    return terms.slug


def draw_row(slug: str = "gala") -> Draw:
    """Return a draw's row."""
    return Draw.objects.get(slug=slug)


def buy(
    sku: SkuMade, *, shopper_id: int, at_ms: int = NOW_MS, quantity: int = 1, beside: Sequence[LineAsked] = ()
) -> int:
    """Let a shopper buy units of a deal, and what is beside them, and pay it all; return the purchase."""
    placed = place_one(asked(sku.deal_line(quantity), *beside, shopper_id=shopper_id), now_ms=at_ms)
    give_wallet(shopper_id=shopper_id, amount_minor=placed.total_minor, now_ms=at_ms)
    pay([pay_request(placed, shopper_id=shopper_id)], now_ms=at_ms)
    return placed.purchase_id


def enter_all_paid() -> None:
    """Enter whatever was paid and is not entered yet."""
    while enter_paid_purchases() >= EVENTS_MAX:
        pass


def enter_free(shopper_id: int, *, slug: str = "gala", now: datetime = NOW, market: str = "EU") -> int:
    """Enter a shopper for nothing."""
    return enter_draw(slug=slug, shopper_id=shopper_id, kind=EntryKind.FREE, market=market, now=now)


def close_and_draw(slug: str = "gala", *, beacon: str = BEACON) -> int:
    """Close a draw and draw it, with times that fit; return how many won."""
    close_draw(slug=slug, by=CLOSING)
    return draw_winners(slug=slug, beacon=beacon, seen_at=BEACON_AT, by=DRAWING)


def after(ms: int) -> datetime:
    """Return the moment so long after the opening."""
    return from_unix_ms(NOW_MS + ms)


def facts_of(slug: str = "gala") -> Mapping[str, object]:
    """Return all that a draw's row says, to compare before and after."""
    return {key: value for key, value in vars(draw_row(slug)).items() if not key.startswith("_")}
