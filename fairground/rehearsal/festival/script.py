"""What is rehearsed: how large each act of a festival is, how long its phases last, and who does what by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fairground.festivals.phase_plan import PhaseKind
from fairground.rehearsal.festival.clerks import Clerks

# Of the shoppers: who orders at the opening, who orders ahead. Both together leave room for those sent away.
ORDERS_PERCENT, PRESALES_PERCENT = 60, 10
# More shoppers ask for a coupon, or grab for a packet, than there are.
COUPONS_PERCENT, PACKETS_PERCENT = 50, 40
# Of the orders at the opening, those with a discount; of a merchant's goods, at most so many become deals.
DISCOUNTED_PERCENT = 30
DEALS_A_MERCHANT_MAX = 12
SHOPPERS_A_DEAL = 150
# Who buys a bargain until its budget is gone, of those who ordered ahead.
BARGAIN_BUYERS_MAX = 500
# Fewer shoppers leave an act without anybody who does what it is about.
SHOPPERS_MIN = 300


class Refunded(Protocol):
    """What went back of a line."""

    @property
    def currency(self) -> str:
        """Return the currency of what went back."""

    @property
    def paid_minor(self) -> int:
        """Return what went back, in minor units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What people do at a desk or on a page of theirs, which only the checkout knows how to do.

    `cancel` takes a purchase of a shopper's that is not paid in full, `break_off` presales that a merchant can't keep,
    `advance` paid orders on: to shipped, delivered, completed, or cancelled with the money back. `refund` pays units of
    their lines back, and tells what for each.
    """

    cancel: Callable[..., None]
    break_off: Callable[..., None]
    advance: Callable[..., None]
    refund: Callable[..., Sequence[Refunded]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FestivalScript:
    """A rehearsal of a festival before it runs. `sign` mints a pass: (shopper id, seconds it is good for)."""

    shoppers: int
    host: str
    port: int
    folder: Path
    realm: str
    sign: Callable[[int, int], str]
    desk: Desk
    clerks: Clerks
    seed: int = 11
    pace: float = 1.0

    @property
    def orders(self) -> int:
        """How many purchases the opening places."""
        return self.shoppers * ORDERS_PERCENT // 100

    @property
    def presales(self) -> int:
        """How many purchases are ordered ahead."""
        return self.shoppers * PRESALES_PERCENT // 100

    @property
    def bargain_buyers(self) -> int:
        """How many buy what has a budget that runs out; they are of those who ordered ahead."""
        return min(BARGAIN_BUYERS_MAX, self.presales)

    @property
    def deals_a_merchant(self) -> int:
        """How many deals a merchant declares, if it has so many goods."""
        return max(2, min(DEALS_A_MERCHANT_MAX, self.shoppers // SHOPPERS_A_DEAL))

    def lengths_s(self) -> dict[PhaseKind, float]:
        """Return how long each phase lasts on a machine of two cores, in seconds.

        Until the presale the calendar is moved as the acts go, so these are only where it begins. From then on nothing
        moves, and each act has about twice the time that it takes. Between the balance window and the end of the sale
        the program ends what was not paid, for which it looks every five seconds.
        """
        some = self.shoppers / 1000
        balance_s = 2.2 + some
        lengths = {
            PhaseKind.ANNOUNCEMENT: 0.5,
            PhaseKind.ENROLMENT: 30.0,
            PhaseKind.WARM_UP: 30.0,
            PhaseKind.PRESALE: 2.2 + 0.4 * some,
            PhaseKind.GALA: 2.5 + 0.7 * some,
            PhaseKind.OPENING: 1.0 + 0.5 * some,
            PhaseKind.BALANCE: balance_s,
            PhaseKind.SALE: balance_s + 5.7 + 0.5 * some,
            PhaseKind.AFTER_SALE: 1.5 + some,
        }
        return {kind: length_s * self.pace for kind, length_s in lengths.items()}
