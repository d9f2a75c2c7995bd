"""A demo's merchants are told at addresses that nobody has; who has an address keeps it."""

import pytest

from fairground.merchants.contacts import ContactFacts, contact_of, write_contact
from fairground.merchants.models import Contact, Merchant
from fairground.rehearsal.contacts import offer_contacts
from tests.factories import BY, NOW, make_merchant

pytestmark = pytest.mark.usefixtures("lone_writer")


def test_each_merchant_without_a_contact_is_given_one_once() -> None:
    kept, given = make_merchant(), make_merchant()
    write_contact(merchant_id=kept.id, facts=ContactFacts("a@olmo.example", "es"), by=BY)

    for _ in range(2):
        offer_contacts(now=NOW)

    slug = Merchant.objects.get(id=given.id).slug
    assert contact_of(merchant_id=given.id) == ContactFacts(f"service@{slug}.example.com", "en")
    assert contact_of(merchant_id=kept.id) == ContactFacts("a@olmo.example", "es")
    assert set(Contact.objects.values_list("version", flat=True)) == {1}
