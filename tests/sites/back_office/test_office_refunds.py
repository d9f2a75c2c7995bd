"""Refunding units in the back office: who may, what the form asks, what it does and what the pages show of it."""

import pytest

from fairground.kernel.models import AuditEntry
from fairground.ledger.models import Transfer
from fairground.ledger.rules import TransferKind
from fairground.orders.models import Refund
from fairground.orders.rules import RefundReason
from tests.books import hot_rows
from tests.factories import make_market, make_shopper, make_sku, place_one, place_request
from tests.refunding import Scene, back, make_scene, wallet_minor
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")


@pytest.fixture
def scene() -> Scene:
    make_market()
    return make_scene()


def address(scene: Scene) -> str:
    return f"/back-office/purchases/{scene.placed.number}/refund/"


def form(scene: Scene, *, units: int | str = 1, left: int = 3) -> dict[str, str]:
    """Return what a browser sends that was shown so many chairs left."""
    return {"line": f"{scene.chairs}-1-{left}", "units": str(units), "reason": "faulty"}


def test_an_operator_refunds_a_unit_and_both_pages_and_the_log_say_so(scene: Scene) -> None:
    client, before = sign_in("operator"), wallet_minor(scene.shopper_id)
    page = client.get(f"/back-office/purchases/{scene.placed.number}/").content.decode()
    assert f'href="{address(scene)}"' in page
    assert "Order 1, line 1: Oak chair, 3 left" in client.get(address(scene)).content.decode()

    answer = client.post(address(scene), form(scene), follow=True)

    assert answer.redirect_chain == [(f"/back-office/purchases/{scene.placed.number}/", 302)]
    refund = Refund.objects.get()
    assert (refund.order_id, refund.units, refund.reason) == (scene.chairs, 1, RefundReason.FAULTY)
    assert wallet_minor(scene.shopper_id) == before + refund.paid_minor
    shown = answer.content.decode()
    assert "66.41 EUR goes back to where it was paid from." in shown
    assert "<h3>Refunds</h3>" in shown
    assert str(Transfer.objects.get(kind=TransferKind.REFUND).id) in shown
    entry = AuditEntry.objects.get(verb="refunded")
    assert (entry.subject_id, entry.user_id is not None) == (str(scene.chairs), True)


def test_a_form_that_is_sent_twice_pays_once(scene: Scene) -> None:
    client = sign_in("operator")
    client.post(address(scene), form(scene))
    before = hot_rows()

    again = client.post(address(scene), form(scene))

    assert hot_rows() == before
    # Two are left, not three; and no other line stands there, chosen by the browser, for one more press.
    shown = again.content.decode()
    assert shown.count("Units of the line went back after you opened this page.") == 2, "above it and beside its field"
    assert " selected" not in shown[shown.index('name="line"') :].partition("</select>")[0]
    assert '<option value="">Choose a line</option>' in shown


def test_who_chooses_no_line_refunds_none(scene: Scene) -> None:
    client, before = sign_in("operator"), hot_rows()

    answer = client.post(address(scene), {**form(scene), "line": ""})

    assert list(answer.context["form"].errors) == ["line"]
    assert hot_rows() == before


def test_more_units_than_are_left_are_refused_in_words(scene: Scene) -> None:
    client, before = sign_in("operator"), hot_rows()

    answer = client.post(address(scene), form(scene, units=4))
    none = client.post(address(scene), form(scene, units=0))

    assert "Fewer units of the line are left. Nothing changed." in answer.content.decode()
    assert none.status_code == 200
    assert hot_rows() == before


@pytest.mark.parametrize("units", ["-1", "0", "1e9", "1.5", "10**20", str(10**20), "9" * 5_000, "", "one"])
def test_what_is_no_number_of_units_is_refused_beside_its_field_and_moves_nothing(scene: Scene, units: str) -> None:
    client, before = sign_in("operator"), hot_rows()

    answer = client.post(address(scene), form(scene, units=units))

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["units"]
    assert hot_rows() == before
    assert not AuditEntry.objects.filter(verb="refunded").exists()


def test_where_nothing_is_paid_and_kept_there_is_no_form(scene: Scene) -> None:
    client = sign_in("operator")
    back(scene.chairs, 1, 3)
    back(scene.lamps, 1, 2)
    unpaid = place_one(place_request(make_sku().line(), shopper_id=make_shopper()))

    for number in (scene.placed.number, unpaid.number):
        page = client.get(f"/back-office/purchases/{number}/refund/").content.decode()
        assert "Nothing of this purchase is paid and kept." in page
        assert "Refund units" not in client.get(f"/back-office/purchases/{number}/").content.decode()
    assert client.get(f"/back-office/purchases/{'0' * 20}/refund/").status_code == 404


def test_support_sees_refunds_and_makes_none(scene: Scene) -> None:
    back(scene.chairs, 1, 1)
    client, before = sign_in("support"), hot_rows()

    page = client.get(f"/back-office/purchases/{scene.placed.number}/").content.decode()

    assert "<h3>Refunds</h3>" in page
    assert address(scene) not in page
    assert client.get(address(scene)).status_code == 403
    assert client.post(address(scene), form(scene, left=2)).status_code == 403
    assert hot_rows() == before
