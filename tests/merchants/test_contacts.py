"""Where merchants are told of things: an address with a language or nothing, versions, the log, and being forgotten."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from fairground.kernel.models import AuditEntry
from fairground.merchants.actions import NoSuchMerchant
from fairground.merchants.contacts import (
    ContactFacts,
    ContactWrong,
    Mailbox,
    NoSuchContact,
    contact_of,
    erase_contact,
    mailbox_of,
    write_contact,
)
from fairground.merchants.models import Contact
from tests.factories import BY, NOW, make_merchant

pytestmark = pytest.mark.usefixtures("lone_writer")

ONE = ContactFacts("service@olmo.example", "es")
TWO = replace(ONE, money_email="books@olmo.example", money_language="en")


def test_what_is_written_is_read_again_and_neither_the_log_nor_a_trace_has_an_address() -> None:
    merchant = make_merchant()

    changed = write_contact(merchant_id=merchant.id, facts=ONE, by=BY)

    assert changed == ("email", "language")
    assert contact_of(merchant_id=merchant.id) == ONE
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.facts) == ("contact-written", {"fields": [None, ["email", "language"]]})
    assert "olmo" not in repr(ONE)
    assert "olmo" not in repr(mailbox_of(merchant_id=merchant.id))


def test_letters_on_money_go_to_their_own_address_where_there_is_one() -> None:
    merchant = make_merchant()
    write_contact(merchant_id=merchant.id, facts=ONE, by=BY)
    assert mailbox_of(merchant_id=merchant.id, is_about_money=True) == Mailbox("service@olmo.example", "es", 1)

    write_contact(merchant_id=merchant.id, facts=TWO, by=BY)

    assert mailbox_of(merchant_id=merchant.id, is_about_money=True) == Mailbox("books@olmo.example", "en", 2)
    assert mailbox_of(merchant_id=merchant.id) == Mailbox("service@olmo.example", "es", 2)


def test_what_is_written_again_changes_nothing_and_keeps_its_version() -> None:
    merchant = make_merchant()
    write_contact(merchant_id=merchant.id, facts=ONE, by=BY)

    assert write_contact(merchant_id=merchant.id, facts=ONE, by=BY) == ()

    assert Contact.objects.get().version == 1
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        (replace(ONE, email=""), "email"),
        (replace(ONE, email="olmo"), "email"),
        (replace(ONE, email="a@olmo.example\nBcc: b@olmo.example"), "email"),
        (replace(ONE, language="tlh"), "language"),
        (replace(TWO, money_email="books"), "money_email"),
        (replace(TWO, money_language=""), "money_language"),
        (replace(ONE, money_language="en"), "money_language"),
    ],
)
def test_what_no_letter_could_be_sent_by_is_not_written(facts: ContactFacts, wrong: str) -> None:
    merchant = make_merchant()

    with pytest.raises(ContactWrong) as refused:
        write_contact(merchant_id=merchant.id, facts=facts, by=BY)

    assert refused.value.facts == {"wrong": wrong}
    assert not Contact.objects.exists()
    assert not AuditEntry.objects.exists()


def test_who_is_no_merchant_has_no_contact() -> None:
    with pytest.raises(NoSuchMerchant):
        write_contact(merchant_id=5, facts=ONE, by=BY)

    assert not Contact.objects.exists()


def test_what_is_erased_leaves_its_version_alone_so_that_no_older_link_comes_to_life_again() -> None:
    merchant = make_merchant()
    write_contact(merchant_id=merchant.id, facts=TWO, by=BY)

    erase_contact(merchant_id=merchant.id, by=BY)

    row = Contact.objects.get()
    assert (row.email, row.language, row.money_email, row.money_language, row.version) == ("", "", "", "", 2)
    assert contact_of(merchant_id=merchant.id) is None
    assert mailbox_of(merchant_id=merchant.id) is None
    with pytest.raises(NoSuchContact):
        erase_contact(merchant_id=merchant.id, by=BY)
    write_contact(merchant_id=merchant.id, facts=ONE, by=BY)
    assert Contact.objects.get().version == 3


@pytest.mark.parametrize(
    "row",
    [
        {"email": "service@olmo.example", "language": ""},
        {"email": "", "language": "es"},
        {"email": "service@olmo.example", "language": "es", "money_email": "books@olmo.example"},
        {"email": "", "money_email": "books@olmo.example", "money_language": "en"},
        {"email": "", "version": 0},
    ],
)
def test_the_database_takes_no_half_of_a_contact(row: dict[str, str]) -> None:
    merchant = make_merchant()

    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.create(merchant_id=merchant.id, changed_at=NOW, **{"version": 1, **row})
