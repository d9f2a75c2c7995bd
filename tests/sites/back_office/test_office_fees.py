"""Commissions in the back office: what holds, who set it, the form that sets it, and their files."""

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fairground.catalog.models import Category
from fairground.kernel.models import AuditEntry
from fairground.merchants.actions import edit_merchant
from fairground.merchants.models import Merchant
from fairground.settlement.actions.set_fees import set_fee
from fairground.settlement.models import FeeRate
from tests.factories import make_market, make_merchant
from tests.sites.back_office.staff import EARLY, sign_in

FEES = "/back-office/money/fees/"
SET = f"{FEES}set/?category=home.chairs"


@pytest.fixture(autouse=True)
def _categories(lone_writer: object) -> None:
    make_market()
    home = Category.objects.create(code="home", names={"en": "Home"})
    Category.objects.create(code="home.chairs", parent=home, names={"en": "=Chairs"})


def made_merchant() -> Merchant:
    return Merchant.objects.get(id=make_merchant().id)


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return " ".join(answer.content.decode().split())


def file_of(answer: Any) -> str:
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    return b"".join(answer.streaming_content).decode()


def seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="(\d+)"', page)
    assert found, page
    return found[1]


def test_what_holds_stands_with_who_set_it_and_what_held_before_is_its_history() -> None:
    merchant, client = made_merchant(), sign_in()
    set_fee(category="home", merchant_id=None, commission_bps=700, by=EARLY)
    for percent in ("8.5", "6"):
        address = f"{SET}&merchant={merchant.slug}"
        form = {"deed": "set", "seen": seen_on(shown(client, address)), "percent": percent, "reason": "many chairs"}
        assert client.post(address, form).status_code == 302
    edit_merchant(merchant_id=merchant.id, name="Olmo", about={}, commission_bps=450, by=EARLY)

    answer = client.get(FEES).context

    assert [(one.category, one.rate, one.who, one.why) for one in answer["rows"]] == [
        ("home", "7.00 %", "the command line", ""),
        ("home.chairs", "6.00 %", "operator@shop.example", "many chairs"),
    ]
    assert [(one[0], one[2]) for one in answer["own"]] == [("Olmo", "4.50 %")]
    assert [(one.category, one.merchant, one.before, one.after) for one in answer["history"]] == [
        ("home.chairs", merchant.slug, "8.50 %", "6.00 %"),
        ("home.chairs", merchant.slug, "none", "8.50 %"),
        ("", merchant.slug, "5.00 %", "4.50 %"),
        ("home", "", "none", "7.00 %"),
    ]
    assert AuditEntry.objects.filter(verb="fee-set", reason="many chairs").count() == 2


def test_the_form_says_what_holds_and_where_it_was_set() -> None:
    merchant, client = made_merchant(), sign_in()

    assert "5.00 %, the merchant&#x27;s own for all that it sells" in shown(client, f"{SET}&merchant={merchant.slug}")
    assert "what each merchant pays for all that it sells" in shown(client, SET)
    set_fee(category="home", merchant_id=None, commission_bps=700, by=EARLY)
    assert "7.00 %, set for home and all merchants" in shown(client, f"{SET}&merchant={merchant.slug}")
    set_fee(category="home", merchant_id=merchant.id, commission_bps=300, by=EARLY)
    assert "3.00 %, set for home and this merchant" in shown(client, f"{SET}&merchant={merchant.slug}")
    assert "7.00 %, set for home and all merchants" in shown(client, SET)


def test_a_rate_that_was_set_since_the_form_was_shown_is_not_written_over() -> None:
    client = sign_in()
    seen = seen_on(shown(client, SET))
    set_fee(category="home.chairs", merchant_id=None, commission_bps=700, by=EARLY)

    for form in ({"deed": "set", "seen": seen, "percent": "9"}, {"deed": "end", "seen": seen}, {"deed": "end"}):
        page = client.post(SET, form, follow=True).content.decode()
        assert "It was changed after you opened this page" in page, form
    assert FeeRate.objects.count() == 1


def test_a_rate_ends_for_orders_to_come() -> None:
    client = sign_in()
    set_fee(category="home.chairs", merchant_id=None, commission_bps=700, by=EARLY)
    form = {"deed": "end", "seen": seen_on(shown(client, SET)), "reason": "as agreed"}

    page = client.post(SET, form, follow=True)

    assert page.context["rows"] == []
    assert [(one.before, one.after, one.why) for one in page.context["history"]] == [
        ("7.00 %", "none", "as agreed"),
        ("none", "7.00 %", ""),
    ]


@pytest.mark.parametrize("percent", ["", "-1", "100.01", "8.555", "x"])
def test_what_is_no_share_is_refused_beside_its_field(percent: str) -> None:
    client = sign_in()

    answer = client.post(SET, {"deed": "set", "seen": "0", "percent": percent})

    assert list(answer.context["form"].errors) == ["percent"]
    assert not FeeRate.objects.exists()


def test_a_category_or_a_merchant_that_is_not_there_is_told() -> None:
    client = sign_in()

    for query, words in (("category=nothing", "no such category"), ("category=home&merchant=nobody", "no such merch")):
        assert words in client.get(f"{FEES}set/?{query}", follow=True).content.decode()


def test_an_accountant_reads_the_schedule_and_sets_nothing() -> None:
    set_fee(category="home", merchant_id=None, commission_bps=700, by=EARLY)
    client = sign_in("accountant")

    page = shown(client, FEES)

    assert "7.00 %" in page
    assert "fees/set/" not in page
    assert client.post(SET, {"deed": "set", "seen": "0", "percent": "1"}).status_code == 403
    assert FeeRate.objects.count() == 1


def test_what_holds_and_its_history_are_files_without_formulas() -> None:
    merchant = made_merchant()
    reason = type(EARLY)(user_id=None, now=EARLY.now, reason="=1+1")
    set_fee(category="home", merchant_id=merchant.id, commission_bps=850, by=reason)
    client = sign_in("accountant")

    now = file_of(client.get(f"{FEES}?as=csv")).splitlines()
    then = json.loads(file_of(client.get(f"{FEES}?as=json&of=history")))

    assert now == [
        "category,merchant,commission_bps,since,set_by,reason",
        f"home,{merchant.slug},850,2026-11-01T00:00:00+00:00,,'=1+1",
        f",{merchant.slug},500,,,",
    ]
    assert (then[0]["category"], then[0]["before_bps"], then[0]["commission_bps"]) == ("home", None, 850)


def test_more_rates_need_no_more_statements() -> None:
    client = sign_in()
    counts = []
    for count in range(2):
        merchant = make_merchant()
        set_fee(category="home", merchant_id=merchant.id, commission_bps=100 + count, by=EARLY)
        set_fee(category="home.chairs", merchant_id=merchant.id, commission_bps=100, by=EARLY)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(FEES)
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_pages_of_history_go_on_after_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairground.sites.back_office.money.fees.ROWS_A_PAGE", 2)
    for bps in (1, 2, 3):
        set_fee(category="home", merchant_id=None, commission_bps=bps, by=EARLY)
    client = sign_in()

    first = client.get(FEES).context
    then = client.get(f"{FEES}?{first['next']}").context

    assert [one.after for page in (first, then) for one in page["history"]] == ["0.03 %", "0.02 %", "0.01 %"]
    assert "next" not in then
