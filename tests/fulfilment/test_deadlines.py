"""When times end: with a day, in the market's zone, and not on a weekend (Regulation (EEC) 1182/71, Art. 3)."""

from datetime import datetime

import pytest

from fairground.fulfilment.rules import (
    assumed_delivered_at,
    completes_at,
    refund_by,
    tidy_carrier,
    tidy_tracking,
    withdrawal_ends_at,
)


@pytest.mark.parametrize(
    ("delivered", "days", "zone", "ends"),
    [
        ("2026-11-11T12:00:00+00:00", 14, "UTC", "2026-11-26T00:00:00+00:00"),
        ("2026-11-13T12:00:00+00:00", 14, "UTC", "2026-11-28T00:00:00+00:00"),
        # Saturday and Sunday go on to Monday's end.
        ("2026-11-14T12:00:00+00:00", 14, "UTC", "2026-12-01T00:00:00+00:00"),
        ("2026-11-15T12:00:00+00:00", 14, "UTC", "2026-12-01T00:00:00+00:00"),
        # It is the next day in Shanghai already.
        ("2026-11-11T20:00:00+00:00", 7, "Asia/Shanghai", "2026-11-19T16:00:00+00:00"),
        # Clocks go back in between: the day of the end has its own offset.
        ("2026-10-14T22:30:00+00:00", 14, "Europe/Madrid", "2026-10-29T23:00:00+00:00"),
    ],
)
def test_the_time_to_change_ones_mind_ends_with_a_working_day(delivered: str, days: int, zone: str, ends: str) -> None:
    delivered_at = datetime.fromisoformat(delivered)

    assert withdrawal_ends_at(delivered_at=delivered_at, days=days, zone=zone).isoformat() == ends
    assert completes_at(delivered_at=delivered_at, days=days, zone=zone).isoformat() == ends


def test_where_there_is_no_right_a_delivered_order_still_waits_a_week() -> None:
    delivered_at = datetime.fromisoformat("2026-11-11T12:00:00+00:00")

    assert completes_at(delivered_at=delivered_at, days=0, zone="UTC").isoformat() == "2026-11-19T00:00:00+00:00"


def test_what_nobody_speaks_of_is_delivered_after_thirty_days_and_paid_back_within_fourteen() -> None:
    at = datetime.fromisoformat("2026-11-11T12:00:00+00:00")

    assert assumed_delivered_at(shipped_at=at).isoformat() == "2026-12-11T12:00:00+00:00"
    assert refund_by(declared_at=at).isoformat() == "2026-11-25T12:00:00+00:00"


def test_a_parcel_has_one_name_however_it_was_typed() -> None:
    assert (tidy_carrier("  DHL   Paket "), tidy_tracking(" ab 12 34 ")) == ("DHL Paket", "AB1234")
