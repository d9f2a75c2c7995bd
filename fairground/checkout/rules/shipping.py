"""Deciding what leaves in a parcel, and what of an order can still go back on the shelf beside its parcels."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from fairground.checkout.rules.refunding import LineSold
from fairground.fulfilment.rules import Parcel, ParcelPlan
from fairground.kernel.refusal import Refusal


class NothingToShip(Refusal):
    """Nothing of the order is left to be shipped."""


class TooManyToShip(Refusal):
    """Fewer units of a line are left to be shipped."""


class TrackingMissing(Refusal):
    """A parcel with a part of an order needs a tracking number: it is how two parcels are told apart."""


class PartlyShipped(Refusal):
    """Units that shall go back have left in a parcel, while others of the order are still here."""


class ParcelAsked(Struct, frozen=True):
    """A parcel that somebody hands over; `units` by line number, or None for all that is left of the order.

    `merchant_id`: whose order it must be, where a merchant asks.
    """

    order_id: int
    carrier: str
    tracking_number: str
    units: Mapping[int, int] | None = None
    merchant_id: int | None = None


def units_shipped(parcels: Sequence[Parcel]) -> dict[int, int]:
    """Return how many units of each line are in parcels."""
    shipped: dict[int, int] = {}
    for parcel in parcels:
        for line_no, units in parcel.units.items():
            shipped[line_no] = shipped.get(line_no, 0) + units
    return shipped


def decide_parcel(asked: ParcelAsked, *, lines: Sequence[LineSold], parcels: Sequence[Parcel]) -> ParcelPlan | Refusal:
    """Return the parcel that will be written of an order that is paid and not shipped yet, or why there is none."""
    shipped = units_shipped(parcels)
    left = {one.line_no: one.kept_units - shipped.get(one.line_no, 0) for one in lines}
    left = {line_no: units for line_no, units in left.items() if units}
    if not left:
        return NothingToShip(order_id=asked.order_id)
    units = left if asked.units is None else dict(asked.units)
    for line_no, wanted in sorted(units.items()):
        if not 0 < wanted <= left.get(line_no, 0):
            return TooManyToShip(order_id=asked.order_id, line_no=line_no, left=left.get(line_no, 0), asked=wanted)
    if units != left and not asked.tracking_number:
        return TrackingMissing(order_id=asked.order_id)
    return ParcelPlan(asked.order_id, len(parcels) + 1, asked.carrier, asked.tracking_number, units)


def is_all_shipped(*, lines: Sequence[LineSold], shipped: Mapping[int, int]) -> bool:
    """Return whether every unit that is kept is in a parcel, of at least one."""
    return all(one.kept_units == shipped.get(one.line_no, 0) for one in lines) and any(shipped.values())
