"""What one of the staff gave away on a day, or said was sold: counted over every way in which money comes to be.

In cents of a euro, so that it is the same limit in each currency, and one over all of them. Whoever has the command
line is one of the staff for this, and no more than one.
"""

from datetime import UTC

from django.db import connection

from fairground.kernel.edits import By, busy_where_locked
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import load_sql
from fairground.payments.rules import GIVEN_A_DAY_MAX_CENTS, SOLD_A_DAY_MAX_CENTS

# Whoever has the command line, among who gave how much on a day.
COMMAND_LINE = 0


class StaffDayFull(Refusal):
    """With this, one of the staff would have given away, or issued as sold, more on a day than one person may."""


class MoreThanADay(StaffDayFull):
    """So much nobody may give away, or issue as sold, on any day: only parts of it."""


def require_within_a_day(*, cents: int, is_sold: bool) -> None:
    """Refuse what is more, in cents of a euro, than one of the staff may give away, or issue as sold, on a whole day.

    :raises MoreThanADay: it is
    """
    most = _most(is_sold)
    if cents > most:
        raise MoreThanADay(cents=cents, day_max_cents=most, is_sold=is_sold)


def count_on_day(*, by: By, cents: int, is_sold: bool) -> None:
    """Add to what one of the staff gave away, or issued as sold, that day (UTC), in cents of a euro.

    Who counts for the same one at the same moment waits for the end of this transaction.

    :raises StaffDayFull: it would be more than one may, `MoreThanADay` where it is so alone; the caller's transaction
        must not commit
    :raises ShopBusy: somebody else's did not end in time; the caller's transaction must not commit
    """
    # The row is written by its first sum as well as by a further one, and only the further one is compared there.
    require_within_a_day(cents=cents, is_sold=is_sold)
    most = _most(is_sold)
    with connection.cursor() as cursor, busy_where_locked():
        cursor.execute(
            load_sql("payments", "count_on_day"),
            {
                "user_id": by.user_id or COMMAND_LINE,
                "day": by.now.astimezone(UTC).date(),
                "is_sold": is_sold,
                "cents": cents,
                "cents_max": most,
            },
        )
        if cursor.fetchone() is None:
            raise StaffDayFull(cents=cents, day_max_cents=most, is_sold=is_sold)


def _most(is_sold: bool) -> int:
    return SOLD_A_DAY_MAX_CENTS if is_sold else GIVEN_A_DAY_MAX_CENTS
