"""What purchases take of promotions, and give back: counted by deltas, with the CHECKs behind them."""

from collections.abc import Sequence

import pytest
from django.db import IntegrityError, transaction

from fairground.kernel.writer import slice_lanes
from fairground.promotions.actions.coupons import collect_coupons
from fairground.promotions.actions.uses import PromotionUse, return_uses, take_uses
from fairground.promotions.models import Allowance, Coupon, ShopperUse
from fairground.promotions.queries import open_promotions, read_spending
from fairground.promotions.rules.collecting import CollectRequest
from fairground.promotions.rules.declaring import MarketTerms
from fairground.promotions.rules.pricing import price_lines
from fairground.promotions.rules.spending import Left, Spending
from tests.factories import NOW, NOW_MS, make_market, make_shopper
from tests.promotion_making import line, make_coupon, make_promotion, promotion

pytestmark = pytest.mark.usefixtures("writer")


@pytest.fixture(autouse=True)
def _market(writer: object) -> None:
    make_market()


def terms(*, uses_max: int | None = None, amount_max_minor: int | None = None) -> dict[str, MarketTerms]:
    return {"EU": MarketTerms(1_000, 100, uses_max=uses_max, amount_max_minor=amount_max_minor)}


def use(promotion_id: int, shopper_id: int, *, coupon: bool = False, shopper_uses_max: int = 0) -> PromotionUse:
    return PromotionUse(promotion_id, "EU", 40, shopper_id, 100, coupon, shopper_uses_max)


def allowance() -> tuple[int, int]:
    return Allowance.objects.values_list("taken", "amount_minor").get()


def test_uses_and_what_they_give_are_counted_and_given_back() -> None:
    promotion, shoppers = (
        make_promotion(terms=terms(uses_max=2, amount_max_minor=500)),
        [make_shopper(), make_shopper()],
    )

    take_uses([use(promotion, one) for one in shoppers])
    assert allowance() == (2, 200)
    return_uses([use(promotion, shoppers[0])])

    assert allowance() == (1, 100)


@pytest.mark.parametrize("bound", [{"uses_max": 2}, {"amount_max_minor": 299}])
def test_what_is_above_a_limit_breaks_its_check_and_nothing_is_counted(bound: dict[str, int]) -> None:
    promotion, shopper = make_promotion(terms=terms(**bound)), make_shopper()

    with pytest.raises(IntegrityError, match="inv_14_allowance_kept"), transaction.atomic():
        take_uses([use(promotion, shopper)] * 3)

    assert allowance() == (0, 0)


def test_a_promotion_without_limits_leaves_no_rows() -> None:
    promotion, shopper = make_promotion(), make_shopper()

    take_uses([use(promotion, shopper)])
    return_uses([use(promotion, shopper)])

    assert (Allowance.objects.count(), ShopperUse.objects.count()) == (0, 0)


def test_a_shopper_uses_a_promotion_as_often_as_one_may() -> None:
    promotion, shopper = make_promotion(shopper_uses_max=2), make_shopper(lane=11)
    mine = use(promotion, shopper, shopper_uses_max=2)

    take_uses([mine])
    take_uses([mine])
    with pytest.raises(IntegrityError, match="inv_15_shopper_uses_kept"), transaction.atomic():
        take_uses([mine])
    return_uses([mine])

    assert list(ShopperUse.objects.values_list("lane", "shopper_id", "uses", "uses_max")) == [(11, shopper, 1, 2)]


def collect(coupon: int, *shoppers: int) -> None:
    collect_coupons([CollectRequest(coupon, "EU", one, True) for one in shoppers], now_ms=NOW_MS)


def test_a_coupon_is_used_once_and_comes_back_when_the_purchase_ends() -> None:
    coupon, shopper = make_coupon(), make_shopper()
    collect(coupon, shopper)

    take_uses([use(coupon, shopper, coupon=True)])
    with pytest.raises(IntegrityError, match="inv_15_coupon_held"), transaction.atomic():
        take_uses([use(coupon, shopper, coupon=True)])
    assert Coupon.objects.get().used == 1
    return_uses([use(coupon, shopper, coupon=True)])

    assert Coupon.objects.get().used == 0


def test_a_coupon_that_was_never_collected_can_not_be_used() -> None:
    coupon, shopper = make_coupon(), make_shopper()

    with pytest.raises(AssertionError, match="are not held"):
        take_uses([use(coupon, shopper, coupon=True)])


def place_all(promotion_id: int, shoppers: Sequence[int]) -> list[int]:
    """Price a cart for each shopper as a batch would, and count what it used; return what each saved."""
    book = open_promotions(markets=["EU"], from_at=NOW, to_at=NOW.replace(hour=1))["EU"]
    promotions = {one.id: one for one in book.promotions()}
    lane = slice_lanes()[40]
    spending = read_spending(
        slices=[(lane, promotion_id, "EU")],
        users=[(promotion_id, one) for one in shoppers],
        shopper_ids=shoppers,
    )
    saved, uses = [], []
    for shopper_id in shoppers:
        quote = price_lines(
            [line(5_000)],
            book=book,
            now_ms=NOW_MS,
            coupons=spending.coupons_of(shopper_id),
            may_give_minor=spending.may_give_minor(promotions.values(), lane=lane, market="EU", shopper_id=shopper_id),
        )
        spending.take(quote, promotions=promotions, lane=lane, market="EU", shopper_id=shopper_id)
        uses += [
            PromotionUse(
                number,
                "EU",
                40,
                shopper_id,
                amount,
                promotions[number].needs_coupon,
                promotions[number].shopper_uses_max,
            )
            for number, amount in quote.used.items()
        ]
        saved.append(quote.discount_minor)
    take_uses(uses)
    return saved


def test_a_batch_gives_what_is_left_in_arrival_order_and_the_next_one_begins_where_it_ended() -> None:
    promotion = make_promotion(terms=terms(uses_max=3, amount_max_minor=250), shopper_uses_max=1)
    ada, ben, cleo = make_shopper(), make_shopper(), make_shopper()

    assert place_all(promotion, [ada, ada, ben, cleo]) == [100, 0, 100, 0]
    assert place_all(promotion, [cleo]) == [0]

    assert allowance() == (2, 200)
    assert dict(ShopperUse.objects.values_list("shopper_id", "uses")) == {ada: 1, ben: 1}


def test_a_coupon_is_used_by_the_first_purchase_of_a_batch_alone() -> None:
    coupon, ada, ben = make_coupon(uses_max=5), make_shopper(), make_shopper()
    collect(coupon, ada)

    assert place_all(coupon, [ada, ada, ben]) == [1_000, 0, 0]
    assert place_all(coupon, [ada]) == [0]


def test_what_is_left_is_read_by_slice() -> None:
    promotion = make_promotion(terms=terms(uses_max=3))
    key = (0, promotion, "EU")

    assert read_spending(slices=[key], users=[], shopper_ids=[]).allowances == {key: Left(3, None)}


def test_what_is_bounded_a_shopper_gives_nothing_to_one_who_is_not_verified() -> None:
    bounded, free = promotion(id=1, off_minor=100, shopper_uses_max=1), promotion(id=2, off_minor=50)
    nothing = Spending(allowances={}, uses={}, coupons={})

    def bounds(*, is_verified: bool) -> dict[int, int]:
        return nothing.may_give_minor([bounded, free], lane=0, market="EU", shopper_id=3, is_verified=is_verified)

    assert bounds(is_verified=True) == {}
    assert bounds(is_verified=False) == {1: 0}
