"""How the money of an order is shared out, by hand-made sums."""

from msgspec.structs import replace

from fairground.settlement.rules.parting import NOTHING, Gone, Kept, Parts, Shares, Sold, difference, target

# 100.00 of goods; their merchant gave 10.00 off and the platform 5.00; 4.00 of tax came on top, 6.00 were the shipping.
SOLD = Sold(total_minor=9_500, by_platform_minor=500)
KEPT = (Kept(commission_bps=500, goods_minor=10_000, by_merchant_minor=1_000),)
SHARES = Shares(fee_tax_bps=2_100, creator_bps=250, reserve_bps=1_000)


def test_commission_is_taken_of_the_price_that_the_merchant_made_not_of_what_the_platform_gave() -> None:
    parts = target(SOLD, Gone(), KEPT, SHARES)

    # 5 % of 90.00 are 4.50, 21 % of that 0.945, 2.5 % of 90.00 are 2.25; a tenth of 92.30 is kept.
    assert parts == Parts(9_500, 500, 450, 95, 225, 923)
    assert parts.payable_minor == 9_500 + 500 - 450 - 95 - 225 - 923


def test_of_an_order_that_went_back_nobody_has_anything() -> None:
    gone = Gone(paid_minor=9_500, by_platform_minor=500)

    assert target(SOLD, gone, (Kept(500, 0),), SHARES) == NOTHING


def test_price_protection_lowers_the_price_of_which_commission_is_taken() -> None:
    before = target(SOLD, Gone(), KEPT, SHARES)
    after = target(SOLD, Gone(paid_minor=2_000), (replace(KEPT[0], ahead_minor=2_000),), SHARES)

    assert (after.commission_minor, after.discounts_minor) == (350, 500)
    assert difference(after, before) == Parts(-2_000, 0, -100, -21, -50, -183)


def test_each_commission_is_rounded_once_for_all_goods_that_have_it_and_no_mean_is_made() -> None:
    sold = Sold(4_003, 0)
    kept = (Kept(500, 2_001), Kept(1_000, 2_002))

    # 5 % of 20.01 are 1.0005, 10 % of 20.02 are 2.002; a mean would be 7.50 % of 40.03.
    assert target(sold, Gone(), kept, Shares()).commission_minor == 100 + 200
    # All of the dearer commission goes back: what is left is charged as if it had been bought alone.
    assert target(sold, Gone(paid_minor=2_002), (kept[0], Kept(1_000, 0)), Shares()).commission_minor == 100


def test_a_commission_of_all_and_its_tax_leave_a_debt_and_no_reserve() -> None:
    shares = Shares(fee_tax_bps=2_000, reserve_bps=5_000)

    parts = target(Sold(1_000, 0), Gone(), (Kept(10_000, 1_000),), shares)

    assert (parts.reserve_minor, parts.payable_minor) == (0, -200)
