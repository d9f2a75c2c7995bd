"""Purchases in the back office: found by what is known of them, shown whole, and their addresses behind a click."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fairground.catalog.models import Category, Product
from fairground.checkout.rules.placing import Placed
from fairground.kernel.ids import lane_of
from fairground.kernel.models import AuditEntry
from fairground.merchants.models import Merchant
from fairground.orders import lookup
from fairground.orders.lookup import PurchasesPage, Sought, find_purchases, purchase_of_number
from fairground.orders.models import OrderAddress
from fairground.orders.rules import Step
from fairground.orders.tasks import follow_purchases
from fairground.settlement.actions.edit_terms import edit_terms
from fairground.settlement.actions.set_fees import set_fee
from fairground.settlement.rules.terms import SettlementTerms
from tests.factories import (
    BY,
    NOW_MS,
    SkuMade,
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
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")

HOUR_MS = 3_600_000


@pytest.fixture
def chair() -> SkuMade:
    make_market()
    return make_sku(merchant=make_merchant(lane=3))


def buy(sku: SkuMade, *, shopper_id: int | None = None, now_ms: int = NOW_MS, quantity: int = 1) -> Placed:
    """Place a purchase of a SKU."""
    who = shopper_id or make_shopper()
    return place_one(place_request(sku.line(quantity), shopper_id=who, arrived_at_ms=now_ms), now_ms=now_ms)


def numbers(page: PurchasesPage) -> list[str]:
    return [row.number for row in page.rows]


def follow(client: Client, number: str) -> str:
    """Return where a search for a number leads."""
    return client.get("/back-office/purchases/", {"number": number}).headers.get("Location", "")


def test_a_purchase_is_found_by_its_number_an_orders_or_the_id_of_either(chair: SkuMade) -> None:
    placed = buy(chair)
    (order,) = placed.orders
    client = sign_in("support")
    page = f"/back-office/purchases/{placed.number}/"

    spoken = f"{placed.number[:5]}-{placed.number[5:]}".lower()
    for asked in (placed.number, spoken, f"{placed.number}-1", f" {order.order_id} ", str(placed.purchase_id)):
        assert follow(client, asked) == page, asked
    for asked in ("7", "0" * 20, "9" * 19, "9" * 60, "½", "-1", "Oak chair"):
        assert follow(client, asked) == "", asked


def test_purchases_are_listed_the_newest_first_page_by_page_and_none_twice(chair: SkuMade) -> None:
    lamp = make_sku(merchant=make_merchant(lane=40))
    placed = [buy(sku, now_ms=NOW_MS + hour * HOUR_MS) for hour in range(4) for sku in (chair, lamp)]
    newest_first = [one.number for one in sorted(placed, key=lambda one: -one.purchase_id)]

    seen: list[str] = []
    before_id: int | None = 2**63 - 1
    while before_id:
        page = find_purchases(sought=Sought(before_id=before_id), rows_max=3)
        seen += numbers(page)
        before_id = page.next_before_id

    assert seen == newest_first


def test_purchases_are_narrowed_by_state_merchant_shopper_and_day(chair: SkuMade) -> None:
    ada = make_shopper()
    lamp = make_sku(merchant=make_merchant(lane=3))
    give_wallet(shopper_id=ada, amount_minor=10_000)
    mine = buy(chair, shopper_id=ada)
    pay([pay_request(mine, shopper_id=ada)])
    other = buy(lamp)
    later = buy(chair, now_ms=NOW_MS + 30 * HOUR_MS)
    follow_purchases()
    client = sign_in("support")

    def listed(**asked: str | int) -> list[str]:
        page = client.get("/back-office/purchases/", asked)
        return [row.number for row in page.context["rows"]]

    slug = Merchant.objects.get(id=chair.merchant.id).slug
    assert listed() == [later.number, other.number, mine.number]
    assert listed(state="paid") == [mine.number]
    assert listed(state="placed") == [later.number, other.number]
    assert listed(merchant=slug) == [later.number, mine.number]
    assert listed(merchant=slug, state="paid") == [mine.number]
    assert listed(shopper=ada) == [mine.number]
    assert listed(day="2026-11-12") == [later.number]
    assert listed(day="2026-11-11", merchant=slug) == [mine.number]
    assert listed(day="1900-01-01") == listed(day="2020-01-01") == []


@pytest.mark.parametrize(
    "asked",
    [
        {"day": "11.11.2026"},
        {"day": "9999-12-31"},
        {"shopper": "ada"},
        {"shopper": "9" * 40},
        {"merchant": "nobody"},
        {"state": "nothing"},
        {"before": "x"},
        {"before": str(2**63)},
    ],
)
def test_what_cannot_be_asked_for_is_said_or_left_out_and_breaks_nothing(chair: SkuMade, asked: dict[str, str]) -> None:
    assert sign_in("support").get("/back-office/purchases/", asked).status_code == 200


def test_a_list_looks_at_a_bounded_number_of_rows_and_goes_on_from_there(
    chair: SkuMade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "SCANNED_A_LANE_MAX", 3)
    ada = make_shopper()
    give_wallet(shopper_id=ada, amount_minor=10_000)
    first = buy(chair, shopper_id=ada)
    pay([pay_request(first, shopper_id=ada)])
    for hour in range(1, 5):
        buy(chair, now_ms=NOW_MS + hour * HOUR_MS)

    page = find_purchases(sought=Sought(state=Step.PAID), rows_max=2)

    assert (numbers(page), page.next_before_id is None) == ([], False)
    assert page.next_before_id is not None
    after = find_purchases(sought=Sought(state=Step.PAID, before_id=page.next_before_id), rows_max=2)
    assert numbers(after) == [first.number]


def test_every_number_of_a_purchase_leads_to_what_it_is_made_of(chair: SkuMade) -> None:
    ada = make_shopper()
    lamp = make_sku(price_minor=2_500, titles={"en": "Lamp"})
    give_wallet(shopper_id=ada, amount_minor=10_000)
    placed = place_one(place_request(chair.line(2), lamp.line(), shopper_id=ada))
    pay([pay_request(placed, shopper_id=ada)])
    client = sign_in("support")

    shown = client.get(f"/back-office/purchases/{placed.number}/")

    assert shown.context["shown"].total == "45.00 EUR"
    assert shown.context["summed"] == "20.00 EUR + 25.00 EUR"
    first, second = shown.context["orders"]
    assert dict(first.sums) == {
        "Goods": "20.00 EUR",
        "Discounts": "0.00 EUR",
        "Shipping": "0.00 EUR",
        "Tax on top": "0.00 EUR",
        "Total": "20.00 EUR",
    }
    assert [(one.line.title, one.line.quantity, one.tax) for one in first.lines] == [
        ("Oak chair", 2, "3.19 EUR (19 %, included)")
    ]
    ((transfer, amount),) = second.transfers
    assert (transfer.kind.name, amount, transfer.debit_address) == (
        "PURCHASE",
        "25.00 EUR",
        f"shopper:{ada}:wallet:EUR",
    )
    assert transfer.credit_address.startswith(f"merchant:{lamp.merchant.id}:")
    assert "Hauptstr. 1" not in shown.content.decode()


def test_each_line_shows_the_commission_that_it_froze_and_an_order_what_its_creator_is_promised() -> None:
    make_market()
    merchant = make_merchant(lane=3, commission_bps=500)
    chair, lamp = make_sku(merchant=merchant), make_sku(merchant=merchant)
    Category.objects.create(code="home", names={"en": "Home"})
    Product.objects.filter(skus__id=chair.id).update(category_id="home")
    set_fee(category="home", merchant_id=None, commission_bps=850, by=BY)
    edit_terms(merchant_id=merchant.id, terms=SettlementTerms(creator_bps=300), by=BY)
    placed = place_one(place_request(chair.line(), lamp.line(), shopper_id=make_shopper(), creator_id=7))
    set_fee(category="home", merchant_id=None, commission_bps=900, by=BY)

    shown = sign_in("support").get(f"/back-office/purchases/{placed.number}/")

    (order,) = shown.context["orders"]
    assert [line.commission for line in order.lines] == ["8.5 %", "5 %"]
    assert '<dd>7 (Cart): <bdi dir="ltr">3 %</bdi></dd>' in shown.text


def test_an_address_is_shown_behind_a_click_that_the_audit_log_keeps(chair: SkuMade) -> None:
    placed = buy(chair)
    page = f"/back-office/purchases/{placed.number}/"
    client = sign_in("support")

    assert client.get(f"{page}addresses/").status_code == 405
    assert AuditEntry.objects.filter(verb="address-seen").count() == 0
    shown = client.post(f"{page}addresses/")

    assert "Hauptstr. 1" in shown.content.decode()
    assert shown.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    entry = AuditEntry.objects.get(verb="address-seen")
    (order,) = placed.orders
    assert (entry.subject_kind, entry.subject_id) == ("order", str(order.order_id))
    assert (entry.user_id, entry.facts) == (int(client.session["_auth_user_id"]), {})


def test_an_address_that_was_erased_is_not_asked_for(chair: SkuMade) -> None:
    placed = buy(chair)
    OrderAddress.objects.all().delete()
    client = sign_in("support")

    assert "No address is kept any more." in client.get(f"/back-office/purchases/{placed.number}/").content.decode()
    client.post(f"/back-office/purchases/{placed.number}/addresses/")
    assert AuditEntry.objects.filter(verb="address-seen").count() == 0


def test_a_list_of_purchases_takes_as_many_statements_however_long_it_is(chair: SkuMade) -> None:
    client = sign_in("support")
    counts: list[int] = []
    for hour in range(2):
        for minute in range(1 + 5 * hour):
            buy(chair, now_ms=NOW_MS + hour * HOUR_MS + minute)
        with CaptureQueriesContext(connection) as seen:
            client.get("/back-office/purchases/")
        counts.append(len(seen))

    assert counts == [5, 5]


def test_a_purchase_of_many_orders_takes_as_many_statements_as_one(chair: SkuMade) -> None:
    client, ada = sign_in("support"), make_shopper()
    skus = [make_sku() for _ in range(5)]
    one = buy(chair, shopper_id=ada)
    many = place_one(place_request(*[sku.line() for sku in skus], shopper_id=ada))

    counts = []
    for placed in (one, many):
        with CaptureQueriesContext(connection) as seen:
            client.get(f"/back-office/purchases/{placed.number}/")
        counts.append(len(seen))

    assert counts == [17, 17]


def test_a_number_reaches_no_other_lane(chair: SkuMade) -> None:
    placed = buy(chair)

    assert lane_of(placed.purchase_id) == 3
    assert purchase_of_number(number=str(placed.purchase_id + (60 << 12))) is None
