"""The checkout with promotions, coupons and red packets: what the page says is what is charged."""

import html
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from fairground.identity.models import Shopper
from fairground.intake.counter import Counter
from fairground.kernel.clock import to_unix_ms
from fairground.orders.models import Purchase
from fairground.promotions.actions.coupons import collect_coupons
from fairground.promotions.actions.declare import create_promotion
from fairground.promotions.models import Coupon, Promotion
from fairground.promotions.rules.collecting import CollectRequest
from fairground.promotions.rules.declaring import MarketTerms
from fairground.promotions.rules.terms import DiscountStep
from tests.counters import counter_open
from tests.factories import BY, make_market, make_sku
from tests.journeys.test_checkout import fill_cart, give_address, hidden
from tests.people_making import make_guest, make_user, sign_in
from tests.promotion_making import declared

pytestmark = pytest.mark.usefixtures("writer")


@pytest.fixture
def counter() -> Iterator[Counter]:
    """The door of the process that answers the test's pages."""
    make_market(tax_rates_bps={"DE": 1900})
    with counter_open() as opened:
        yield opened


def promote(**declaration: Any) -> int:
    """Make a promotion that is open now."""
    now = timezone.now()
    times: dict[str, Any] = {"opens_at": now - timedelta(hours=1), "closes_at": now + timedelta(hours=1)}
    return create_promotion(record=declared(**times, **declaration), by=BY)


def test_the_page_names_each_discount_and_the_button_says_what_is_charged(counter: Counter, client: Client) -> None:
    promote(repeats=True)
    fill_cart(make_guest(client).shopper_id, make_sku(price_minor=35_000), quantity=2)
    give_address(client)

    page = client.get("/checkout").content.decode()
    client.post("/checkout", hidden(page))

    assert "Every 300, 40 off" in page
    assert "-€80.00" in page
    assert "Order and pay €620.00" in page
    assert Purchase.objects.get().total_minor == 62_000


def test_a_promotion_that_ends_while_one_looks_is_told_and_nothing_is_bought(counter: Counter, client: Client) -> None:
    promotion = promote()
    fill_cart(make_guest(client).shopper_id, make_sku(price_minor=35_000), quantity=1)
    give_address(client)
    fields = hidden(client.get("/checkout").content.decode())

    Promotion.objects.filter(id=promotion).update(closes_at=timezone.now())
    answer = client.post("/checkout", fields, follow=True).content.decode()

    assert not Purchase.objects.exists()
    assert "Order and pay €350.00" in answer


def test_a_coupon_that_saves_something_is_used_by_itself_and_the_others_are_kept(
    counter: Counter, client: Client
) -> None:
    coupon = promote(
        step=DiscountStep.PLATFORM_COUPON,
        needs_coupon=True,
        terms={"EU": MarketTerms(threshold_minor=5_000, off_minor=1_000)},
    )
    useless = promote(
        step=DiscountStep.PLATFORM_COUPON,
        needs_coupon=True,
        terms={"EU": MarketTerms(threshold_minor=900_000, off_minor=1_000)},
    )
    make_user(email="ana@example.org")
    sign_in(client, email="ana@example.org")
    sku = make_sku(price_minor=6_000)
    client.post("/cart/add", {"sku": sku.id, "quantity": 1, "seen": 6_000})
    shopper_id = Shopper.objects.get().id
    for promotion_id in (coupon, useless):
        collect_coupons(
            [CollectRequest(promotion_id, "EU", shopper_id, verified=True)], now_ms=to_unix_ms(timezone.now())
        )
    give_address(client)

    client.post("/checkout", hidden(client.get("/checkout").content.decode()))

    assert Purchase.objects.get().total_minor == 5_000
    assert dict(Coupon.objects.values_list("promotion_id", "used")) == {coupon: 1, useless: 0}


def test_the_cart_says_why_it_costs_less_and_what_more_would_save(counter: Counter, client: Client) -> None:
    promote(repeats=True)
    guest = make_guest(client)
    fill_cart(guest.shopper_id, make_sku(price_minor=35_000), quantity=1)

    page = html.unescape(client.get("/cart").content.decode())

    assert "-€40.00" in page
    assert "<b>€310.00</b>" in page
    assert "Every 300, 40 off: add €250.00 more to save €40.00." in page


def test_a_cart_without_promotions_says_nothing_of_them(counter: Counter, client: Client) -> None:
    fill_cart(make_guest(client).shopper_id, make_sku(price_minor=35_000), quantity=1)

    page = client.get("/cart").content.decode()

    assert "cart-discounts" not in page
    assert "<b>€350.00</b>" in page
