"""Draws in the shop that DATABASE_URL names, open, closed and drawn, and who has entered them; prints a session."""

import json
from datetime import UTC, datetime, timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402

from fairground.draws.actions.announce_draws import create_draw, create_pool, open_draw  # noqa: E402
from fairground.draws.actions.award_prizes import award_prizes  # noqa: E402
from fairground.draws.actions.draw_winners import close_draw, draw_winners  # noqa: E402
from fairground.draws.actions.enter_draws import enter_draw  # noqa: E402
from fairground.draws.models import Draw  # noqa: E402
from fairground.draws.rules.terms import DrawTerms, EntryKind, PrizeKind, PrizeTerms  # noqa: E402
from fairground.festivals.models import Festival  # noqa: E402
from fairground.identity.actions import create_shoppers  # noqa: E402
from fairground.identity.models import User  # noqa: E402
from fairground.kernel.clock import to_unix_ms  # noqa: E402
from fairground.kernel.edits import By  # noqa: E402
from fairground.markets.queries import market_currencies  # noqa: E402
from tests.people_making import make_user  # noqa: E402

EMAIL = "draw@example.org"
DAY = timedelta(days=1)
NAMES = {"open": "The gala's draw", "closed": "The draw of the eve", "drawn": "The draw of the first night"}


def announce(slug: str, *, by: By, opens_at: datetime) -> None:
    """Announce a draw of two days for all markets."""
    markets = market_currencies()
    prizes = [
        PrizeTerms(PrizeKind.WALLET, 1, dict.fromkeys(markets, 1_000_000)),
        PrizeTerms(PrizeKind.EXEMPTION, 25, dict.fromkeys(markets, 50_000)),
    ]
    terms = DrawTerms(
        slug=slug,
        pool="million",
        name={"en": NAMES[slug], "ar": "سحب الحفل"},
        opens_at=opens_at,
        closes_at=opens_at + 2 * DAY,
        ways=frozenset(EntryKind),
        beacon_source="drand quicknet, randomness of the first round",
        beacon_at=opens_at + 3 * DAY,
        prizes=prizes,
        entries_max=3,
    )
    create_draw(terms=terms, by=by)
    open_draw(slug=slug, by=by)


def fill() -> None:
    """Make the draws once, each entered by thirty shoppers, one of whom signs in."""
    now = datetime.now(UTC)
    past = By(user_id=None, now=now - 9 * DAY)
    if not Draw.objects.exists():
        festival = Festival.objects.values_list("slug", flat=True)[0]
        create_pool(slug="million", festival=festival, cap_minor=100_000_000, by=past)
        shoppers = create_shoppers(count=30, now_ms=to_unix_ms(past.now))
        make_user(email=EMAIL, name="Ana", shopper_id=shoppers[0])
        announce("open", by=past, opens_at=now - DAY)
        for slug in ("closed", "drawn"):
            announce(slug, by=past, opens_at=now - 8 * DAY)
        for slug, at in (("open", now - DAY / 2), ("closed", now - 7 * DAY), ("drawn", now - 7 * DAY)):
            for shopper in shoppers:
                enter_draw(slug=slug, shopper_id=shopper, kind=EntryKind.FREE, market="EU", now=at)
        for slug in ("closed", "drawn"):
            close_draw(slug=slug, by=By(None, now - 6 * DAY + timedelta(minutes=1)))
        draw_winners(slug="drawn", beacon="9bf7" * 16, seen_at=now - 4 * DAY, by=By(None, now))
        award_prizes(slug="drawn", now=now)
    user = User.objects.get(email=EMAIL)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    print(json.dumps({"session": session.session_key}))


if __name__ == "__main__":
    fill()
