"""Who reads a page: in which market, in which language, and at which moment of which festival."""

import time
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest

from fairground.dashboard.queries import FestivalFacts, current_festival
from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.markets.queries import MarketFacts, market_facts, time_zone_of
from fairground.sites.languages import catalogue_language
from fairground.sites.moment import ForAMoment


@dataclass(frozen=True, slots=True)
class Reader:
    """What a page depends on besides its address. `query` carries what was chosen, or is empty.

    `festival` opens and closes as it does in the market. `away`: the market is another one than would be shown
    without a choice.
    """

    market: MarketFacts | None
    markets: list[MarketFacts]
    language: str
    query: str
    festival: FestivalFacts | None
    now: datetime
    away: bool = False

    @property
    def festival_slug(self) -> str | None:
        """Return the festival whose deals count, or None outside of one."""
        return self.festival.slug if self.festival else None

    def zone_of(self, market: str) -> str:
        """Return the time zone of a market, such as that in which something was bought."""
        return time_zone_of(market=market, among=self.markets)


_festival = ForAMoment(lambda: current_festival(now_ms=time.time_ns() // 1_000_000))
_markets = ForAMoment(market_facts)


def reader_at(request: HttpRequest, *, now: datetime) -> Reader:
    """Return the reader of a request as if it were asked at a moment: in the festival that is the current one then."""
    reader = reader_of(request)
    festival = current_festival(now_ms=to_unix_ms(now))
    return replace(reader, now=now, festival=_in_market(festival, reader.market))


def reader_of(request: HttpRequest) -> Reader:
    """Return the reader of a request; a market that there is not counts as not chosen.

    What the address says goes before what the cookie keeps. Who chose none is in the first market that pays in the
    festival's currency, else in the first.
    """
    now_ms = time.time_ns() // 1_000_000
    festival, markets = _festival(), _markets()
    home = [market for market in markets if festival and market.currency == festival.currency]
    asked = [market for market in markets if market.code == request.GET.get("market")]
    remembered = [market for market in markets if market.code == request.COOKIES.get(settings.MARKET_COOKIE_NAME)]
    kept = {"market": asked[0].code} if asked else {}
    if request.GET.get("lang") in dict(settings.LANGUAGES):
        kept["lang"] = request.GET["lang"]
    unchosen = next(iter([*home, *markets]), None)
    market = next(iter([*asked, *remembered]), unchosen)
    return Reader(
        market=market,
        markets=markets,
        language=catalogue_language(),
        query=f"?{urlencode(kept)}" if kept else "",
        festival=_in_market(festival, market),
        now=from_unix_ms(now_ms),
        away=market != unchosen,
    )


def _in_market(festival: FestivalFacts | None, market: MarketFacts | None) -> FestivalFacts | None:
    return festival.in_market(market.code) if festival and market else festival
