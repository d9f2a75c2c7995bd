"""Part refunds and price protection: what is returned is what was paid."""

import pytest

from fairground.promotions.rules.refunding import (
    Ahead,
    SoldLine,
    price_fall,
    refund_left,
    refund_units,
    share_seats,
)
from fairground.promotions.rules.terms import Discount, DiscountStep

NOTHING = Ahead()


def discount(funder: str, amount_minor: int) -> Discount:
    """Return what a line was cheaper by."""
    return Discount(DiscountStep.CROSS_SHOP, "promotion:7", funder, amount_minor)


def test_three_units_with_a_discount_of_ten_go_back_one_by_one_to_the_unit() -> None:
    sold = SoldLine(3, 1_000, (discount("merchant:1", 7), discount("platform", 3)), tax_minor=477)

    refunds = [refund_units(sold, refunded_units=units, units=1) for units in range(3)]

    assert [one.paid_minor for one in refunds] == [997, 996, 997]
    assert [one.tax_minor for one in refunds] == [159, 159, 159]
    assert [one.discounts_minor for one in refunds] == [(2, 1), (3, 1), (2, 1)]
    assert refund_units(sold, refunded_units=0, units=3).discounts_minor == (7, 3)


def test_tax_on_top_goes_back_with_its_units() -> None:
    sold = SoldLine(3, 1_000, (discount("platform", 100),), tax_minor=200, tax_included=False)

    refunds = [refund_units(sold, refunded_units=units, units=1) for units in range(3)]

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


def test_a_price_that_fell_gives_the_gap_once_and_later_only_the_rest() -> None:
    sold = SoldLine(3, 1_000, (discount("merchant:1", 7), discount("platform", 3)), tax_minor=477)

    def given(*, today_minor: int, ahead: Ahead = NOTHING, refunded_units: int = 0) -> tuple[int, int, int]:
        fall = price_fall(sold, refunded_units=refunded_units, ahead=ahead, today_minor=today_minor)
        return fall.fell_minor, fall.price_minor, fall.tax_minor

    assert given(today_minor=900) == (300, 300, 48)
    assert given(today_minor=900, ahead=Ahead(300, 48)) == (300, 0, 0)
    assert given(today_minor=890, ahead=Ahead(300, 48)) == (330, 30, 5)
    assert given(today_minor=950, ahead=Ahead(300, 48)) == (150, 0, 0)
    assert given(today_minor=1_000) == (0, 0, 0)
    assert given(today_minor=900, refunded_units=1) == (200, 200, 32)
    assert given(today_minor=900, refunded_units=3) == (0, 0, 0)


def test_of_a_fall_counts_what_the_merchants_own_discounts_leave_and_never_more_than_was_paid() -> None:
    coupon = Discount(DiscountStep.MERCHANT_COUPON, "coupon:1", "merchant:1", 200)
    packet = Discount(DiscountStep.RED_PACKET, "packet:1", "platform", 700)

    half_price = price_fall(SoldLine(1, 1_000, (coupon,)), refunded_units=0, ahead=Ahead(), today_minor=500)
    nearly_all = price_fall(SoldLine(1, 1_000, (coupon, packet)), refunded_units=0, ahead=Ahead(), today_minor=10)

    assert half_price.price_minor == 400
    assert nearly_all.price_minor == 100


def test_a_deals_cut_is_part_of_the_price_that_is_compared() -> None:
    cut = Discount(DiscountStep.DEAL, "guarantee:5", "merchant:1", 150)

    fall = price_fall(SoldLine(1, 1_000, (cut,)), refunded_units=0, ahead=Ahead(), today_minor=800)

    assert fall.price_minor == 50


def test_with_units_that_come_back_ends_their_part_of_what_was_given_ahead() -> None:
    sold = SoldLine(3, 1_000, tax_minor=477)

    first = refund_left(sold, refunded_units=0, units=1, ahead=Ahead(100, 16))
    rest = refund_left(sold, refunded_units=1, units=2, ahead=Ahead(67, 11))

    assert (first.ahead, first.tax_minor, first.paid_minor) == (Ahead(33, 5), 154, 967)
    assert (rest.ahead, rest.tax_minor, rest.paid_minor) == (Ahead(67, 11), 307, 1_933)


def test_tax_on_top_of_what_was_given_ahead_is_not_returned_twice() -> None:
    sold = SoldLine(2, 1_000, tax_minor=200, tax_included=False)

    fall = price_fall(sold, refunded_units=0, ahead=Ahead(), today_minor=900)
    rest = refund_left(sold, refunded_units=0, units=2, ahead=Ahead(200, 20))

    assert (fall.price_minor, fall.tax_minor) == (200, 20)
    assert (rest.tax_minor, rest.paid_minor) == (180, 1_980)
