"""Using what lies in packets, and giving it back: for the journeys that place purchases and end them."""

from collections.abc import Mapping

from django.db import connection

from fairground.kernel.ids import lane_of
from fairground.kernel.sql import array_text, load_sql


def take_packets(taken: Mapping[int, int]) -> None:
    """Count amounts as used, in minor units by packet id; the caller holds the turn of the packets' lanes.

    More than lies in a packet breaks its CHECK and with it the whole transaction.
    """
    _use_packets(taken)


def return_packets(returned: Mapping[int, int]) -> None:
    """Give amounts that were taken back to their packets, in minor units by packet id, under the same turn."""
    _use_packets({packet_id: -amount_minor for packet_id, amount_minor in returned.items()})


def _use_packets(amounts_minor: Mapping[int, int]) -> None:
    if not amounts_minor:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("redpackets", "use_packets"),
            {
                "lanes": array_text(map(lane_of, amounts_minor)),
                "ids": array_text(amounts_minor),
                "amounts_minor": array_text(amounts_minor.values()),
            },
        )
        assert cursor.rowcount == len(amounts_minor), "a packet that is not there was used"
