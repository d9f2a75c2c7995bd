"""Part refunds and price protection: what is returned is what was paid."""

import pytest

from fairground.promotions.rules.refunding import SoldLine, price_gap_minor, refund_units, share_seats
from fairground.promotions.rules.terms import Discount, DiscountStep
from tests.factories import NOW_MS
from tests.promotion_making import DAY_MS


def discount(funder: str, amount_minor: int) -> Discount:
    """Return what a line was cheaper by."""
    return Discount(DiscountStep.CROSS_SHOP, "promotion:7", funder, amount_minor)


def test_three_units_with_a_discount_of_ten_go_back_one_by_one_to_the_unit() -> None:
    sold = SoldLine(3, 1_000, (discount("merchant:1", 7), discount("platform", 3)), tax_minor=477)

    refunds = [refund_units(sold, refunded_units=units, units=1) for units in range(3)]

    assert sold.paid_minor == 2_990
    assert [one.paid_minor for one in refunds] == [997, 996, 997]
    assert [one.tax_minor for one in refunds] == [159, 159, 159]
    assert [one.discounts_minor for one in refunds] == [(2, 1), (3, 1), (2, 1)]
    assert refund_units(sold, refunded_units=0, units=3).discounts_minor == (7, 3)


def test_tax_on_top_goes_back_with_its_units() -> None:
    sold = SoldLine(3, 1_000, (discount("platform", 100),), tax_minor=200, tax_included=False)

    refunds = [refund_units(sold, refunded_units=units, units=1) for units in range(3)]

    assert sold.paid_minor == 3_100
    assert [one.tax_minor for one in refunds] == [67, 66, 67]
    assert sum(one.paid_minor for one in refunds) == 3_100


def test_a_line_that_cost_nothing_gives_nothing_back_and_ends_its_discounts() -> None:
    sold = SoldLine(3, 1, (discount("merchant:1", 2), discount("platform", 1)))

    refunds = [refund_units(sold, refunded_units=units, units=1) for units in range(3)]

    assert [one.paid_minor for one in refunds] == [0, 0, 0]
    assert [sum(parts) for parts in zip(*(one.discounts_minor for one in refunds), strict=True)] == [2, 1]


def test_more_units_than_are_left_are_a_bug() -> None:
    with pytest.raises(AssertionError):
        refund_units(SoldLine(3, 1_000), refunded_units=2, units=2)


@pytest.mark.parametrize(
    ("seats", "weights", "shares"),
    [
        (5, [3, 2], [3, 2]),
        (1, [1, 1], [1, 0]),
        (2, [1, 1, 1], [1, 1, 0]),
        (3, [5, 1, 1], [3, 0, 0]),
        (0, [0, 0], [0, 0]),
    ],
)
def test_seats_are_shared_out_by_webster_with_ties_to_the_first(
    seats: int, weights: list[int], shares: list[int]
) -> None:
    assert share_seats(seats, weights) == shares


def test_a_price_that_fell_within_the_days_gives_the_gap_back_once() -> None:
    def gap(*, today_minor: int, given_back_minor: int = 0, later_ms: int = 14 * DAY_MS) -> int:
        return price_gap_minor(
            paid_minor=2_990,
            units=3,
            today_minor=today_minor,
            given_back_minor=given_back_minor,
            bought_at_ms=NOW_MS,
            asked_at_ms=NOW_MS + later_ms,
            days=15,
        )

    assert gap(today_minor=900) == 290
    assert gap(today_minor=900, given_back_minor=290) == 0
    assert gap(today_minor=890, given_back_minor=290) == 30
    assert gap(today_minor=1_000) == 0
    assert gap(today_minor=900, later_ms=15 * DAY_MS) == 0
    assert gap(today_minor=900, later_ms=15 * DAY_MS - 1) == 290
    assert gap(today_minor=900, later_ms=-1) == 0
