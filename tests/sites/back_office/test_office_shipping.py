"""Shipping and withdrawals in the back office: who may, what forms do, what pages and the log say."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairground.checkout.actions.advance_orders import advance_orders
from fairground.fulfilment.models import Shipment, Withdrawal
from fairground.fulfilment.queries import parcels_of
from fairground.kernel.models import AuditEntry
from fairground.orders.rules import Step
from tests.books import hot_rows
from tests.fulfilment.withdrawing import Bought, buy, state_of, withdraw
from tests.refunding import LATER_MS, wallet_minor
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")
QUEUE = "/back-office/withdrawals/"


@pytest.fixture
def bought() -> Bought:
    return buy()


def page_of(bought: Bought, further: str = "") -> str:
    return f"/back-office/purchases/{bought.placed.number}/{further}"


def test_an_operator_ships_an_order_in_two_parcels_and_says_that_it_came(bought: Bought) -> None:
    client = sign_in("operator")
    assert f'href="{page_of(bought, "ship/1/")}"' in client.get(page_of(bought)).content.decode()
    assert "Units of line 1: Oak chair" in client.get(page_of(bought, "ship/1/")).content.decode()

    first = client.post(page_of(bought, "ship/1/"), {"carrier": " DHL ", "tracking": "a 1", "line-1": "1"}, follow=True)
    assert "The parcel is written." in first.content.decode()
    assert state_of(bought.chairs) is Step.PAID
    second = client.post(page_of(bought, "ship/1/"), {"carrier": "DHL", "tracking": "A2", "line-1": "1"}, follow=True)

    shown = second.content.decode()
    assert "The order is shipped." in shown
    assert "<bdi>DHL</bdi> <code>A1</code>" in shown
    assert [dict(one.units) for one in parcels_of(order_ids=[bought.chairs])[bought.chairs]] == [{1: 1}, {1: 1}]
    assert AuditEntry.objects.filter(verb="shipped", user_id__isnull=False).count() == 2
    assert "It was delivered" in shown
    assert "The order is delivered." in client.post(page_of(bought, "delivered/1/"), follow=True).content.decode()
    assert state_of(bought.chairs) is Step.DELIVERED
    again = client.post(page_of(bought, "delivered/1/"), follow=True).content.decode()
    assert "The order is in another state meanwhile." in again
    assert "Nothing of this order is left to be shipped." in client.get(page_of(bought, "ship/1/")).content.decode()


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"carrier": "DHL", "tracking": "", "line-1": "1"}, "Give a number: it tells parcels of an order apart."),
        ({"carrier": "DHL", "tracking": "1", "line-1": "0"}, "Nothing is in the parcel."),
        ({"carrier": "", "tracking": "1", "line-1": "1"}, "This field is required."),
        ({"carrier": "DHL", "tracking": "1", "line-1": "3"}, "Ensure this value is less than or equal to 2."),
        ({"carrier": "DHL", "tracking": "1", "line-1": "-1"}, "Ensure this value is greater than or equal to 0."),
        ({"carrier": "D" * 61, "tracking": "1", "line-1": "1"}, "Ensure this value has at most 60 characters"),
    ],
)
def test_a_parcel_that_can_not_be_is_told_and_nothing_is_written(
    bought: Bought, form: dict[str, str], words: str
) -> None:
    before = hot_rows()

    assert words in sign_in("operator").post(page_of(bought, "ship/1/"), form).content.decode()

    assert hot_rows() == before
    assert Shipment.objects.count() == 0


def test_who_has_no_right_to_it_ships_nothing_and_settles_nothing(bought: Bought) -> None:
    advance_orders(order_ids=[bought.lamps], then=Step.SHIPPED, now_ms=LATER_MS)
    withdraw(f"{bought.placed.number}-2")
    before = hot_rows()
    for role, seen in (("support", 200), ("editor", 403)):
        client = sign_in(role)
        assert client.get(page_of(bought, "ship/1/")).status_code == 403
        assert client.post(page_of(bought, "delivered/2/")).status_code == 403
        assert client.get(QUEUE).status_code == seen
        assert client.post(QUEUE, {"order": str(bought.lamps), "deed": "refund"}).status_code == 403
        assert "/ship/1/" not in client.get(page_of(bought)).content.decode()

    assert hot_rows() == before
    assert Withdrawal.objects.get().settled_at is None


def test_an_order_that_there_is_not_is_not_found(bought: Bought) -> None:
    client = sign_in("operator")

    assert client.get(page_of(bought, "ship/9/")).status_code == 404
    assert client.get(f"/back-office/purchases/{'0' * 20}/ship/1/").status_code == 404


def test_the_queue_has_what_left_and_pays_it_back_when_the_goods_are_here(bought: Bought) -> None:
    advance_orders(order_ids=[bought.chairs, bought.lamps], then=Step.SHIPPED, now_ms=LATER_MS)
    withdraw(f"{bought.placed.number}-1")
    withdraw(f"{bought.placed.number}-2", statement="The <b>shade</b> only")
    client, wallet = sign_in("operator"), wallet_minor(bought.shopper_id)

    queue = client.get(QUEUE).content.decode()
    assert queue.count("Mark as settled") == 2
    assert queue.count("Refund and settle") == 1
    assert "The &lt;b&gt;shade&lt;/b&gt; only" in queue
    assert "2026-11-25 01:00" in queue
    part = client.post(QUEUE, {"order": str(bought.lamps), "deed": "refund"}, follow=True).content.decode()
    assert "Only a part is withdrawn from: refund its units by hand." in part
    whole = client.post(QUEUE, {"order": str(bought.chairs), "deed": "refund"}, follow=True).content.decode()
    assert "All that was kept is paid back, and the withdrawal is settled." in whole
    assert wallet_minor(bought.shopper_id) == wallet + 2_000
    again = client.post(QUEUE, {"order": str(bought.chairs), "deed": "refund"}, follow=True).content.decode()
    assert "Nothing is left to do about this withdrawal." in again
    assert wallet_minor(bought.shopper_id) == wallet + 2_000
    client.post(QUEUE, {"order": str(bought.lamps), "deed": "settle"})
    assert "No withdrawal is open." in client.get(QUEUE).content.decode()
    assert "Settled" in client.get(page_of(bought)).content.decode()


def test_settling_asks_once_more_and_says_what_follows(bought: Bought) -> None:
    advance_orders(order_ids=[bought.chairs], then=Step.SHIPPED, now_ms=LATER_MS)
    withdraw(f"{bought.placed.number}-1")

    queue = sign_in("operator").get(QUEUE).content.decode()

    asks, button = queue.index("Nothing is left to do</summary>"), queue.index('value="settle"')
    assert queue.count("<details") == queue[:button].count("<details") == 2
    assert asks < queue.index("nothing is paid back by it") < button < queue.rindex("</details>")


def test_the_queue_takes_as_many_statements_with_three_rows_as_with_one(bought: Bought) -> None:
    client, counts = sign_in("operator"), []
    for some in ([bought], [buy(), buy()]):
        for one in some:
            advance_orders(order_ids=[one.chairs], then=Step.SHIPPED, now_ms=LATER_MS)
            withdraw(f"{one.placed.number}-1")
        with CaptureQueriesContext(connection) as captured:
            queue = client.get(QUEUE).content.decode()
        counts.append(len(captured))

    assert queue.count("Mark as settled") == 3
    assert f'href="{page_of(bought)}"' in queue
    assert counts[0] == counts[1]


@pytest.mark.parametrize("order", ["", "1", "x", "99999999999999999999"])
def test_what_is_no_withdrawal_is_refused_in_words(bought: Bought, order: str) -> None:
    for deed in ("refund", "settle"):
        page = sign_in("operator").post(QUEUE, {"order": order, "deed": deed}, follow=True).content.decode()
        assert "Nothing changed." in page
