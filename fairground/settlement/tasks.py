"""What runs in the background for settlement."""

from datetime import UTC, datetime

from django.conf import settings

from fairground.kernel.aside import keys_aside
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.laps import Laps
from fairground.kernel.outbox import consume_outbox
from fairground.kernel.rows import Rows, work_through
from fairground.merchants.queries import merchant_ids
from fairground.settlement.actions.propose_payouts import MERCHANTS_LOOKED_AT_MAX, propose_payouts
from fairground.settlement.actions.release_orders import (
    ORDERS_A_STEP_MAX,
    lanes_of_writers,
    note_completed,
    release_these,
)
from fairground.settlement.actions.return_reserves import RESERVES_A_BATCH_MAX, return_these
from fairground.settlement.actions.settle_deposits import DEPOSITS_A_BATCH_MAX, settle_these
from fairground.settlement.due import ReserveAt, next_deposits_due, next_due, next_reserves_due

# The consumer of the outbox, and how many events it reads in a transaction.
CONSUMER = "settlement"
EVENTS_MAX = 5_000


def release_completed() -> bool:
    """Release what was completed, a batch at a time; True while there is more to do."""
    more = read_completed()
    return work_through(RELEASES) or more


def read_completed() -> bool:
    """Write down what was completed since the last time; True while there is more to read."""
    return consume_outbox(consumer=CONSUMER, handle=note_completed, events_max=EVENTS_MAX) >= EVENTS_MAX


def settle_ended_deposits() -> bool:
    """Bring deposits that were forfeited, or went back doubled, into what their merchants are owed; True while there
    may be more.
    """
    return work_through(DEPOSITS)


def return_due_reserves() -> bool:
    """Give merchants the reserves whose days are over."""
    return work_through(RESERVES)


def propose_due_payouts() -> bool:
    """Propose the payouts that are due by their merchants' schedules."""
    work_through(PAYOUTS)
    return False


def _now_ms() -> int:
    return to_unix_ms(datetime.now(UTC))


def _merchants_to_pay() -> list[list[int]]:
    aside = keys_aside(chore="payouts")
    ids = [one for one in merchant_ids() if str(one) not in aside]
    return [ids[first : first + MERCHANTS_LOOKED_AT_MAX] for first in range(0, len(ids), MERCHANTS_LOOKED_AT_MAX)]


_RELEASE_LAPS = Laps[int](
    stretches=lanes_of_writers,
    read=lambda lanes, after: next_due(lanes=lanes, after_id=after, orders_max=ORDERS_A_STEP_MAX),
    full=ORDERS_A_STEP_MAX,
)
_DEPOSIT_LAPS = Laps[int](
    stretches=lanes_of_writers,
    read=lambda lanes, after: next_deposits_due(lanes=lanes, after_id=after, deposits_max=DEPOSITS_A_BATCH_MAX),
    full=DEPOSITS_A_BATCH_MAX,
)
_RESERVE_LAPS = Laps[ReserveAt](
    stretches=lanes_of_writers,
    read=lambda lanes, after: next_reserves_due(
        lanes=lanes, now=datetime.now(UTC), after=after, orders_max=RESERVES_A_BATCH_MAX
    ),
    full=RESERVES_A_BATCH_MAX,
)
# The names are those that the reads leave out, in `sql/`.
RELEASES = Rows(
    name="releases",
    due=_RELEASE_LAPS.step,
    do=lambda order_ids: release_these(order_ids=order_ids, now_ms=_now_ms()),
    full=ORDERS_A_STEP_MAX,
    key_of=int,
)
DEPOSITS = Rows(
    name="deposits",
    due=_DEPOSIT_LAPS.step,
    do=lambda order_ids: settle_these(order_ids=order_ids, now_ms=_now_ms()),
    full=DEPOSITS_A_BATCH_MAX,
    key_of=int,
)
RESERVES = Rows(
    name="reserves",
    due=lambda: ([one.order_id for one in some] for some in _RESERVE_LAPS.step()),
    do=lambda order_ids: return_these(order_ids=order_ids, now_ms=_now_ms()),
    full=RESERVES_A_BATCH_MAX,
    key_of=int,
)
# By merchant; all are looked at in a round, so there is never more.
PAYOUTS = Rows(
    name="payouts",
    due=_merchants_to_pay,
    do=lambda ids: propose_payouts(now_ms=_now_ms(), is_real=settings.REALM.is_real, merchants=ids),
    full=MERCHANTS_LOOKED_AT_MAX,
    key_of=int,
)
