"""The coupon centre, as forms without any script send it: what stands there, who may collect, what one has."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fairground.identity.models import Shopper
from fairground.intake.counter import Counter
from fairground.kernel.clock import to_unix_ms
from fairground.promotions.actions.coupons import collect_coupons
from fairground.promotions.models import Allowance, Coupon, Promotion
from fairground.promotions.rules.collecting import CollectRequest
from fairground.promotions.rules.declaring import MarketTerms
from fairground.promotions.rules.terms import DiscountStep, PromotionKind
from tests.counters import counter_open
from tests.factories import make_market, make_merchant, make_shopper
from tests.people_making import make_guest, make_user, sign_in
from tests.promotion_making import make_promotion

pytestmark = pytest.mark.usefixtures("writer")

HOUR = timedelta(hours=1)


@pytest.fixture
def counter() -> Iterator[Counter]:
    """The door of the process that answers the test's pages."""
    make_market()
    with counter_open() as opened:
        yield opened


def coupon(*, in_hours: int = -1, for_hours: int = 2, coupons_max: int | None = None, **further: Any) -> int:
    """Make a coupon that opens, and can be collected, in so many hours; 10.00 off at 50.00 unless told otherwise."""
    opens_at = timezone.now() + in_hours * HOUR
    terms = {"EU": MarketTerms(threshold_minor=5_000, off_minor=1_000, coupons_max=coupons_max)}
    declaration = {"step": DiscountStep.PLATFORM_COUPON, "terms": terms, "opens_at": opens_at, **further}
    return make_promotion(needs_coupon=True, closes_at=opens_at + for_hours * HOUR, **declaration)


def verified(client: Client) -> int:
    """Make the client's session a verified shopper's, and return it."""
    shopper_id = make_guest(client).shopper_id
    Shopper.objects.filter(id=shopper_id).update(verified=True)
    return shopper_id


def collect(promotion_id: int, shopper_id: int) -> None:
    """Let a shopper collect a coupon now, as the door does."""
    request = CollectRequest(promotion_id, "EU", shopper_id, verified=True)
    collect_coupons([request], now_ms=to_unix_ms(timezone.now()))


def page_of(client: Client) -> str:
    answer = client.get("/coupons")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def states(page: str) -> list[str]:
    """Return in which states the coupons stand that can be collected, in their order."""
    return re.findall(r'class="coupon" data-state="(\w+)"', page)


def savings(page: str) -> list[str]:
    """Return what the coupons that can be collected take off."""
    return re.findall(r'class="coupon-saving">([^<]*)<', page)


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of the first form that collects."""
    form = page[page.index('action="/coupons"') :]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[: form.index("</form>")]))


def test_a_coupon_is_collected_by_a_form_and_stands_among_mine(counter: Counter, client: Client) -> None:
    shopper_id, promotion_id = verified(client), coupon(coupons_max=5)
    before = page_of(client)

    answer = client.post("/coupons", hidden(before))

    assert (answer.status_code, answer["Location"]) == (303, "/coupons")
    assert Coupon.objects.values_list("promotion_id", "shopper_id", "market").get() == (promotion_id, shopper_id, "EU")
    after = page_of(client)
    assert "The coupon is yours." in after
    assert (states(before), states(after)) == (["open"], ["collected"])
    assert 'action="/coupons"' not in after
    assert ("My coupons" in before, "My coupons" in after) == (False, True)


def test_the_same_form_twice_is_one_coupon(counter: Counter, client: Client) -> None:
    verified(client)
    coupon(coupons_max=5)
    fields = hidden(page_of(client))

    answers = [client.post("/coupons", fields).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert Coupon.objects.count() == Allowance.objects.get(kind=2).taken == 1


def test_who_comes_too_late_is_told_so_and_nothing_changes(counter: Counter, client: Client) -> None:
    verified(client)
    promotion_id = coupon(coupons_max=1)
    fields = hidden(page_of(client))
    collect(promotion_id, make_shopper())

    answer = client.post("/coupons", fields)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Others were faster: all of these coupons were collected." in page
    assert states(page) == ["gone"]
    assert Coupon.objects.count() == 1


def test_a_coupon_that_ends_while_one_looks_is_refused(counter: Counter, client: Client) -> None:
    verified(client)
    promotion_id = coupon()
    fields = hidden(page_of(client))
    Promotion.objects.filter(id=promotion_id).update(closes_at=timezone.now())

    page = client.post("/coupons", fields).content.decode()

    assert "This coupon is over." in page
    assert states(page) == []
    assert not Coupon.objects.exists()


def test_guests_see_the_coupons_and_how_to_take_part_but_no_button(counter: Counter, client: Client) -> None:
    promotion_id = coupon()
    page = page_of(client)
    make_guest(client)

    answer = client.post("/coupons", {"promotion": promotion_id, "market": "EU", "key": "", "ticket": ""})

    assert states(page) == ["open"]
    assert "sign in with a confirmed e-mail address" in page
    assert 'action="/coupons"' not in page
    assert answer.status_code == 200
    assert not Coupon.objects.exists()


def test_a_user_who_bought_nothing_yet_collects_as_well(counter: Counter, client: Client) -> None:
    coupon()
    make_user(email="ana@example.org")
    sign_in(client, email="ana@example.org")

    client.post("/coupons", hidden(page_of(client)))

    assert Coupon.objects.get().shopper_id == Shopper.objects.get().id


def test_a_guest_without_a_proved_address_is_refused_by_the_door(counter: Counter, client: Client) -> None:
    promotion_id = coupon()
    shopper_id = verified(client)
    fields = hidden(page_of(client))
    Shopper.objects.filter(id=shopper_id).update(verified=False)

    page = client.post("/coupons", fields).content.decode()

    assert fields["promotion"] == str(promotion_id)
    assert "confirm your e-mail address, then come back" in page
    assert not Coupon.objects.exists()


def test_what_can_be_collected_now_comes_first_and_what_is_over_or_elsewhere_is_not_there(
    counter: Counter, client: Client
) -> None:
    make_market(code="US", currency="USD", tax_rates_bps={"US": 0})
    verified(client)
    coupon(in_hours=2, collects_from=timezone.now() + HOUR, terms={"EU": MarketTerms(off_minor=300)})
    coupon(in_hours=3, terms={"EU": MarketTerms(off_minor=350)})
    coupon(for_hours=5, terms={"EU": MarketTerms(off_minor=200)})
    coupon(for_hours=3, terms={"EU": MarketTerms(off_minor=100)})
    coupon(in_hours=5, collects_from=timezone.now() - HOUR, terms={"EU": MarketTerms(off_minor=250)})
    coupon(in_hours=-4, terms={"EU": MarketTerms(off_minor=400)})
    coupon(terms={"US": MarketTerms(off_minor=500)})
    make_promotion(opens_at=timezone.now() - HOUR, closes_at=timezone.now() + HOUR)

    page = page_of(client)

    assert states(page) == ["open", "open", "open", "soon", "soon"]
    assert savings(page) == ["€1.00 off", "€2.00 off", "€2.50 off", "€3.00 off", "€3.50 off"]
    assert page.count("To be collected from ") == 1
    assert page.count("Good from ") == 3


@pytest.mark.parametrize(
    ("kind", "terms", "told"),
    [
        (PromotionKind.AMOUNT_OFF, {"off_minor": 1_000, "threshold_minor": 5_000}, "€10.00 off from €50.00"),
        (PromotionKind.AMOUNT_OFF, {"off_minor": 1_000}, "€10.00 off"),
        (PromotionKind.PERCENT_OFF, {}, "12.5% off"),
        (PromotionKind.PERCENT_OFF, {"threshold_minor": 5_000}, "12.5% off from €50.00"),
        (PromotionKind.PERCENT_OFF, {"ceiling_minor": 2_000}, "12.5% off, at most €20.00"),
        (
            PromotionKind.PERCENT_OFF,
            {"ceiling_minor": 2_000, "threshold_minor": 5_000},
            "12.5% off, at most €20.00, from €50.00",
        ),
        (PromotionKind.BUNDLE_FOR_PRICE, {"bundle_minor": 2_000}, "3 for €20.00"),
        (PromotionKind.BUNDLE_FOR_FEWER, {}, "3 for the price of 2"),
    ],
)
def test_what_a_coupon_takes_off_is_a_sentence(
    counter: Counter, client: Client, kind: PromotionKind, terms: dict[str, int], told: str
) -> None:
    further = {
        PromotionKind.PERCENT_OFF: {"percent_bps": 1_250},
        PromotionKind.BUNDLE_FOR_PRICE: {"bundle_units": 3},
        PromotionKind.BUNDLE_FOR_FEWER: {"bundle_units": 3, "bundle_paid_units": 2},
    }.get(kind, {})
    coupon(kind=kind, terms={"EU": MarketTerms(**terms)}, **further)

    assert savings(page_of(client)) == [told]


@pytest.mark.parametrize(
    ("percent_bps", "terms", "told"),
    [
        (10_000, {}, "Free shipping"),
        (10_000, {"threshold_minor": 5_000}, "Free shipping from €50.00"),
        (10_000, {"ceiling_minor": 400}, "100% off shipping, at most €4.00"),
        (5_000, {"threshold_minor": 5_000}, "50% off shipping from €50.00"),
    ],
)
def test_a_coupon_for_shipping_says_so(
    counter: Counter, client: Client, percent_bps: int, terms: dict[str, int], told: str
) -> None:
    shipping: dict[str, Any] = {"step": DiscountStep.SHIPPING, "kind": PromotionKind.SHIPPING_OFF}
    coupon(percent_bps=percent_bps, terms={"EU": MarketTerms(**terms)}, **shipping)

    assert savings(page_of(client)) == [told]


def test_whose_a_coupon_is_and_how_many_are_left_roughly(counter: Counter, client: Client) -> None:
    merchant = make_merchant()
    few = coupon(coupons_max=20)
    coupon(for_hours=3, coupons_max=1_299, step=DiscountStep.MERCHANT_COUPON, merchant_id=merchant.id)
    coupon(for_hours=4)
    collect(few, make_shopper())

    page = page_of(client)

    assert re.findall(r'coupon-note">([^<]* left)<', page) == ["Only a few left", "About 1,200 left"]
    assert re.findall(r'<p class="coupon-note"><a href="([^"]*)"><bdi>([^<]*)<', page) == [
        (f"/shops/merchant-{merchant.id}", "Olmo")
    ]
    assert page.count('<p class="coupon-note">Fairground</p>') == 2


def test_mine_are_told_by_what_has_become_of_them(counter: Counter, client: Client) -> None:
    shopper_id = verified(client)
    good, used, ended = coupon(for_hours=4), coupon(for_hours=3), coupon()
    for one in (good, used, ended):
        collect(one, shopper_id)
    Coupon.objects.filter(promotion_id=used).update(used=1)
    Promotion.objects.filter(id=ended).update(closes_at=timezone.now())

    page = page_of(client)

    assert states(page) == ["used", "collected"]
    assert re.findall(r'<li data-state="(\w+)"', page[page.index("coupons-mine") :]) == ["collected", "used", "ended"]


def test_more_coupons_take_no_more_queries(counter: Counter, client: Client) -> None:
    shopper_id = verified(client)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            page_of(client)
        return len(seen)

    def add() -> None:
        merchant = make_merchant()
        one = coupon(coupons_max=100, step=DiscountStep.MERCHANT_COUPON, merchant_id=merchant.id)
        collect(one, shopper_id)

    add()
    queries()
    of_one = queries()
    for _ in range(4):
        add()

    assert queries() == of_one


def test_without_coupons_the_page_says_so_and_footer_and_cart_lead_to_it(counter: Counter, client: Client) -> None:
    make_guest(client)

    assert "No coupons now" in page_of(client)
    assert client.get("/cart").content.decode().count('href="/coupons"') == 2
