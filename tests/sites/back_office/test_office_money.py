"""The pages on money: what they say, their files, and who merchants are by law, masked until somebody asks."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from fairground.kernel.ids import lane_of
from fairground.kernel.models import AuditEntry
from fairground.ledger.models import Account
from fairground.merchants.identities import digest_of_identity, identities_known
from fairground.merchants.models import LegalIdentity
from fairground.payments.rules import funding_address, wallet_address
from fairground.settlement.reports import reading
from tests.duties import make_import
from tests.factories import make_market, make_merchant, make_sku
from tests.refunding import Scene, back
from tests.settlement.test_sellers import JUNE, OPERATOR
from tests.settlement.trade_making import ENTITY, PERSON, know, make_trade, sell
from tests.sites.back_office.staff import sign_in

MONEY = "/back-office/money/"
EVER = "from=2026-01-01&to=2026-12-31"


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    make_market()


@pytest.fixture
def scene() -> Scene:
    """A small trade with refunds."""
    return make_trade()


def shown(client: Client, path: str) -> str:
    answer = client.get(MONEY + path)
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().split())


def file_of(answer: Any) -> str:
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    return b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode()


def test_the_first_page_has_tiles_and_a_chart_with_a_table_that_says_the_same(scene: Scene) -> None:
    page = shown(sign_in("accountant"), "glance/")

    assert 'role="img" aria-label="Escrow by days since payment, in EUR"' in page
    assert page.count("In escrow") == 2
    for words in ("In wallets", "Went back", "Accounts that disagree", "0 to 7 days", "over 60 days"):
        assert words in page, words
    assert "office-tile-bad" not in page


def test_an_account_that_disagrees_is_counted_and_stands_out(scene: Scene) -> None:
    Account.objects.filter(address=funding_address("EUR")).update(debits_posted_minor=1)

    page = shown(sign_in(), "glance/")

    assert "office-tile-bad" in page
    assert "debits and credits differ in: EUR" in page
    assert "debits and credits differ" in shown(sign_in(), "trial-balance/")


def test_the_trial_balance_leads_to_accounts_and_these_to_statements(scene: Scene) -> None:
    client = sign_in("accountant")

    page = shown(client, "trial-balance/")
    accounts = shown(client, "accounts/?family=shopper:wallet&currency=EUR")
    address = wallet_address(scene.shopper_id, "EUR")
    statement = shown(
        client, f"statement/?lane={lane_of(scene.shopper_id)}&address={address}&from=2026-11-11&to=2026-11-11"
    )

    assert "family=shopper%3Awallet&amp;currency=EUR" in page
    assert "1,000.00<" in page
    assert f'<bdi dir="ltr">{address}</bdi>' in accounts
    for words in ("Opening balance", "Top-up", "Purchase", "Money refunded", "1,000.00 EUR", "Closing balance"):
        assert words in statement, words


def test_a_statement_of_no_account_is_not_found(scene: Scene) -> None:
    client = sign_in()
    for query in ("lane=0&address=nobody:5:wallet:EUR", "address=nobody", "lane=99&address=x", "lane=x", ""):
        assert client.get(f"{MONEY}statement/?{query}").status_code == 404, query


def test_pages_of_accounts_go_on_after_the_last(monkeypatch: pytest.MonkeyPatch, scene: Scene) -> None:
    monkeypatch.setattr("fairground.sites.back_office.money.balances.ROWS_A_PAGE", 3)
    client = sign_in()

    first = client.get(f"{MONEY}accounts/").context
    then = client.get(f"{MONEY}accounts/?{first['next']}").context

    addresses = [row.address for page in (first, then) for row in page["rows"]]
    assert len(addresses) == len(set(addresses)) == 4
    assert "next" not in then
    assert client.get(f"{MONEY}accounts/?after=x-1").status_code == 200


@pytest.mark.parametrize(
    ("path", "header"),
    [
        ("trial-balance/?as=csv", "currency,family,accounts,debits_posted,credits_posted,balance"),
        ("accounts/?as=csv&family=merchant:escrow", "address,lane,kind,currency,balance,available"),
        ("escrow/?as=csv", "merchant,currency,orders,days_0_to_7,days_8_to_14,days_15_to_30,days_31_to_60,over_60"),
        (f"refunds/?as=csv&{EVER}", "at,purchase,order,line,reason,market,merchant,title,units,currency,paid,tax"),
        ("tax/?as=csv&period=2026-11", "market,currency,region,rate_bps,tax_included,net,tax,funded"),
    ],
)
def test_every_report_is_a_file(scene: Scene, path: str, header: str) -> None:
    client = sign_in("accountant")

    text = file_of(client.get(MONEY + path))
    rows = json.loads(file_of(client.get(MONEY + path.replace("as=csv", "as=json"))))

    assert text.startswith(header.replace("over_60", "days_over_60"))
    assert len(rows) == len(text.splitlines()) - 1 > 0


def test_a_title_is_no_formula_in_a_file() -> None:
    sku = make_sku(titles={"en": "=HYPERLINK(0)"})
    back(sell(sku, at=JUNE), 1, 1)

    assert ",'=HYPERLINK(0),1,EUR," in file_of(sign_in().get(f"{MONEY}refunds/?as=csv&{EVER}"))


def test_refunds_are_filtered_and_summed(scene: Scene) -> None:
    client = sign_in("accountant")

    page = shown(client, f"refunds/?{EVER}")
    only = shown(client, f"refunds/?{EVER}&reason=faulty")

    assert page.count(f"<code>{scene.placed.number}</code>") == 2
    assert only.count(f"<code>{scene.placed.number}</code>") == 1
    assert "By merchant" in page
    assert "Nothing is on its way to payment providers." in page
    assert "There are none." in shown(client, f"refunds/?{EVER}&market=US")
    assert client.get(f"{MONEY}refunds/?from=x&to=9999-99-99&page=x&reason=x").status_code == 200


def test_tables_name_their_currency_and_lead_from_escrow_to_its_accounts(scene: Scene) -> None:
    client = sign_in("accountant")

    page = shown(client, "escrow/")

    address = f"merchant%3A{scene.chair.merchant.id}%3Aescrow%3AEUR"
    assert "EUR (Euro)" in page
    ways = re.findall(r'href="([^"]+)"><bdi dir="ltr">', page)
    (way,) = [one for one in ways if one.endswith(f"words={address}")]
    accounts = client.get(way.replace("&amp;", "&")).content.decode()
    assert f"merchant:{scene.chair.merchant.id}:escrow:EUR" in accounts
    assert f"merchant:{scene.lamp.merchant.id}:escrow:EUR" not in accounts
    assert "EUR (Euro)" in shown(client, "trial-balance/")
    assert "EU, EUR (Euro)" in shown(client, "tax/?period=2026-11&market=EU")


def test_tax_of_a_month_says_what_the_books_do_not_have(scene: Scene) -> None:
    page = shown(sign_in("accountant"), "tax/?period=2026-11&market=EU")

    assert "19.00 %" in page
    assert "inside prices" in page
    assert "deemed supplier" in page
    assert "Nothing was paid and nothing went back." in shown(sign_in(), "tax/?period=2025-Q1")


def test_what_customs_is_owed_is_shown_by_where_goods_came_from_and_their_heading() -> None:
    make_import()

    page = shown(sign_in("accountant"), "duties/?period=2026-11&market=EU")

    for words in ("China", "Germany", "940161", "940521", "EU, EUR (Euro)", "7.14", "In all"):
        assert words in page, words
    text = file_of(sign_in().get(f"{MONEY}duties/?as=csv&period=2026-11"))
    assert text.splitlines()[1:] == [
        "2026-11,EU,EUR,DE,CN,940161,1,42.01,3.00,0.57,0,0.00,0.00,0.00,3.57",
        "2026-11,EU,EUR,DE,CN,940521,1,4.20,3.00,0.57,0,0.00,0.00,0.00,3.57",
    ]
    assert "Customs asked nothing" in shown(sign_in(), "duties/?period=2025-Q1")


def test_a_report_that_takes_too_long_says_so_on_its_page(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "REPORT_MAX_MS", 1)
    monkeypatch.setattr(reading, "load_sql", lambda app, name: "SELECT pg_sleep(1)")
    client = sign_in()

    for path in (
        "glance/",
        "trial-balance/",
        "accounts/",
        "escrow/",
        "refunds/",
        "tax/",
        "duties/",
        "sellers/",
        "escrow/?as=csv",
    ):
        assert "Adding it up takes too long just now." in shown(client, path), path


def test_sellers_are_masked_on_the_page_and_whole_in_files_which_the_log_keeps(settings: Settings) -> None:
    settings.PLATFORM_OPERATOR = OPERATOR
    merchant = make_merchant()
    know(merchant.id, PERSON)
    sell(make_sku(merchant=merchant, price_minor=300_000), at=JUNE)
    client = sign_in("accountant")

    page = shown(client, "sellers/?year=2026")
    assert "ES …78Z" in page
    assert "12345678Z" not in page
    assert "1 seller is to be reported" in page
    assert not AuditEntry.objects.filter(verb="identity-seen").exists()

    text = file_of(client.post(f"{MONEY}sellers/?year=2026", {"as": "csv"}))
    rows = json.loads(file_of(client.post(f"{MONEY}sellers/?year=2026", {"as": "json"})))
    xml = file_of(client.post(f"{MONEY}sellers/?year=2026", {"as": "xml"}))

    assert "ES:12345678Z" in text
    assert (rows[0]["financial_identifier"], rows[0]["financial_holder"]) == ("ES9121000418450200051332", "Luis Olmo")
    assert (rows[0]["consideration_q2_minor"], rows[0]["fees_q2_minor"]) == (285_000, 15_000)
    assert '<dpi:TIN issuedBy="ES">12345678Z</dpi:TIN>' in xml
    seen = AuditEntry.objects.filter(verb="identity-seen", subject_id=str(merchant.id))
    assert seen.count() == 3
    assert all(one.user_id for one in seen)


def test_xml_is_refused_while_the_operator_or_an_identity_is_missing(settings: Settings) -> None:
    sell(make_sku(price_minor=300_000), at=JUNE)
    client = sign_in()
    settings.PLATFORM_OPERATOR = None
    answer = client.post(f"{MONEY}sellers/?year=2026", {"as": "xml"}, follow=True)
    assert "Who runs the platform is not told" in answer.content.decode()
    settings.PLATFORM_OPERATOR = OPERATOR
    answer = client.post(f"{MONEY}sellers/?year=2026", {"as": "xml"}, follow=True)
    assert "whose legal identity is missing" in answer.content.decode()
    assert "identity missing" in answer.content.decode()
    assert not AuditEntry.objects.filter(verb="identity-seen").exists()


FORM = {
    "deed": "save",
    "seen": digest_of_identity(None),
    "is_person": "entity",
    "legal_name": ENTITY.legal_name,
    "street": ENTITY.street,
    "post_code": ENTITY.post_code,
    "city": ENTITY.city,
    "country": "de",
    "residences": "DE at",
    "tins": "DE 99/123/45678\r\nat 12-345/6789\r\n",
    "vat_number": ENTITY.vat_number,
    "registration_number": ENTITY.registration_number,
    "establishments": "AT",
    "financial_identifier": "de89 3704 0044 0532 0130 00",
    "financial_holder": "Lamps Bank Trust",
}
WRITTEN = replace(ENTITY, financial_identifier="DE89370400440532013000", financial_holder="Lamps Bank Trust")


def test_a_legal_identity_is_written_shown_masked_and_whole_when_asked_for_and_erased() -> None:
    merchant = make_merchant()
    page, client = f"{MONEY}merchants/{merchant.id}/identity/", sign_in()
    assert "Nobody wrote down" not in client.get(page).content.decode()

    assert client.post(page, FORM).status_code == 302
    assert identities_known(merchant_ids=[merchant.id]) == {merchant.id: WRITTEN}
    masked = client.get(page).content.decode()
    assert "45678" not in masked
    assert "…678" in masked
    assert "…000" in masked
    assert "DE89" not in masked
    assert "Lamps Bank Trust" not in masked
    assert not AuditEntry.objects.filter(verb="identity-seen").exists()

    whole = client.post(page, {"deed": "show"}).content.decode()
    assert "99/123/45678" in whole
    assert "DE89370400440532013000" in whole
    assert "Lamps Bank Trust" in whole
    assert AuditEntry.objects.filter(verb="identity-seen", subject_id=str(merchant.id)).count() == 1
    reader = sign_in("accountant").post(page, {"deed": "show"}).content.decode()
    assert "99/123/45678" in reader
    assert "<textarea" not in reader

    assert client.post(page, {"deed": "erase"}).status_code == 302
    assert not LegalIdentity.objects.exists()
    assert AuditEntry.objects.filter(verb="identity-erased").count() == 1


def test_what_is_wrong_with_an_identity_stands_beside_its_field_and_nothing_is_written() -> None:
    merchant = make_merchant()
    page, client = f"{MONEY}merchants/{merchant.id}/identity/", sign_in()

    answer = client.post(page, {**FORM, "tins": "DE =1+1"})

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["tins"]
    wrong = client.post(page, {**FORM, "financial_identifier": "DE89 3704 0044 0532 0130 01"})
    assert list(wrong.context["form"].errors) == ["financial_identifier"]
    assert client.post(page, {**FORM, "is_person": "person"}).context["form"].errors.keys() == {"first_name"}
    assert not LegalIdentity.objects.exists()


def test_what_was_changed_since_the_form_was_shown_is_not_written_over() -> None:
    merchant = make_merchant()
    page, client = f"{MONEY}merchants/{merchant.id}/identity/", sign_in()
    know(merchant.id, PERSON)

    answer = client.post(page, FORM, follow=True)

    assert "It was changed after you opened this page" in answer.content.decode()
    assert identities_known(merchant_ids=[merchant.id]) == {merchant.id: PERSON}
    seen = client.post(page, {"deed": "show"}).context["seen"]
    assert seen == digest_of_identity(PERSON)
    assert client.post(page, {**FORM, "seen": seen}).status_code == 302
    assert identities_known(merchant_ids=[merchant.id]) == {merchant.id: WRITTEN}


def test_an_accountants_first_page_leads_to_the_reports() -> None:
    page = sign_in("accountant").get("/back-office/").content.decode()

    assert 'href="/back-office/money/glance/"' in page
    assert "You have no role yet" not in page


def test_an_accountant_writes_no_identity_and_who_sells_nothing_has_none() -> None:
    merchant = make_merchant()
    know(merchant.id, PERSON)
    page, client = f"{MONEY}merchants/{merchant.id}/identity/", sign_in("accountant")

    assert client.post(page, FORM).status_code == 403
    assert client.post(page, {"deed": "erase"}).status_code == 403
    assert identities_known(merchant_ids=[merchant.id]) == {merchant.id: PERSON}
    assert sign_in().get(f"{MONEY}merchants/5/identity/").status_code == 404
