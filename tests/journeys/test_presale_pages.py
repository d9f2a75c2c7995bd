"""A presale from its page to its balance, as forms without any script send it; and over HTTP, by the door's answers."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from fairground.carts.actions import put_in_cart
from fairground.carts.models import CartEntry
from fairground.catalog.models import Price, Sku
from fairground.intake.codec import new_key
from fairground.intake.counter import Counter
from fairground.ledger.queries import transfers_of_orders
from fairground.ledger.rules import TransferKind
from fairground.markets.rules import DepositMode
from fairground.orders.lookup import purchase_whole
from fairground.orders.models import Purchase
from fairground.orders.rules import DepositEnd, Step, purchase_number
from fairground.payments.queries import wallet_balance_minor
from fairground.promotions.actions.declare import create_promotion
from fairground.promotions.rules.declaring import MarketTerms
from tests.counters import counter_open
from tests.factories import BY, SkuMade, give_wallet, make_market
from tests.journeys.test_checkout import give_address, hidden
from tests.people_making import make_guest
from tests.presales import make_presale
from tests.promotion_making import declared

pytestmark = pytest.mark.usefixtures("writer")


@pytest.fixture
def counter() -> Iterator[Counter]:
    """The door of the process that answers the test's pages."""
    make_market(tax_rates_bps={"DE": 0, "ES": 0})
    with counter_open() as opened:
        yield opened


def presale(mode: DepositMode = DepositMode.ADVANCE) -> SkuMade:
    """A presale that may be ordered since an hour ago: 10.00, of which 1.00 now, which counts for 1.50."""
    return make_presale(mode=mode, opens_at=timezone.now() - timedelta(hours=1))


def product_page(client: Client, made: SkuMade) -> str:

    return client.get(f"/products/{Sku.objects.get(id=made.id).product_id}").content.decode()


def order(client: Client, made: SkuMade, *, units: int = 1) -> str:
    """Order a presale by the forms of the pages, and return the address that the checkout leads to."""
    to_checkout = client.post("/checkout/presale", {"presale": str(made.deal_id), "units": str(units)})["Location"]
    assert to_checkout == f"/checkout?presale={made.deal_id}&units={units}"
    page = client.get(to_checkout).content.decode()
    if 'id="order-form"' not in page:
        given = client.post(f"/checkout/address?presale={made.deal_id}&units={units}", ADDRESS)
        assert given["Location"] == to_checkout
        page = client.get(to_checkout).content.decode()
    return client.post(to_checkout, hidden(page))["Location"]


ADDRESS = {
    "country": "DE",
    "name": "Ana Lantern",
    "line1": "Hauptstr. 1",
    "city": "Berlin",
    "postal_code": "10115",
    "email": "ana@example.org",
}


def open_balance() -> None:
    Purchase.objects.update(balance_opens_at=timezone.now() - timedelta(minutes=1))


def test_the_product_page_says_what_is_paid_now_what_later_and_what_if_somebody_breaks_off(
    counter: Counter, client: Client
) -> None:
    page = product_page(client, presale(DepositMode.EARNEST))

    for words in ("Presale", "€10.00", "€1.00", "counts for €1.50", "€8.50", "€9.50", "earnest money", "Pay deposit"):
        assert words in page, words


def test_somebody_new_orders_a_presale_pays_the_deposit_and_later_the_rest(counter: Counter, client: Client) -> None:
    made = presale()
    shopper_id = make_guest(client).shopper_id
    give_wallet(shopper_id=shopper_id, amount_minor=5_000, now_ms=counter.clock.now_ms())

    address = order(client, made)

    bought = Purchase.objects.get()
    number = purchase_number(bought.id, bought.random_bits)
    assert address == f"/purchases/{number}"
    assert (bought.state, bought.total_minor, bought.deposit_minor) == (Step.DEPOSITED, 950, 100)
    assert wallet_balance_minor(shopper_id=shopper_id, currency="EUR") == 4_900
    waiting = client.get(address).content.decode()
    assert "Pay the rest from" in waiting
    assert "Deposit paid" in waiting
    assert client.get(f"{address}/pay")["Location"] == address

    open_balance()
    paying = client.get(f"{address}/pay").content.decode()
    assert "Pay the rest, €8.50" in paying
    assert client.post(f"{address}/pay", {"key": new_key(now_ms=counter.clock.now_ms())})["Location"] == address

    assert Purchase.objects.values_list("state", "deposit_end").get() == (Step.PAID, DepositEnd.COUNTED)
    assert wallet_balance_minor(shopper_id=shopper_id, currency="EUR") == 4_050
    assert "It is being packed" in client.get(address).content.decode()
    assert "Deposit paid" not in client.get("/purchases").content.decode()


def test_the_checkout_takes_discounts_off_the_rest_and_charges_what_it_showed(counter: Counter, client: Client) -> None:
    made, now = presale(), timezone.now()
    create_promotion(
        record=declared(
            opens_at=now - timedelta(hours=1),
            closes_at=now + timedelta(hours=1),
            terms={"EU": MarketTerms(threshold_minor=500, off_minor=100)},
        ),
        by=BY,
    )
    shopper_id = make_guest(client).shopper_id
    give_wallet(shopper_id=shopper_id, amount_minor=5_000, now_ms=counter.clock.now_ms())
    client.post(f"/checkout/address?presale={made.deal_id}&units=1", ADDRESS)

    page = client.get(f"/checkout?presale={made.deal_id}&units=1").content.decode()

    sums = re.findall(r"<dt>(?:<bdi>)?([^<]*)(?:</bdi>)?</dt><dd>([^<]*)</dd>", page)
    assert sums == [
        ("Goods", "€10.00"),
        ("Your deposit counts for €1.50", "-€0.50"),
        ("Shipping", "free"),
        ("Every 300, 40 off", "-€1.00"),
        ("Total", "€8.50"),
        ("Deposit, to pay now", "€1.00"),
        ("The rest, later", "€7.50"),
    ]
    address = client.post(f"/checkout?presale={made.deal_id}&units=1", hidden(page))["Location"]
    assert Purchase.objects.values_list("total_minor", "deposit_minor").get() == (850, 100)
    assert "Across shops" in client.get(address).content.decode()


def test_who_has_too_little_pays_the_deposit_on_the_next_page(counter: Counter, client: Client) -> None:
    made = presale()
    make_guest(client)

    address = order(client, made, units=2)

    assert address.endswith("/pay")
    page = client.get(address).content.decode()
    assert "Pay a deposit of €2.00" in page
    assert "€17.00" in page
    assert "advance" in page


def test_goods_that_became_cheaper_are_asked_for_less(counter: Counter, client: Client) -> None:
    made = presale()
    give_wallet(shopper_id=make_guest(client).shopper_id, amount_minor=5_000, now_ms=counter.clock.now_ms())
    address = order(client, made)
    open_balance()
    Price.objects.filter(sku_id=made.id).update(price_minor=900)

    page = client.get(f"{address}/pay").content.decode()

    assert "Pay the rest, €8.00" in page
    assert "Less than promised" in page
    assert "Pay €8.00" in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("mode", "warning", "left_minor", "after"),
    [
        (DepositMode.EARNEST, "if you cancel, it is lost", 4_900, "stays with the merchant"),
        (DepositMode.ADVANCE, "comes back to you", 5_000, "is back in your wallet"),
    ],
)
def test_cancelling_says_what_becomes_of_the_deposit_before_and_after(
    mode: DepositMode, warning: str, left_minor: int, after: str, counter: Counter, client: Client
) -> None:
    made = presale(mode)
    shopper_id = make_guest(client).shopper_id
    give_wallet(shopper_id=shopper_id, amount_minor=5_000, now_ms=counter.clock.now_ms())
    address = order(client, made)

    assert warning in client.get(f"{address}/cancel").content.decode()
    client.post(f"{address}/cancel", {"seen": "DEPOSITED"})

    assert after in client.get(address).content.decode()
    assert wallet_balance_minor(shopper_id=shopper_id, currency="EUR") == left_minor


def test_a_deposit_paid_in_another_tab_is_not_lost_by_a_question_asked_before(counter: Counter, client: Client) -> None:
    made = presale(DepositMode.EARNEST)
    shopper_id = make_guest(client).shopper_id
    give_wallet(shopper_id=shopper_id, amount_minor=5_000, now_ms=counter.clock.now_ms())
    address = order(client, made)

    page = client.post(f"{address}/cancel", {"seen": "PLACED"}).content.decode()

    assert "Something changed while you were here" in page
    assert "if you cancel, it is lost" in page
    assert Purchase.objects.get().state == Step.DEPOSITED
    client.post(f"{address}/cancel", {"seen": "DEPOSITED"})
    assert Purchase.objects.get().state == Step.CANCELLED


def test_a_presale_leaves_the_cart_alone(counter: Counter, client: Client) -> None:
    made = presale()
    shopper_id = make_guest(client).shopper_id
    put_in_cart(shopper_id=shopper_id, sku_id=made.id, quantity=1, seen_minor=1_200, currency="EUR", now=timezone.now())
    assert "€12.00" in client.get("/cart").content.decode()

    order(client, made)

    assert CartEntry.objects.get().quantity == 1


def test_a_presale_whose_window_is_over_is_not_ordered(counter: Counter, client: Client) -> None:
    made = make_presale(opens_at=timezone.now() - timedelta(days=2))
    make_guest(client)

    assert client.get(f"/checkout?presale={made.deal_id}&units=1").status_code == 404
    assert "Pay deposit" not in product_page(client, made)
    assert not Purchase.objects.exists()


def test_somebody_without_a_session_gets_one_on_the_way_to_the_checkout(counter: Counter, client: Client) -> None:
    made = presale()

    answer = client.post("/checkout/presale", {"presale": str(made.deal_id), "units": "1"})

    assert "sessionid" in client.cookies or any(name.endswith("session") for name in client.cookies), client.cookies
    assert "Delivery address" in client.get(answer["Location"]).content.decode()


def test_the_forms_order_is_the_one_that_the_script_sends(counter: Counter, client: Client) -> None:
    made = presale()
    make_guest(client)
    give_address(client)
    page = client.get(f"/checkout?presale={made.deal_id}&units=1").content.decode()

    start = page.index('<script id="order" type="application/json">') + len(
        '<script id="order" type="application/json">'
    )
    sent = json.loads(json.loads(page[start : page.index("</script>", start)])["body"])

    assert sent["lines"] == [{"sku": str(made.id), "quantity": 1, "unit_price_minor": 1_000, "deal": str(made.deal_id)}]


def test_the_back_office_finds_both_payments_of_a_presale(counter: Counter, client: Client) -> None:
    made = presale()
    give_wallet(shopper_id=make_guest(client).shopper_id, amount_minor=5_000, now_ms=counter.clock.now_ms())
    address = order(client, made)
    open_balance()
    client.post(f"{address}/pay", {"key": new_key(now_ms=counter.clock.now_ms())})
    bought = Purchase.objects.get()

    whole = purchase_whole(number=purchase_number(bought.id, bought.random_bits))

    assert whole is not None
    assert set(whole.moments) == {"placed_at", "deposited_at", "paid_at"}
    moments = {whole.orders[0].id: set(whole.moments.values())}
    assert [(one.kind, one.amount_minor) for one in transfers_of_orders(moments=moments)] == [
        (TransferKind.DEPOSIT, 100),
        (TransferKind.PURCHASE, 850),
    ]
