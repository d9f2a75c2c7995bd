"""Who merchants are by law: whole or not at all, masked in lists, written down when read, and forgotten."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from fairground.kernel.models import AuditEntry
from fairground.merchants.actions import NoSuchMerchant
from fairground.merchants.identities import (
    IdentityFacts,
    IdentityIncomplete,
    NoSuchIdentity,
    disclose_identities,
    erase_identity,
    identities_known,
    masked,
    write_identity,
)
from fairground.merchants.models import LegalIdentity
from tests.factories import BY, NOW, make_merchant
from tests.settlement.trade_making import ENTITY, PERSON

pytestmark = pytest.mark.usefixtures("lone_writer")


@pytest.mark.parametrize("facts", [PERSON, ENTITY], ids=["person", "entity"])
def test_what_is_written_is_read_again_and_the_log_has_no_value_of_it(facts: IdentityFacts) -> None:
    merchant = make_merchant()

    changed = write_identity(merchant_id=merchant.id, facts=facts, by=BY)

    assert {"street", "tins"} <= set(changed)
    assert disclose_identities(merchant_ids=[merchant.id, 5], by=BY) == {merchant.id: facts}
    written, seen = AuditEntry.objects.order_by("id")
    assert (written.verb, written.subject_id) == ("identity-written", str(merchant.id))
    assert written.facts == {"fields": [None, list(changed)]}
    assert (seen.verb, seen.subject_id, seen.facts) == ("identity-seen", str(merchant.id), {})
    assert facts.city not in repr(facts)


def test_what_is_written_again_says_what_changed_and_nothing_where_nothing_did() -> None:
    merchant = make_merchant()
    write_identity(merchant_id=merchant.id, facts=PERSON, by=BY)

    assert write_identity(merchant_id=merchant.id, facts=PERSON, by=BY) == ()
    assert write_identity(merchant_id=merchant.id, facts=replace(PERSON, city="Alicante"), by=BY) == ("city",)

    assert identities_known(merchant_ids=[merchant.id])[merchant.id].city == "Alicante"
    assert AuditEntry.objects.count() == 2


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        (replace(PERSON, first_name=""), "first_name"),
        (replace(ENTITY, legal_name=""), "legal_name"),
        (replace(PERSON, street=""), "street"),
        (replace(PERSON, street=" Calle Mayor 1"), "street"),
        (replace(PERSON, city="Val\x00encia"), "city"),
        (replace(PERSON, country="es"), "country"),
        (replace(PERSON, residences=()), "residences"),
        (replace(PERSON, residences=("ES", "ES")), "residences"),
        (replace(PERSON, tins={"ES": "=1+1"}), "tins"),
        (replace(PERSON, tins={"Spain": "12345678Z"}), "tins"),
        (replace(ENTITY, vat_number="@SUM(A1)"), "vat_number"),
        (replace(ENTITY, establishments=("Austria",)), "establishments"),
        (replace(PERSON, birth_date=None), "birth_date"),
        (replace(PERSON, birth_date=NOW.date()), "birth_date"),
        (replace(PERSON, birth_date=date(1900, 1, 1) - timedelta(days=1)), "birth_date"),
        (replace(PERSON, tins={}), "birth_city"),
        (replace(PERSON, financial_identifier="ES9121000418450200051333"), "financial_identifier"),
        (replace(PERSON, financial_identifier="=HYPERLINK(1)"), "financial_identifier"),
        (replace(PERSON, financial_identifier=""), "financial_identifier"),
        (replace(PERSON, financial_holder="Luis\nOlmo"), "financial_holder"),
    ],
)
def test_what_could_not_be_reported_is_refused_with_the_field(facts: IdentityFacts, wrong: str) -> None:
    merchant = make_merchant()

    with pytest.raises(IdentityIncomplete) as refused:
        write_identity(merchant_id=merchant.id, facts=facts, by=BY)

    assert refused.value.facts == {"wrong": wrong}
    assert LegalIdentity.objects.count() == AuditEntry.objects.count() == 0


def test_a_person_without_a_tax_number_is_told_apart_by_where_it_was_born() -> None:
    merchant = make_merchant()
    facts = replace(PERSON, tins={}, birth_city="Lima", birth_country="PE")

    write_identity(merchant_id=merchant.id, facts=facts, by=BY)

    assert identities_known(merchant_ids=[merchant.id]) == {merchant.id: facts}


def test_the_database_keeps_half_a_person_out() -> None:
    merchant = make_merchant()
    write_identity(merchant_id=merchant.id, facts=PERSON, by=BY)
    broken: list[tuple[dict[str, object], str]] = [
        ({"birth_date": None}, "identity_is_whole"),
        ({"legal_name": "Olmo GmbH"}, "identity_is_whole"),
        ({"is_person": False}, "identity_is_whole"),
        ({"residences": []}, "identity_has_a_residence"),
        ({"street": ""}, "identity_has_an_address"),
        ({"country": "es"}, "identity_country_iso_3166"),
        ({"tins": {}}, "identity_person_is_told_apart"),
        ({"financial_identifier": ""}, "identity_holder_has_an_identifier"),
        ({"financial_identifier": "=1+1"}, "identity_holder_has_an_identifier"),
    ]
    for facts, name in broken:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            LegalIdentity.objects.update(**facts)


def test_an_identity_is_forgotten_and_the_log_says_so() -> None:
    merchant = make_merchant()
    write_identity(merchant_id=merchant.id, facts=PERSON, by=BY)

    erase_identity(merchant_id=merchant.id, by=BY)

    assert identities_known(merchant_ids=[merchant.id]) == {}
    assert AuditEntry.objects.filter(verb="identity-erased", subject_id=str(merchant.id)).count() == 1
    with pytest.raises(NoSuchIdentity):
        erase_identity(merchant_id=merchant.id, by=BY)


def test_nobody_is_written_down_who_is_no_merchant() -> None:
    with pytest.raises(NoSuchMerchant):
        write_identity(merchant_id=5, facts=PERSON, by=BY)


def test_lists_show_the_end_of_a_number_and_nothing_of_a_short_one() -> None:
    assert [masked(one) for one in ("12345678Z", "1234567", "123456", "")] == ["…78Z", "…567", "…", ""]
