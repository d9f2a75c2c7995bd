"""What customs asks of an order: by consignment and heading, with the tax on it, frozen when it is placed."""

import pytest
from django.db import IntegrityError, transaction

from fairground.checkout.queries import quote_purchase
from fairground.checkout.rules.placing import DutiesChanged, PlacedOrder, PurchasePlan
from fairground.crossborder.actions import set_duty
from fairground.inventory.models import Place, Stock
from fairground.orders.models import Order, OrderDuty, Purchase
from fairground.promotions.rules.declaring import MarketTerms
from tests.factories import (
    BY,
    MerchantMade,
    make_duty,
    make_market,
    make_merchant,
    make_shipping,
    make_shopper,
    make_sku,
    next_id,
    place,
    place_one,
    place_request,
)
from tests.promotion_making import make_promotion

CHAIR, LAMP = "940161", "940521"


@pytest.fixture(autouse=True)
def _writer(lone_writer: object) -> None:
    pass


@pytest.fixture
def abroad() -> MerchantMade:
    """Return a merchant in China, of goods that go into the customs union."""
    make_market()
    make_duty()
    return make_merchant(country="CN")


def asked() -> list[tuple[str, int, int, int]]:
    """Return heading, worth, duty and tax of each duty, in their order."""
    rows = OrderDuty.objects.order_by("order_id", "duty_no")
    return [(one.heading, one.value_minor, one.duty_minor, one.tax_minor) for one in rows]


def test_each_heading_of_a_consignment_is_asked_once_and_its_tax_comes_on_top(abroad: MerchantMade) -> None:
    """Two headings: 6 euros, and VAT on them."""
    chair, stool, lamp = (
        make_sku(merchant=abroad, hs_code="9401610010"),
        make_sku(merchant=abroad, hs_code="9401619900"),
        make_sku(merchant=abroad, hs_code=LAMP, price_minor=500),
    )

    placed = place_one(place_request(chair.line(2), stool.line(), lamp.line(), shopper_id=make_shopper()))

    order = Order.objects.get()
    # 30.00 at 19 % are 25.21 and 4.79 of tax, line by line: 16.81 + 8.40, and 5.00 are 4.20.
    assert asked() == [(CHAIR, 2_521, 300, 57), (LAMP, 420, 300, 57)]
    assert (order.duties_minor, order.total_minor, order.tax_added_minor) == (714, 3_500 + 714, 0)
    assert placed.orders == [PlacedOrder(order.id, abroad.id, 4_214, 0, 714)]
    assert Purchase.objects.get().total_minor == placed.total_minor == 4_214


def test_where_tax_comes_on_top_the_duty_s_does_beside_it() -> None:
    make_market(tax_included=False, tax_rates_bps={"US": 0, "US-CA": 725})
    make_duty(countries=["US"], heading_minor=1_000)
    chair = make_sku(merchant=make_merchant(country="ES"))

    place_one(place_request(chair.line(), shopper_id=make_shopper(), country="US", region="US-CA"))

    order = Order.objects.get()
    assert asked() == [(CHAIR, 1_000, 1_000, 73)]
    assert (order.tax_added_minor, order.duties_minor, order.total_minor) == (73, 1_073, 2_146)


@pytest.mark.parametrize(
    ("price_minor", "duties_minor"),
    [(17_850, 357), (17_851, 0)],
    ids=["worth 150 euros without its tax", "worth a cent more"],
)
def test_what_is_worth_more_is_asked_at_the_border_itself(
    abroad: MerchantMade, price_minor: int, duties_minor: int
) -> None:
    chair = make_sku(merchant=abroad, price_minor=price_minor)
    request = place_request(chair.line(), shopper_id=make_shopper())

    plan = quote_purchase(request)
    place_one(request)

    assert isinstance(plan, PurchasePlan)
    assert plan.orders[0].border.asked_there_above_minor == (0 if duties_minor else 15_000)
    assert Order.objects.get().duties_minor == duties_minor


def test_shipping_makes_no_consignment_worth_more(abroad: MerchantMade) -> None:
    make_shipping(abroad, price_minor=5_000)
    chair = make_sku(merchant=abroad, price_minor=17_850)

    place_one(place_request(chair.line(), shopper_id=make_shopper()))

    assert asked() == [(CHAIR, 15_000, 300, 57)]


@pytest.mark.parametrize(("merchant_bps", "value_minor"), [(10_000, 3_361), (0, 4_202)])
def test_what_the_merchant_gives_off_lowers_what_goods_are_worth_and_what_the_platform_gives_does_not(
    abroad: MerchantMade, merchant_bps: int, value_minor: int
) -> None:
    make_promotion(merchant_bps=merchant_bps, terms={"EU": MarketTerms(threshold_minor=4_000, off_minor=1_000)})
    chair = make_sku(merchant=abroad, price_minor=5_000)

    place_one(place_request(chair.line(), shopper_id=make_shopper(), discount_minor=1_000))

    assert asked() == [(CHAIR, value_minor, 300, 57)]


def test_nothing_is_asked_inside_the_area_nor_of_what_leaves_it() -> None:
    make_market(tax_rates_bps={"DE": 1900, "CH": 810})
    make_duty(countries=["DE", "ES"])
    home, overseas = make_sku(merchant=make_merchant(lane=1)), make_sku(merchant=make_merchant(lane=2, country="CN"))

    place_one(place_request(home.line(), shopper_id=make_shopper()))
    place_one(place_request(home.line(), overseas.line(), shopper_id=make_shopper(), country="CH", region="CH"))

    assert asked() == []
    assert set(Order.objects.values_list("duties_minor", flat=True)) == {0}


def test_it_counts_from_where_goods_are_sent_not_where_their_merchant_is(abroad: MerchantMade) -> None:
    chair, lamp = make_sku(merchant=abroad), make_sku(merchant=abroad, hs_code=LAMP)
    bonded = Place.objects.create(
        id=next_id(lane=0),
        merchant_id=abroad.id,
        kind="warehouse",
        name="Zaragoza",
        city="Zaragoza",
        country="ES",
        latitude=41.65,
        longitude=-0.88,
    )
    Stock.objects.filter(id=lamp.stock_id).update(place_id=bonded.id)

    place_one(place_request(chair.line(), lamp.line(), shopper_id=make_shopper()))

    assert asked() == [(CHAIR, 840, 300, 57)]


def test_nothing_is_asked_of_what_is_sent_from_a_country_that_nobody_stated(abroad: MerchantMade) -> None:
    chair = make_sku(merchant=abroad)
    Place.objects.filter(id=abroad.place_id).update(country="")

    place_one(place_request(chair.line(), shopper_id=make_shopper()))

    assert asked() == []


def test_what_is_sent_from_two_places_are_two_consignments(abroad: MerchantMade) -> None:
    chair, stool = make_sku(merchant=abroad, price_minor=17_000), make_sku(merchant=abroad, price_minor=17_000)
    other = Place.objects.create(
        id=next_id(lane=0),
        merchant_id=abroad.id,
        kind="warehouse",
        name="Yiwu",
        city="Yiwu",
        country="CN",
        latitude=29.31,
        longitude=120.08,
    )
    Stock.objects.filter(id=stool.stock_id).update(place_id=other.id)

    place_one(place_request(chair.line(), stool.line(), shopper_id=make_shopper()))

    assert asked() == [(CHAIR, 14_286, 300, 57)] * 2


def test_goods_without_a_code_are_one_heading(abroad: MerchantMade) -> None:
    some, others = make_sku(merchant=abroad, hs_code=""), make_sku(merchant=abroad, hs_code="")

    place_one(place_request(some.line(), others.line(), shopper_id=make_shopper()))

    assert asked() == [("", 1_680, 300, 57)]


def test_a_part_of_what_goods_are_worth_may_be_asked() -> None:
    make_market(code="BR", currency="BRL", tax_rates_bps={"BR": 1_700})
    make_duty(market="BR", countries=["BR"], heading_minor=0, value_bps=2_000, value_max_minor=30_000)
    chair = make_sku(market="BR", merchant=make_merchant(country="CN"), price_minor=11_700)

    place_one(
        place_request(chair.line(), shopper_id=make_shopper(), market="BR", currency="BRL", country="BR", region="BR")
    )

    assert asked() == [(CHAIR, 10_000, 2_000, 340)]


def test_other_duties_than_were_seen_are_refused_and_nothing_changes(abroad: MerchantMade) -> None:
    chair = make_sku(merchant=abroad)

    (refused,) = place([place_request(chair.line(), shopper_id=make_shopper(), duties_minor=0)])

    assert isinstance(refused, DutiesChanged)
    assert refused.facts == {"seen_minor": 0, "duties_minor": 357}
    assert not Order.objects.exists()
    assert Stock.objects.get(id=chair.stock_id).reserved == 0


def test_a_rule_that_is_taken_away_leaves_what_was_frozen(abroad: MerchantMade) -> None:
    chair = make_sku(merchant=abroad)
    place_one(place_request(chair.line(), shopper_id=make_shopper(), duties_minor=357))

    set_duty(market="EU", rule=None, by=BY)
    place_one(place_request(chair.line(), shopper_id=make_shopper(), duties_minor=0))

    assert sorted(Order.objects.values_list("duties_minor", flat=True)) == [0, 357]


def test_the_database_keeps_a_heading_from_being_asked_twice(abroad: MerchantMade) -> None:
    place_one(place_request(make_sku(merchant=abroad).line(), shopper_id=make_shopper()))
    duty = OrderDuty.objects.get()

    duty.duty_no = 2
    with pytest.raises(IntegrityError, match="inv_40_once_a_consignment_and_heading"), transaction.atomic():
        OrderDuty.objects.bulk_create([duty])


def test_the_database_keeps_duties_in_the_total(abroad: MerchantMade) -> None:
    place_one(place_request(make_sku(merchant=abroad).line(), shopper_id=make_shopper()))

    with pytest.raises(IntegrityError, match="inv_4_order_adds_up"), transaction.atomic():
        Order.objects.update(duties_minor=0)
