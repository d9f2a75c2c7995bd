"""Pure decisions about parcels, about when orders go on by themselves, and about withdrawals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from fairground.orders.rules import Step

CARRIER_LENGTH_MAX = 60
TRACKING_LENGTH_MAX = 60
NAME_LENGTH_MAX = 120
# What parts of an order are withdrawn from, in somebody's own words: a short letter.
STATEMENT_LENGTH_MAX = 1_000
# Delivery takes at most thirty days where nothing else was agreed on (Directive 2011/83/EU, Art. 18(1)): where nobody
# says when a parcel came, it counts as delivered then.
ASSUMED_DELIVERED_DAYS = 30
# Where the law gives no time to change one's mind, there is still a week to look at what came.
COMPLETES_DAYS_MIN = 7
# The trader pays back within fourteen days of being told of the withdrawal (Directive 2011/83/EU, Art. 13(1)).
REFUND_DAYS = 14
_SATURDAY = 5
_DAYS_A_WEEK = 7


class WithdrawalEnd(IntEnum):
    """What became of a withdrawal."""

    CANCELLED = 1  # nothing had left: the order is cancelled and paid back
    NOTED = 2  # the staff pays back when the goods are back, or have to look at what is meant
    LATE = 3  # the time was over
    NO_RIGHT = 4  # the market gives no such right, or a private person sold
    NOTHING_LEFT = 5  # the order had ended, or all of it had gone back before


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel of an order; `units` by line number."""

    shipment_no: int
    carrier: str
    tracking_number: str
    shipped_at: datetime
    delivered_at: datetime | None
    units: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class ParcelPlan:
    """A parcel that will be written; `units` by line number."""

    order_id: int
    shipment_no: int
    carrier: str
    tracking_number: str
    units: Mapping[int, int]


def tidy_carrier(text: str) -> str:
    """Return a carrier's name with single spaces."""
    return " ".join(text.split())


def tidy_tracking(text: str) -> str:
    """Return a tracking number without spaces and in capitals, so that it is the same however it was typed."""
    return "".join(text.split()).upper()


def withdrawal_ends_at(*, delivered_at: datetime, days: int, zone: str) -> datetime:
    """Return when the time to change one's mind is over: with the last hour of its last day, in the market's zone.

    The day of delivery does not count, and a time does not end on a Saturday or a Sunday (Regulation (EEC) 1182/71,
    Art. 3). Holidays of a country are not known here.
    """
    last = delivered_at.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    if last.weekday() >= _SATURDAY:
        last += timedelta(days=_DAYS_A_WEEK - last.weekday())
    ends_at = datetime.combine(last + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))
    return ends_at.astimezone(UTC)


def completes_at(*, delivered_at: datetime, days: int, zone: str) -> datetime:
    """Return when a delivered order is completed by itself: not while it may be withdrawn from, nor within a week."""
    return withdrawal_ends_at(delivered_at=delivered_at, days=max(days, COMPLETES_DAYS_MIN), zone=zone)


def assumed_delivered_at(*, shipped_at: datetime) -> datetime:
    """Return when a shipped order counts as delivered where nobody says so."""
    return shipped_at + timedelta(days=ASSUMED_DELIVERED_DAYS)


@dataclass(frozen=True, slots=True)
class WithdrawnOrder:
    """An order as a withdrawal must know it; `kept_units`: how many of it did not go back."""

    state: Step
    ended_at: datetime | None
    delivered_at: datetime | None
    kept_units: int
    has_parcels: bool


def decide_withdrawal(
    order: WithdrawnOrder, *, declared_at: datetime, days: int, zone: str, is_partial: bool
) -> WithdrawalEnd:
    """Return what becomes of a withdrawal from an order, by the law of its market (`days`; 0: no such right to it).

    In time is who declares it before the last moment, whenever it is looked at (Directive 2011/83/EU, Art. 11(2)).
    """
    if not days:
        return WithdrawalEnd.NO_RIGHT
    if order.state in {Step.CANCELLED, Step.EXPIRED}:
        since = order.ended_at is not None and order.ended_at >= declared_at
        return WithdrawalEnd.CANCELLED if since else WithdrawalEnd.NOTHING_LEFT
    if not order.kept_units:
        return WithdrawalEnd.NOTHING_LEFT
    if order.delivered_at and declared_at >= withdrawal_ends_at(delivered_at=order.delivered_at, days=days, zone=zone):
        return WithdrawalEnd.LATE
    is_here = order.state == Step.PAID and not order.has_parcels
    return WithdrawalEnd.CANCELLED if is_here and not is_partial else WithdrawalEnd.NOTED


def refund_by(*, declared_at: datetime) -> datetime:
    """Return until when the money is back."""
    return declared_at + timedelta(days=REFUND_DAYS)
