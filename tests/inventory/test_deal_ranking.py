"""The order of deals: hall by hall, the greatest discount first, what is sold out last."""

from datetime import datetime, timedelta

import pytest

from fairground.catalog.models import Sku
from fairground.festivals.models import Deal, Hall
from fairground.inventory.deal_ranking import DealRanking, RankedDeal
from fairground.inventory.models import Stock
from fairground.inventory.queries import deal_ranking, goods_without_deals, sold_out_deals
from fairground.kernel.clock import to_unix_ms
from tests.factories import NOW, SkuMade, make_festival, make_market, make_merchant, make_sku

CLOSES_MS = to_unix_ms(NOW) + 60_000
NOBODY = 1

# Two halls and deals without one, ranked by discount: products 11, 12, 13 in hall 1, 21, 22 in hall 2, 31 in none.
RANKED: list[RankedDeal] = [
    (1, 11, NOBODY, 110, CLOSES_MS),
    (1, 12, NOBODY, 120, CLOSES_MS),
    (1, 12, NOBODY, 121, CLOSES_MS),
    (1, 13, 7, 130, CLOSES_MS),
    (2, 21, 7, 210, CLOSES_MS),
    (2, 22, NOBODY, 220, CLOSES_MS),
    (None, 31, 7, 310, CLOSES_MS),
]


def ids(
    ranking: DealRanking,
    *,
    sold_out: set[int] | None = None,
    now: datetime = NOW,
    hall_id: int | None = None,
    merchant_id: int | None = None,
) -> list[int]:
    """Return all products of a ranking."""
    return ranking.product_ids(
        sold_out=sold_out or set(), now=now, limit=None, hall_id=hall_id, merchant_id=merchant_id
    )


def test_the_best_of_each_hall_come_first_then_the_second_of_each() -> None:
    assert ids(DealRanking(RANKED)) == [11, 21, 31, 12, 22, 13]


def test_a_hall_shows_its_own_in_their_order() -> None:
    ranking = DealRanking(RANKED)

    assert [ids(ranking, hall_id=hall) for hall in (1, 2, 3)] == [[11, 12, 13], [21, 22], []]


def test_the_deals_of_a_merchant_stand_in_turns_by_hall_too() -> None:
    ranking = DealRanking(RANKED)

    assert [ids(ranking, merchant_id=merchant) for merchant in (7, 8)] == [[13, 21, 31], []]


def test_what_is_sold_out_comes_last_in_the_same_order() -> None:
    ranking = DealRanking(RANKED)

    assert ids(ranking, sold_out={110, 210, 220}) == [12, 31, 13, 11, 21, 22]
    assert ids(ranking, sold_out={110}, hall_id=1) == [12, 13, 11]


def test_a_product_is_sold_out_when_all_its_deals_are() -> None:
    ranking = DealRanking(RANKED)

    assert ids(ranking, sold_out={120}, hall_id=1) == [11, 12, 13]
    assert ids(ranking, sold_out={120, 121}, hall_id=1) == [11, 13, 12]


def test_a_deal_that_is_over_does_not_count() -> None:
    later = NOW + timedelta(minutes=1)
    ranking = DealRanking([*RANKED[:2], (1, 12, NOBODY, 121, CLOSES_MS + 1), *RANKED[3:]])

    assert ids(ranking, now=later) == [12]
    assert ids(ranking, now=later, sold_out={120}) == [12]
    assert ids(ranking, now=later + timedelta(milliseconds=1)) == []


def test_a_product_of_two_halls_is_in_both_and_among_all_once() -> None:
    ranking = DealRanking([*RANKED, (None, 11, NOBODY, 111, CLOSES_MS)])

    assert ids(ranking) == [11, 21, 31, 12, 22, 13]
    assert ids(ranking, sold_out={110}) == [12, 21, 31, 13, 22, 11]


def test_pages_follow_each_other() -> None:
    ranking, sold_out = DealRanking(RANKED), {110}

    pages = [ranking.product_ids(sold_out=sold_out, now=NOW, limit=2, offset=at) for at in (0, 2, 4, 6)]

    assert pages == [[12, 21], [31, 13], [22, 11], []]


def test_nothing_is_ranked_where_nothing_is() -> None:
    assert ids(DealRanking()) == []


def product(made: SkuMade) -> int:
    """Return the product of a SKU with a deal."""
    return Deal.objects.values_list("sku__product_id", flat=True).get(sku_id=made.id)


@pytest.fixture
def market() -> str:
    """The market EU, in euros."""
    return make_market()


@pytest.mark.django_db
def test_the_greatest_discount_ranks_first_and_of_equal_ones_the_older_product(market: str) -> None:
    prices = [(1_000, 900), (1_000, 500), (20_000, 18_000), (3_000, 1_500), (1_000, 100)]
    made = [make_sku(price_minor=usual, deal_price_minor=deal) for usual, deal in prices]
    other_hall = Hall.objects.create(festival_id=make_festival(), slug="home", name={})
    Deal.objects.filter(sku_id=made[0].id).update(hall=other_hall)

    ranking = deal_ranking(market=market, festival="fair", now=NOW)

    assert ids(ranking, hall_id=other_hall.id) == [product(made[0])]
    # In its hall it is the best; behind it those without a hall.
    assert ids(ranking) == [product(made[at]) for at in (0, 4, 1, 3, 2)]


@pytest.mark.django_db
def test_a_product_ranks_by_its_cheapest_variant(market: str) -> None:
    merchant = make_merchant()
    dear = make_sku(merchant=merchant, price_minor=9_000, deal_price_minor=900)
    cheap = make_sku(merchant=merchant, price_minor=1_000, deal_price_minor=800)
    other = make_sku(price_minor=1_000, deal_price_minor=500)
    Sku.objects.filter(id=dear.id).update(product_id=product(cheap))

    assert ids(deal_ranking(market=market, festival="fair", now=NOW)) == [product(other), product(cheap)]


@pytest.mark.django_db
def test_only_deals_of_the_festival_that_are_not_over_and_sold_in_the_market_are_ranked(market: str) -> None:
    make_market(code="JP", currency="JPY", tax_rates_bps={})
    make_sku(market="JP", deal_price_minor=900)
    make_sku(deal_price_minor=900, closes_at=NOW + timedelta(hours=1))
    kept = make_sku(deal_price_minor=900, closes_at=NOW + timedelta(hours=2))
    off_sale = make_sku(deal_price_minor=900)
    Sku.objects.filter(id=off_sale.id).update(on_sale=False)

    then = NOW + timedelta(hours=1)

    assert ids(deal_ranking(market=market, festival="fair", now=then), now=then) == [product(kept)]
    assert ids(deal_ranking(market=market, festival="another", now=then)) == []


@pytest.mark.django_db
def test_sold_out_deals_are_those_without_a_unit_left(market: str) -> None:
    some, reserved, sold, _plain = (
        make_sku(deal_price_minor=900),
        make_sku(deal_price_minor=900),
        make_sku(deal_price_minor=900),
        make_sku(units=0),
    )
    Stock.objects.filter(deal_id=some.deal_id).update(sold=9)
    Stock.objects.filter(deal_id=reserved.deal_id).update(sold=4, reserved=6)
    Stock.objects.filter(deal_id=sold.deal_id).update(sold=10)

    assert sold_out_deals() == {reserved.deal_id, sold.deal_id}


@pytest.mark.django_db
def test_the_goods_of_a_merchant_stand_by_age_without_those_shown_already(market: str) -> None:
    merchant = make_merchant()
    make_market(code="JP", currency="JPY", tax_rates_bps={})
    made = [make_sku(merchant=merchant, deal_price_minor=900) for _ in range(4)]
    make_sku(merchant=merchant, market="JP")
    make_sku()
    goods = [product(one) for one in made]

    def page(*, limit: int, offset: int) -> list[int]:
        return goods_without_deals(merchant_id=merchant.id, market=market, but=[goods[1]], limit=limit, offset=offset)

    assert page(limit=9, offset=0) == [goods[0], goods[2], goods[3]]
    assert (page(limit=1, offset=1), page(limit=2, offset=3)) == ([goods[2]], [])
