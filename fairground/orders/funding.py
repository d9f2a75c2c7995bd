"""What orders were given off, and who pays for it: the books of promotions, coupons and red packets."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from fairground.kernel.clock import to_unix_ms
from fairground.kernel.ids import EPOCH_MS, LANES, UNIX_MS_MAX, make_id
from fairground.kernel.sql import array_text, load_sql


@dataclass(frozen=True, slots=True)
class Funded:
    """What one source gave in a market: `word` is `promotion`, `coupon` or `packet`, of which all are one (id 0)."""

    word: str
    source_id: int
    market: str
    currency: str
    platform_minor: int
    merchants_minor: int

    @property
    def amount_minor(self) -> int:
        """Return what it gave in all."""
        return self.platform_minor + self.merchants_minor


def discounts_funded(*, from_at: datetime, to_at: datetime) -> list[Funded]:
    """Return what was given off orders placed from `from_at` up to `to_at`, in one statement; not of those that ended.

    What is promised to an order that can still be paid counts, until it expires.
    """
    from_id, before_id = (make_id(unix_ms=_within(moment), lane=0, sequence=0) for moment in (from_at, to_at))
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("orders", "discounts_by_funder"),
            {"lanes": array_text(range(LANES)), "from_id": from_id, "before_id": before_id},
        )
        return [Funded(*row) for row in cursor.fetchall()]


def _within(moment: datetime) -> int:
    """Return a moment's millisecond, or the nearest in which an id can be drawn."""
    return min(max(to_unix_ms(moment), EPOCH_MS), UNIX_MS_MAX)
