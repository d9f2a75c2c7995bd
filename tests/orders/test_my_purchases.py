"""A shopper's purchases: the newest first, each once, the one just placed too, and nobody else's."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairground.catalog.models import Brand, Category, Product
from fairground.checkout.actions.end_purchases import cancel_purchase
from fairground.orders.models import LineDiscount, OrderLine
from fairground.orders.queries import FirstLine, purchase_by_number, purchases_of
from fairground.orders.rules import LineSums, Step, purchase_number
from fairground.orders.tasks import follow_purchases
from tests.factories import (
    NOW,
    NOW_MS,
    give_wallet,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place_one,
    place_request,
)

pytestmark = pytest.mark.usefixtures("lone_writer")


def numbers_of(*shopper_ids: int, before_id: int | None = None, purchases_max: int = 20) -> list[str]:
    return [
        one.number for one in purchases_of(shopper_ids=shopper_ids, purchases_max=purchases_max, before_id=before_id)
    ]


def test_the_purchase_just_placed_is_there_before_the_read_table_has_it() -> None:
    make_market()
    sku, shopper = make_sku(), make_shopper(lane=3)
    first = place_one(place_request(sku.line(), shopper_id=shopper))
    follow_purchases()
    second = place_one(place_request(sku.line(2), shopper_id=shopper), now_ms=NOW_MS + 5)

    assert numbers_of(shopper) == [second.number, first.number]
    follow_purchases()
    assert numbers_of(shopper) == [second.number, first.number]


def test_pages_follow_each_other_over_a_shopper_and_the_guests_that_went_into_it() -> None:
    make_market()
    sku, mine, guest = make_sku(), make_shopper(lane=1), make_shopper(lane=2)
    placed = [
        place_one(place_request(sku.line(), shopper_id=(mine, guest)[number % 2]), now_ms=NOW_MS + number)
        for number in range(5)
    ]
    follow_purchases()
    newest_first = [one.number for one in reversed(placed)]

    assert numbers_of(mine, guest, purchases_max=2) == newest_first[:2]
    assert numbers_of(mine, guest, purchases_max=2, before_id=placed[3].purchase_id) == newest_first[2:4]
    assert numbers_of(mine, guest, purchases_max=2, before_id=placed[1].purchase_id) == newest_first[4:]


def test_a_stranger_sees_none_of_them() -> None:
    make_market()
    placed = place_one(place_request(make_sku().line(), shopper_id=make_shopper()))
    stranger = make_shopper(lane=5)

    assert numbers_of(stranger) == []
    follow_purchases()
    assert numbers_of(stranger) == []
    assert purchase_by_number(number=placed.number, shopper_ids=[stranger]) is None


def test_a_listed_purchase_tells_its_state_and_its_first_lines() -> None:
    make_market()
    Brand.objects.create(slug="olmo", name="Olmo")
    Category.objects.create(code="home", names={"en": "Home"})
    skus = [make_sku(titles={"en": f"Chair {number}"}) for number in range(5)]
    Product.objects.update(brand="olmo", category="home")
    shopper = make_shopper()
    placed = place_one(place_request(*(sku.line(2) for sku in skus), shopper_id=shopper))
    follow_purchases()
    cancel_purchase(purchase_id=placed.purchase_id, shopper_id=shopper, now_ms=NOW_MS + 1)

    (listed,) = purchases_of(shopper_ids=[shopper], purchases_max=20)

    assert (listed.id, listed.number, listed.currency) == (placed.purchase_id, placed.number, "EUR")
    assert (listed.state, listed.total_minor, listed.lines_count) == (Step.CANCELLED, 10_000, 5)
    assert (listed.placed_at, listed.pay_before) == (NOW, NOW + timedelta(minutes=15))
    assert listed.order_states == (Step.CANCELLED,) * 5
    products = list(Product.objects.order_by("id").values_list("id", flat=True))
    assert listed.lines == tuple(FirstLine(f"Chair {n}", 2, products[n], "olmo", "home") for n in range(3))


def test_a_purchase_is_shown_as_it_was_frozen() -> None:
    make_market()
    merchants = [make_merchant(lane=4, country="ES"), make_merchant(lane=9, country="DE")]
    chair = make_sku(merchant=merchants[0], price_minor=10_000, deal_price_minor=6_790, titles={"en": "Oak chair"})
    lamp = make_sku(merchant=merchants[1], price_minor=1_999, titles={"en": "Lamp"})
    shopper = make_shopper()
    give_wallet(shopper_id=shopper, amount_minor=100_000)
    placed = place_one(place_request(chair.deal_line(2), lamp.line(3), shopper_id=shopper))
    pay([pay_request(placed, shopper_id=shopper)], now_ms=NOW_MS + 1_000)
    line = OrderLine.objects.get(sku_id=lamp.id)
    LineDiscount.objects.create(
        lane=line.lane, order_id=line.order_id, line_no=1, step=2, source="three", funder="merchant", amount_minor=500
    )

    shown = purchase_by_number(number=placed.number.lower(), shopper_ids=[make_shopper(), shopper])

    assert shown
    assert (shown.id, shown.number, shown.shopper_id) == (placed.purchase_id, placed.number, shopper)
    assert (shown.state, shown.total_minor, shown.currency, shown.market) == (Step.PAID, 19_577, "EUR", "EU")
    assert (shown.paid_at, shown.ended_at) == (NOW + timedelta(seconds=1), None)
    first, second = shown.orders
    assert [(one.position, one.merchant_country, one.state) for one in shown.orders] == [
        (1, "ES", Step.PAID),
        (2, "DE", Step.PAID),
    ]
    assert first.address == {"name": "Ada", "country": "DE", "lines": ["Hauptstr. 1"]}
    assert (first.goods_minor, first.total_minor, first.merchant_name) == (13_580, 13_580, "Olmo")
    (deal,) = first.lines
    assert (deal.title, deal.quantity, deal.unit_price_minor, deal.has_deal) == ("Oak chair", 2, 6_790, True)
    assert deal.sums == LineSums(13_580, 0, 2_168, 1_900, tax_included=True)
    assert second.lines[0].discounts == ((2, 500),)
    assert second.lines[0].product_id == Product.objects.get(skus=lamp.id).id


def test_a_number_that_is_near_or_none_leads_nowhere() -> None:
    make_market()
    shopper = make_shopper()
    placed = place_one(place_request(make_sku().line(), shopper_id=shopper))
    other = purchase_number(placed.purchase_id, 12345)

    assert purchase_by_number(number=other, shopper_ids=[shopper]) is None
    assert purchase_by_number(number="no number", shopper_ids=[shopper]) is None
    assert purchase_by_number(number="Z" * 20, shopper_ids=[shopper]) is None


def test_either_takes_one_statement_however_many_lines() -> None:
    make_market()
    shopper = make_shopper()
    skus = [make_sku() for _ in range(8)]
    placed = [
        place_one(place_request(*(sku.line() for sku in skus[: number + 1]), shopper_id=shopper)) for number in range(8)
    ]

    with CaptureQueriesContext(
        connection,
    ) as queries:
        listed = purchases_of(shopper_ids=[shopper], purchases_max=20)
        shown = purchase_by_number(number=placed[-1].number, shopper_ids=[shopper])

    assert (len(listed), len(shown.orders if shown else ()), len(queries)) == (8, 8, 2)
