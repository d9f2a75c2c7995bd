"""Live stock: how many units of each deal are left, for whoever is looking."""

from fairground.inventory.queries import deal_units_left


class DealStock:
    """The source of `/v1/deals/stream`: free units by deal id, of the deals whose number changed since the last look.

    A new reader has the page's own numbers, so what did not change need not be told.
    """

    event = "stock"

    def __init__(self) -> None:
        self._before: dict[int, int] = {}

    def poll(self) -> object:
        """Return {deal id: free units} of what changed."""
        left = deal_units_left()
        changed = {str(deal_id): units for deal_id, units in left.items() if self._before.get(deal_id) != units}
        self._before = left
        return changed
