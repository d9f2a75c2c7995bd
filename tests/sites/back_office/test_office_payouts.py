"""Payouts in the back office: listed, taken on step by step, failed with a reason, and their statement as a table."""

import pytest
from django.http import StreamingHttpResponse

from fairground.kernel.models import AuditEntry
from fairground.merchants.models import Merchant
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.models import Payout, Terms
from fairground.settlement.rules.payouts import PayoutState
from fairground.sites.documents import setting
from fairground.sites.statements import document
from tests.factories import make_market
from tests.refunding import make_scene
from tests.settlement.making import SETTLED_MS, settle
from tests.sites.back_office.staff import sign_in


@pytest.fixture
def payout(lone_writer: object) -> Payout:
    make_market()
    settle(make_scene().chairs)
    propose_payouts(now_ms=SETTLED_MS)
    return Payout.objects.get()


def state() -> PayoutState:
    return PayoutState(Payout.objects.get().state)


def test_a_payout_is_approved_sent_and_paid_step_by_step(payout: Payout) -> None:
    client, step = sign_in(), f"/back-office/payouts/{payout.id}/step/"

    assert b"Its money is held for the merchant either way." in client.get(step).content
    client.post(step, {"then": "approved"})
    client.post(step, {"then": "approved"})  # sent twice
    assert state() is PayoutState.APPROVED
    client.post(step, {"then": "sent", "reference": " SEPA-1 "})
    client.post(step, {"then": "confirmed"})

    assert (state(), Payout.objects.get().reference) == (PayoutState.CONFIRMED, "SEPA-1")
    assert client.get(step).status_code == 404
    verbs = AuditEntry.objects.filter(subject_kind="payout").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["approved", "sent", "confirmed"]


def test_what_failed_says_why_and_a_step_that_is_none_is_no_request(payout: Payout) -> None:
    client, step = sign_in(), f"/back-office/payouts/{payout.id}/step/"

    assert b"The merchant reads it as you write it." in client.get(step).content
    answer = client.post(step, {"then": "failed", "reason": " "}, follow=True)
    assert (b"Say why." in answer.content, state()) == (True, PayoutState.PROPOSED)
    assert client.post(step, {"then": "paid"}).status_code == 400
    client.post(step, {"then": "failed", "reason": "closed"})

    assert (state(), Payout.objects.get().failed_because) == (PayoutState.FAILED, "closed")
    assert client.get(f"/back-office/payouts/{payout.id}/statement.csv").status_code == 404


def test_a_merchant_that_is_held_is_not_paid_and_the_page_says_so(payout: Payout) -> None:
    Terms.objects.create(merchant_id=payout.merchant_id, held=True, held_because="no identity")

    answer = sign_in().post(f"/back-office/payouts/{payout.id}/step/", {"then": "approved"}, follow=True)

    assert (b"The merchant is held" in answer.content, state()) == (True, PayoutState.PROPOSED)


def test_the_list_finds_by_state_and_number_and_the_statement_is_a_file(payout: Payout) -> None:
    client, listed = sign_in(), "/back-office/settlement/payout/"
    name = Merchant.objects.get(id=payout.merchant_id).name.encode()

    for asked, is_found in ((":proposed", True), (str(payout.id), True), (":sent", False), ("nobody", False)):
        assert (name in client.get(listed, {"q": asked}).content) is is_found, asked
    statement = client.get(f"/back-office/payouts/{payout.id}/statement.csv")
    paper = client.get(f"/back-office/payouts/{payout.id}/statement.pdf")

    assert statement["Content-Disposition"] == f'attachment; filename="{payout.id}.csv"'
    assert paper["Content-Disposition"] == f'attachment; filename="{payout.id}.pdf"'
    assert paper.content.startswith(b"%PDF-")
    assert isinstance(statement, StreamingHttpResponse)
    assert b"".join(statement).count(b"\r\n") == 2
    assert client.get("/back-office/payouts/nobody/statement.csv").status_code == 404


def test_an_accountant_reads_a_payout_and_takes_no_step(payout: Payout) -> None:
    client, page = sign_in("accountant"), f"/back-office/settlement/payout/{payout.id}/change/"

    assert b"/statement.csv" in client.get(page).content
    assert b"/step/" not in client.get(page).content
    assert b"/step/" in sign_in().get(page).content
    assert client.post(f"/back-office/payouts/{payout.id}/step/", {"then": "approved"}).status_code == 403
    assert state() is PayoutState.PROPOSED


def test_a_statement_that_has_to_wait_is_told_so_and_one_that_is_long_is_there_with_sums(
    payout: Payout, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, asked = sign_in(), f"/back-office/payouts/{payout.id}/statement.pdf"
    monkeypatch.setattr(setting, "WAIT_MAX_S", 0.01)

    with setting._setting:
        assert b"Too many documents" in client.get(asked, follow=True).content
    monkeypatch.setattr(document, "PDF_LINES_MAX", 0)
    assert client.get(asked).content.startswith(b"%PDF-")


def test_the_pages_name_the_banks_reference_once(payout: Payout) -> None:
    page = sign_in().get(f"/back-office/settlement/payout/{payout.id}/change/").content

    assert page.lower().count(b"the bank") == 1
