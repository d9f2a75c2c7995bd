"""What deals did not sell goes back to the SKUs from which it was taken at the freeze."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import tell_offers_changed
from fairground.kernel.ids import LANES
from fairground.kernel.sql import load_sql
from fairground.kernel.writer import take_turn, writers_of_lanes

# As many as a freeze moves at a time: batches of orders wait for so long.
RETURNED_A_TURN_MAX = 500


@dataclass(frozen=True, slots=True)
class ReturnedUnits:
    """The deals that had something left, their units, and the units that unpaid purchases still hold."""

    deals: int
    units: int
    reserved: int


def return_leftovers(*, festival: str, now: datetime) -> ReturnedUnits:
    """Move the free units of the festival's deals that are closed everywhere by now back to their SKUs' own stock rows.

    Units that are reserved stay until their purchase is paid or ends; calling it again then goes on from there.
    """
    deals = units = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            turn = take_turn(
                writer_ids=writers_of_lanes(range(LANES)), now_ms=to_unix_ms(now), ids_max=0, outbox_rows=0
            )
            cursor.execute(
                load_sql("inventory", "return_leftovers"),
                {"festival": festival, "now": now, "deals_max": RETURNED_A_TURN_MAX},
            )
            chunk_deals, chunk_units = cursor.fetchone() or (0, 0)
            if chunk_deals:
                tell_offers_changed(turn)
        deals, units = deals + chunk_deals, units + int(chunk_units)
        if chunk_deals < RETURNED_A_TURN_MAX:
            break
    with connection.cursor() as cursor:
        cursor.execute(load_sql("inventory", "reserved_in_closed_deals"), {"festival": festival, "now": now})
        (reserved,) = cursor.fetchone() or (0,)
    return ReturnedUnits(deals, units, int(reserved))
