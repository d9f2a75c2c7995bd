"""Setting the days of cases in a market; cases that are open keep theirs."""

from dataclasses import asdict

from django.db import transaction

from fairground.aftersales.deadlines import CaseDays, out_of_range
from fairground.aftersales.market_days import case_days
from fairground.aftersales.models import MarketDays
from fairground.kernel.edits import Act, By, require_reason, write_audit
from fairground.kernel.refusal import Refusal
from fairground.markets.models import Market


class NoSuchMarket(Refusal):
    """There is no such market."""


class DaysOutOfRange(Refusal):
    """The times with these `names` are shorter than a day, or longer than anybody gives."""


def set_case_days(*, market: str, days: CaseDays, by: By) -> bool:
    """Give the cases that are opened from now on in a market these days, and return whether that changed anything.

    Those of the platform are no more the market's own. It is in the audit log. No batch knows of it, so no turn.

    :raises ReasonMissing: no reason is given, or a longer one; nothing changed
    :raises NoSuchMarket: there is none of this code
    :raises DaysOutOfRange: some are too few or too many; nothing changed
    """
    require_reason(by)
    wrong = out_of_range(days)
    if wrong:
        raise DaysOutOfRange(names=wrong)
    with transaction.atomic(durable=True):
        if not Market.objects.select_for_update().filter(code=market).exists():
            raise NoSuchMarket(market=market)
        before = case_days(market=market)
        if before == days:
            return False
        if days == CaseDays():
            MarketDays.objects.filter(market=market).delete()
        else:
            MarketDays.objects.update_or_create(market=market, defaults=asdict(days))
        was, now = asdict(before), asdict(days)
        changes = {name: (was[name], now[name]) for name in now if was[name] != now[name]}
        write_audit(by=by, acts=[Act("case-days-set", "market", market, changes)])
    return True
