"""How merchants are settled, in the back office: read by accountants, written by operators, refused where wrong."""

import json

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from fairground.kernel.models import AuditEntry
from fairground.merchants.models import Merchant
from fairground.settlement.actions.edit_terms import TermsChangedSince, edit_terms
from fairground.settlement.models import Terms
from fairground.settlement.queries import terms_of
from fairground.settlement.rules.payouts import Schedule
from fairground.settlement.rules.terms import SettlementTerms, digest_of_terms
from tests.factories import BY, make_merchant
from tests.settlement.making import make_terms
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")
FORM = {
    "seen": digest_of_terms(SettlementTerms()),
    "schedule": "3",
    "least": "25.50",
    "reserve": "12.5",
    "reserve_days": "30",
    "creator": "3",
    "held": "on",
    "held_because": "its identity is not checked",
}
WRITTEN = SettlementTerms(
    held=True,
    held_because="its identity is not checked",
    reserve_bps=1_250,
    reserve_days=30,
    creator_bps=300,
    schedule=Schedule.MONTHLY,
    payout_min_cents=2_550,
)


def page_of(merchant_id: int) -> str:
    return f"/back-office/money/merchants/{merchant_id}/terms/"


def flat(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


def test_terms_are_written_as_the_command_does_and_stand_in_the_log() -> None:
    merchant, client = make_merchant(), sign_in()
    page = page_of(merchant.id)
    assert f'href="{page}"' in flat(client, f"/back-office/merchants/merchant/{merchant.id}/change/")

    assert client.post(page, FORM).status_code == 302

    assert terms_of(merchant_id=merchant.id) == WRITTEN
    entry = AuditEntry.objects.get(verb="settled-otherwise")
    assert (entry.subject_id, entry.reason) == (str(merchant.id), "its identity is not checked")
    assert entry.user_id is not None
    assert entry.facts["payout_min_cents"] == [0, 2_550]
    shown = client.get(page).context["form"]
    assert {name: shown[name].value() for name in ("least", "reserve", "creator", "schedule", "held")} == {
        "least": "25.50",
        "reserve": "12.50",
        "creator": "3.00",
        "schedule": "3",
        "held": True,
    }


def test_a_hold_is_let_go_and_its_reason_is_no_reason_of_that() -> None:
    merchant, client = make_merchant(), sign_in()
    edit_terms(merchant_id=merchant.id, terms=WRITTEN, by=BY)

    form = {**FORM, "seen": digest_of_terms(WRITTEN)}
    form.pop("held")
    assert client.post(page_of(merchant.id), form).status_code == 302

    stands = terms_of(merchant_id=merchant.id)
    assert (stands.held, stands.held_because, stands.reserve_bps) == (False, "", 1_250)
    assert AuditEntry.objects.filter(verb="settled-otherwise").latest("id").reason == ""


def test_what_was_changed_since_the_form_was_shown_is_not_written_over() -> None:
    merchant, client = make_merchant(), sign_in()
    make_terms(merchant.id, creator_bps=100)

    answer = client.post(page_of(merchant.id), FORM, follow=True)

    assert "It was changed after you opened this page" in answer.content.decode()
    assert terms_of(merchant_id=merchant.id) == SettlementTerms(creator_bps=100)
    with pytest.raises(TermsChangedSince):
        edit_terms(merchant_id=merchant.id, terms=WRITTEN, by=BY, seen=FORM["seen"])
    assert not AuditEntry.objects.filter(verb="settled-otherwise").exists()


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"held_because": ""}, "held_because"),
        ({"held_because": "x" * 301}, "held_because"),
        ({"reserve_days": "0"}, "reserve_days"),
        ({"reserve_days": "367"}, "reserve_days"),
        ({"reserve": "100.01"}, "reserve"),
        ({"creator": "-1"}, "creator"),
        ({"least": "-0.01"}, "least"),
        ({"least": "100000.01"}, "least"),
        ({"least": "1e3"}, "least"),
        ({"schedule": "4"}, "schedule"),
        ({"own_currency": "on"}, "own_currency"),
    ],
    ids=str,
)
def test_what_can_not_be_stands_beside_its_field_and_nothing_is_written(typed: dict[str, str], field: str) -> None:
    merchant = make_merchant()
    Merchant.objects.update(currency="XXX")

    answer = sign_in().post(page_of(merchant.id), {**FORM, **typed})

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["seen"] == FORM["seen"]
    assert not Terms.objects.exists()


def test_an_accountant_reads_terms_and_writes_none() -> None:
    merchant, client = make_merchant(), sign_in("accountant")
    edit_terms(merchant_id=merchant.id, terms=WRITTEN, by=BY)
    page = page_of(merchant.id)

    shown = flat(client, page)
    assert "12.50 % for 30 days" in shown
    assert "25.50 EUR" in shown
    assert "its identity is not checked" in shown
    assert 'name="held_because"' not in shown
    assert client.post(page, {**FORM, "seen": digest_of_terms(WRITTEN), "creator": "9"}).status_code == 403
    assert terms_of(merchant_id=merchant.id) == WRITTEN
    assert sign_in().get(page_of(5)).status_code == 404
    assert sign_in("support").get(page).status_code == 403


def test_the_list_has_those_of_whom_somebody_said_so_and_is_a_file() -> None:
    said, unsaid, client = make_merchant(lane=1), make_merchant(lane=2), sign_in("accountant")
    assert "Nobody said anything yet" in flat(client, "/back-office/money/terms/")
    edit_terms(merchant_id=said.id, terms=WRITTEN, by=BY)

    shown = flat(client, "/back-office/money/terms/")
    assert page_of(said.id) in shown
    assert page_of(unsaid.id) not in shown
    assert "every month" in shown
    answer = client.get("/back-office/money/terms/?as=json")
    assert isinstance(answer, StreamingHttpResponse)
    (row,) = json.loads(b"".join(answer))
    assert (row["merchant"], row["reserve_bps"], row["payout_min_eur_minor"]) == (f"merchant-{said.id}", 1_250, 2_550)
