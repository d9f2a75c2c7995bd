"""Where a merchant is told, in the back office: written, wrong, erased, and only by who may."""

import pytest

from fairground.kernel.models import AuditEntry
from fairground.merchants.contacts import ContactFacts, contact_of
from tests.factories import make_merchant
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")


def test_an_operator_writes_a_contact_and_erases_it() -> None:
    merchant, client = make_merchant(), sign_in("operator")
    address = f"/back-office/merchants/{merchant.id}/contact/"
    form = {"email": "service@olmo.example", "language": "es", "money_email": "", "money_language": ""}

    said = client.post(address, form, follow=True).content.decode()

    assert "Written." in said
    assert contact_of(merchant_id=merchant.id) == ContactFacts("service@olmo.example", "es")
    entry = AuditEntry.objects.get(verb="contact-written")
    assert entry.user_id is not None
    assert "service@olmo.example" not in str(entry.facts)
    client.post(address, {"deed": "erase"})
    assert contact_of(merchant_id=merchant.id) is None


def test_what_is_wrong_is_told_beside_its_field() -> None:
    merchant, client = make_merchant(), sign_in("operator")
    form = {"email": "olmo", "language": "es", "money_email": "", "money_language": ""}

    said = client.post(f"/back-office/merchants/{merchant.id}/contact/", form).content.decode()

    assert "Enter an address such as service@shop.example." in said
    assert contact_of(merchant_id=merchant.id) is None


def test_support_does_not_see_it() -> None:
    merchant = make_merchant()

    assert sign_in("support").get(f"/back-office/merchants/{merchant.id}/contact/").status_code == 403
