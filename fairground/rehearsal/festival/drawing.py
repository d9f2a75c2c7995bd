"""The draw: every paid purchase of the festival enters, some enter for nothing, and anybody can verify who won.

Its minute after the closing and the ten until the beacon are what makes it fair, and can't be shorter: they are passed
by the moment that the operator's commands name, not by waiting.
"""

import secrets
from datetime import UTC, datetime, timedelta

from fairground.draws.actions.announce_draws import create_draw, create_pool, open_draw
from fairground.draws.actions.award_prizes import award_prizes
from fairground.draws.actions.draw_winners import close_draw, draw_winners
from fairground.draws.actions.enter_draws import enter_draw
from fairground.draws.queries import draw_facts, published_file
from fairground.draws.rules.published import verify_published
from fairground.draws.rules.terms import BEACON_AFTER, SETTLED_AFTER, DrawTerms, EntryKind, PrizeKind, PrizeTerms
from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.kernel.edits import By
from fairground.rehearsal.festival.calendar import SLUG
from fairground.rehearsal.festival.grounds import Crowd, Grounds, by_hand

POOL, DRAW = "rehearsed-pool", "rehearsed-draw"
# A million euros: more than all prizes together, so that each is paid what it is worth.
CAP_MINOR = 100_000_000
WALLET_PRIZES, EXEMPTIONS = 5, 20
# In minor units of each market's currency; an exemption is the purchase, up to this.
WALLET_PRIZE_MINOR, EXEMPTION_MINOR = 10_000, 200_000
FREE_ENTRIES = 50
# Whoever announces needs a moment before entry begins.
_BEGINS_IN = timedelta(seconds=1)
_LISTED = "draw.jsonl"


def announce_draw(ground: Grounds, crowd: Crowd) -> None:
    """Make the pool and the draw, and announce it; entry ends with the sale."""
    closes_at = ground.calendar.at(PhaseKind.SALE, Edge.ENDS)
    opens_at = datetime.now(UTC) + _BEGINS_IN
    amounts = {kind: dict.fromkeys(crowd.goods.currency_of_market, minor) for kind, minor in _PRIZES_MINOR.items()}
    create_pool(slug=POOL, festival=SLUG, cap_minor=CAP_MINOR, by=by_hand())
    terms = DrawTerms(
        slug=DRAW,
        pool=POOL,
        name={"en": "Draw of the rehearsed fair"},
        opens_at=opens_at,
        closes_at=closes_at,
        ways=frozenset({EntryKind.PURCHASE, EntryKind.FREE}),
        beacon_source="a random value of the rehearsal's own",
        beacon_at=closes_at + SETTLED_AFTER + BEACON_AFTER,
        prizes=[
            PrizeTerms(PrizeKind.WALLET, WALLET_PRIZES, amounts[PrizeKind.WALLET]),
            PrizeTerms(PrizeKind.EXEMPTION, EXEMPTIONS, amounts[PrizeKind.EXEMPTION]),
        ],
        entries_max=3,
    )
    create_draw(terms=terms, by=by_hand())
    open_draw(slug=DRAW, by=by_hand())


_PRIZES_MINOR = {PrizeKind.WALLET: WALLET_PRIZE_MINOR, PrizeKind.EXEMPTION: EXEMPTION_MINOR}


def enter_for_nothing(ground: Grounds, crowd: Crowd) -> None:
    """Let some shoppers enter by the free way, as the draw's page does."""
    entering = crowd.shopper_ids[:FREE_ENTRIES]
    for shopper_id in entering:
        enter_draw(slug=DRAW, shopper_id=shopper_id, kind=EntryKind.FREE, market="US", now=datetime.now(UTC))
    ground.counts["draw_free_entries"] = len(entering)


def draw_in_public(ground: Grounds) -> None:
    """Close the draw after the sale, draw by a beacon, publish the file and verify it by nothing but itself."""
    ground.calendar.wait_until_done(PhaseKind.SALE, Edge.ENDS)
    facts = draw_facts(slug=DRAW)
    assert facts is not None, DRAW
    root = close_draw(slug=DRAW, by=By(user_id=None, now=facts.closes_at + SETTLED_AFTER))
    closed = draw_facts(slug=DRAW)
    assert closed is not None, DRAW
    won = draw_winners(
        slug=DRAW, beacon=secrets.token_hex(32), seen_at=closed.beacon_at, by=By(user_id=None, now=closed.beacon_at)
    )
    path = ground.script.folder / _LISTED
    with path.open("wb") as file:
        for piece in published_file(slug=DRAW):
            file.write(piece)
    with path.open("rb") as lines:
        verified = verify_published(iter(lines), root_noted=root)
    ground.unexpected += [f"the draw's file: {one.key} {one.detail}" for one in verified.findings if not one.ok]
    if not verified.is_drawn or len(verified.winners) != won:
        ground.unexpected.append(f"the draw's file has {len(verified.winners)} winners of {won}")
    ground.told.draw, ground.told.draw_root, ground.told.draw_entries = DRAW, root, verified.head.entries
    ground.counts["draw_entries"], ground.counts["draw_winners"] = verified.head.entries, won
    ground.say(f"{won} prizes drawn from {verified.head.entries:,} entries, the published file verified")


def award(ground: Grounds) -> None:
    """Award what was won; exemptions come once nothing of the purchase can be cancelled any more."""
    done = award_prizes(slug=DRAW, now=datetime.now(UTC))
    ground.counts["draw_awarded"] = ground.counts["draw_winners"] - done.waiting
    if done.waiting:
        ground.unexpected.append(f"{done.waiting} prizes still wait for their purchases")
