"""The days of cases by market: those that somebody set, else the platform's."""

from fairground.aftersales.deadlines import NAMES, CaseDays
from fairground.aftersales.models import MarketDays
from fairground.markets.queries import MarketFacts, market_facts


def case_days(*, market: str) -> CaseDays:
    """Return what each has in a case of a market that is opened now."""
    row = MarketDays.objects.filter(market=market).values_list(*NAMES).first()
    return CaseDays(*row) if row else CaseDays()


def days_by_market() -> list[tuple[MarketFacts, CaseDays, bool]]:
    """Return every market with its days, and whether they are its own, in the codes' order."""
    own = {market: CaseDays(*days) for market, *days in MarketDays.objects.values_list("market", *NAMES)}
    return [(one, own.get(one.code, CaseDays()), one.code in own) for one in market_facts()]
