"""What orders hold on a person: read whole for who asks for it, and erased when its time is over."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from fairground.kernel.clock import to_unix_ms
from fairground.kernel.ids import EPOCH_MS, LANES, lane_of, make_id
from fairground.kernel.sql import array_text, load_sql
from fairground.orders.rules import ADDRESS_KEPT_MS, Step, purchase_number

# In each lane: rows that a delete leaves and vacuum takes, while the sale goes on.
ERASED_A_LANE_MAX = 100


def personal_purchases(*, shopper_ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield everything about the purchases of these shoppers, the oldest first, one at a time from the database."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("orders", "personal_purchases"), _of(shopper_ids))
        for (found,) in cursor:
            purchase = json.loads(found) if isinstance(found, str) else found
            number = purchase_number(int(purchase.pop("purchase_id")), int(purchase.pop("random_bits")))
            orders = [{**order, "state": Step(order["state"]).name.lower()} for order in purchase.pop("orders")]
            state = Step(purchase.pop("state")).name.lower()
            yield {"number": number, "state": state, **purchase, "orders": orders}


def erase_addresses_of(*, shopper_ids: Sequence[int]) -> None:
    """Erase where the orders of these shoppers went that are over; of the others, when they end."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("orders", "erase_addresses_of"), _of(shopper_ids))


def erase_due_addresses(*, now: datetime) -> bool:
    """Erase addresses whose time is over, and those of noted orders that ended; return whether there may be more."""
    oldest_ms = max(EPOCH_MS, to_unix_ms(now) - ADDRESS_KEPT_MS)
    with connection.cursor() as cursor:
        cursor.execute(load_sql("orders", "erase_noted_addresses"))
        cursor.execute(
            load_sql("orders", "erase_due_addresses"),
            {
                "lanes": LANES,
                "before_id": make_id(unix_ms=oldest_ms + 1, lane=0, sequence=0),
                "now": now,
                "rows_max": ERASED_A_LANE_MAX,
            },
        )
        return bool(cursor.rowcount >= ERASED_A_LANE_MAX)


def _of(shopper_ids: Sequence[int]) -> dict[str, str]:
    return {"lanes": array_text(map(lane_of, shopper_ids)), "shoppers": array_text(shopper_ids)}
