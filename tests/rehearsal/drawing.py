"""Two draws in the realm of `trading.make_trade`: among those who paid, and among those who bought nothing."""

from collections.abc import Sequence
from datetime import timedelta

from fairground.draws.actions.announce_draws import create_draw, create_pool, open_draw
from fairground.draws.actions.award_prizes import award_prizes
from fairground.draws.actions.draw_winners import close_draw, draw_winners
from fairground.draws.actions.enter_draws import enter_draw
from fairground.draws.rules.terms import DrawTerms, EntryKind, PrizeKind, PrizeTerms
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By

HOUR = timedelta(hours=1)


def make_draws(*, opened_ms: int, free_shoppers: Sequence[int]) -> None:
    """Draw two prizes among the two who paid for deals, and two exemptions among two who entered for nothing."""
    opened = from_unix_ms(opened_ms)
    before, closing = By(None, opened - HOUR), By(None, opened + HOUR + timedelta(minutes=1))
    beacon_at = opened + 2 * HOUR
    create_pool(slug="million", festival="fair", cap_minor=10_000, by=before)
    for slug, way, kind in (
        ("paid", EntryKind.PURCHASE, PrizeKind.WALLET),
        ("free", EntryKind.FREE, PrizeKind.EXEMPTION),
    ):
        ways = frozenset({EntryKind.PURCHASE, way})
        terms = DrawTerms(
            slug=slug,
            pool="million",
            name={"en": slug},
            opens_at=opened,
            closes_at=opened + HOUR,
            ways=ways,
            beacon_source="a beacon",
            beacon_at=beacon_at,
            prizes=[PrizeTerms(kind, 2, {"EU": 700})],
            markets=frozenset({"EU"}),
            # Nobody buys their way into the other one.
            minimum_minor={"EU": 0 if way is EntryKind.PURCHASE else 10**9},
        )
        create_draw(terms=terms, by=before)
        open_draw(slug=slug, by=before)
    for shopper in free_shoppers:
        enter_draw(slug="free", shopper_id=shopper, kind=EntryKind.FREE, market="EU", now=opened)
    for slug in ("paid", "free"):
        close_draw(slug=slug, by=closing)
        draw_winners(slug=slug, beacon="cafe", seen_at=beacon_at, by=By(None, beacon_at))
        award_prizes(slug=slug, now=beacon_at)
