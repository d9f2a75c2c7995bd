"""What the background does for exchange rates: it fetches them, where the operator named an address."""

import logging
from datetime import UTC, datetime

from django.conf import settings

from fairground.kernel.edits import By
from fairground.markets.fetching import FetchFailed, fetch_rates
from fairground.markets.queries import last_published_day, newest_rates_day
from fairground.markets.rate_files import UnreadableRates, read_rates
from fairground.markets.rules import RateSource
from fairground.markets.storing_rates import store_rates

logger = logging.getLogger(__name__)


def fetch_published_rates() -> bool | None:
    """Fetch the bank's rates from `RATES_URL` if a working day's are missing; None where that was in vain."""
    return fetch_missing_rates(url=settings.RATES_URL, now=datetime.now(UTC))


def fetch_missing_rates(*, url: str, now: datetime) -> bool | None:
    """Store what lies at an address if the last working day's rates are not there; False: nothing more is to do.

    None where it was in vain: the log says why, and what is stored stays. Who has the last working day's asks nobody,
    so that it is once a working day; on a day on which the bank rests, as often as it is called.
    """
    newest = newest_rates_day()
    if newest is not None and newest >= last_published_day(now=now):
        return False
    try:
        read = read_rates(fetch_rates(url), today=now.date())
    except (FetchFailed, UnreadableRates) as error:
        logger.warning("no exchange rates: %s", error)
        return None
    stored = store_rates(rates=read.rates, source=RateSource.ECB, by=By(user_id=None, now=now))
    if read.errors or stored.different:
        logger.warning("exchange rates: %s places unreadable, %s stored otherwise", read.errors, stored.different)
    return False
