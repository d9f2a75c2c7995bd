"""Where a demo's merchants are told: addresses that nobody has, so that letters can be read at /demo/mail."""

from datetime import datetime

from fairground.kernel.edits import By
from fairground.merchants.contacts import ContactFacts, write_contact
from fairground.merchants.models import Merchant


def offer_contacts(*, now: datetime) -> None:
    """Write down an example address for each merchant that has none, and leave the others as they are."""
    unknown = Merchant.objects.filter(contact__isnull=True).order_by("id").values_list("id", "slug")
    for merchant_id, slug in unknown:
        # example.com is nobody's for good (RFC 2606, 3).
        facts = ContactFacts(f"service@{slug.replace('_', '-')}.example.com", "en")
        write_contact(merchant_id=merchant_id, facts=facts, by=By(user_id=None, now=now))
