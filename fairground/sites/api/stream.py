"""Live stock: how many units of each deal are left, for whoever is looking."""

import time

from fairground.inventory.queries import deal_units_left
from fairground.sites.switches import Part, is_on

# A page is read, then opens its stream, or lost it for a moment: what changed meanwhile is told again for so long.
TOLD_FOR_S = 15.0


class DealStock:
    """The source of `/v1/deals/stream`: free units by deal id, of the deals whose number changed lately.

    A reader has the page's own numbers, so what did not change need not be told.
    """

    event = "stock"

    def __init__(self) -> None:
        self._left: dict[int, int] = {}
        self._changed_at: dict[int, float] = {}

    def poll(self) -> object:
        """Return {deal id: free units} of what changed; nothing while live stock is turned off."""
        if not is_on(Part.LIVE_STOCK):
            return {}
        now = time.monotonic()
        left = deal_units_left()
        for deal_id, units in left.items():
            if self._left.get(deal_id) != units:
                self._changed_at[deal_id] = now
        self._left = left
        return {
            str(deal_id): left[deal_id]
            for deal_id, changed_at in self._changed_at.items()
            if now - changed_at < TOLD_FOR_S and deal_id in left
        }
