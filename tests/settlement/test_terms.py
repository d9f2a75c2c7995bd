"""How merchants are settled: said by an operator, in the audit log, and refused where it can't be."""

import pytest
from django.db import IntegrityError, transaction

from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry
from fairground.merchants.actions import NoSuchMerchant
from fairground.merchants.models import Merchant
from fairground.settlement.actions.edit_terms import TermsWrong, edit_terms
from fairground.settlement.models import Terms
from fairground.settlement.queries import terms_of
from fairground.settlement.rules.payouts import Schedule
from fairground.settlement.rules.terms import SettlementTerms
from tests.factories import NOW, make_merchant

BY = By(user_id=None, now=NOW, reason="new")
pytestmark = pytest.mark.usefixtures("two_writers")


def test_terms_are_as_they_were_said_last_and_the_log_has_what_changed() -> None:
    merchant_id = make_merchant().id
    assert terms_of(merchant_id=merchant_id) == SettlementTerms()
    wanted = SettlementTerms(reserve_bps=1_000, reserve_days=30, schedule=Schedule.DAILY)

    assert edit_terms(merchant_id=merchant_id, terms=wanted, by=BY)
    assert not edit_terms(merchant_id=merchant_id, terms=wanted, by=BY)

    assert terms_of(merchant_id=merchant_id) == wanted
    entry = AuditEntry.objects.get()
    assert entry.facts == {"reserve_bps": [0, 1_000], "reserve_days": [0, 30], "schedule": [2, 1]}


@pytest.mark.parametrize(
    ("terms", "what"),
    [
        (SettlementTerms(held=True), "held_because"),
        (SettlementTerms(held=True, held_because="x" * 301), "held_because"),
        (SettlementTerms(reserve_bps=-1, reserve_days=3), "reserve_bps"),
        (SettlementTerms(reserve_bps=10_001, reserve_days=3), "reserve_bps"),
        (SettlementTerms(reserve_bps=100), "reserve_days"),
        (SettlementTerms(reserve_days=3), "reserve_days"),
        (SettlementTerms(reserve_bps=100, reserve_days=367), "reserve_days"),
        (SettlementTerms(creator_bps=10_001), "creator_bps"),
        (SettlementTerms(payout_min_cents=-1), "payout_min_cents"),
        (SettlementTerms(payout_min_cents=10_000_001), "payout_min_cents"),
    ],
    ids=str,
)
def test_what_can_not_be_is_refused_and_nothing_changes(terms: SettlementTerms, what: str) -> None:
    merchant_id = make_merchant().id

    with pytest.raises(TermsWrong) as refused:
        edit_terms(merchant_id=merchant_id, terms=terms, by=BY)

    assert refused.value.facts == {"what": what}
    assert not Terms.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_currency_without_a_reference_rate_is_refused() -> None:
    merchant_id = make_merchant().id
    Merchant.objects.update(currency="XXX")

    with pytest.raises(TermsWrong):
        edit_terms(merchant_id=merchant_id, terms=SettlementTerms(own_currency=True), by=BY)

    assert not Terms.objects.exists()


def test_a_merchant_that_is_not_there_is_refused() -> None:
    with pytest.raises(NoSuchMerchant):
        edit_terms(merchant_id=1, terms=SettlementTerms(creator_bps=1), by=BY)


@pytest.mark.parametrize(
    ("stated", "constraint"),
    [
        ({"held": True}, "terms_hold_has_a_reason"),
        ({"reserve_bps": 1}, "terms_reserve_has_days"),
        ({"creator_bps": -1}, "terms_shares_in_range"),
        ({"payout_min_cents": -1}, "terms_payout_min_in_range"),
    ],
)
def test_the_database_refuses_the_same(stated: dict[str, object], constraint: str) -> None:
    merchant_id = make_merchant().id

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Terms.objects.create(merchant_id=merchant_id, **stated)
