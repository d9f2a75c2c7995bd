"""What is done after the sale by shoppers, merchants and the staff, which apps above the rehearsal know how to do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class PayoutProposed(Protocol):
    """A payout that waits for somebody to approve it."""

    @property
    def id(self) -> int:
        """Return its id."""

    @property
    def amount_minor(self) -> int:
        """Return what its merchant is owed by it, in minor units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clerks:
    """What is done after the sale.

    `ship` hands orders over in parcels with a number each and tells how many were; `confirm` is a shopper's word that
    an order came. `ask` opens a case about a unit of an order's first line, `refuse` ends it for the merchant,
    `take_back` has it accepted, sent back and received, and tells what was paid back. `sweep_cases` and `receive_due`
    do at a moment what deadlines say. `settle` releases, gives reserves back and proposes payouts.
    """

    ship: Callable[..., int]
    confirm: Callable[..., None]
    ask: Callable[..., int]
    refuse: Callable[..., None]
    take_back: Callable[..., int]
    sweep_cases: Callable[..., int]
    receive_due: Callable[..., int]
    keep_reserve: Callable[..., None]
    settle: Callable[..., Mapping[str, int]]
    proposed: Callable[[], Sequence[PayoutProposed]]
    advance_payout: Callable[..., None]
