"""Customs in the back office: who may, what the forms do, what is refused."""

import pytest

from fairground.checkout.actions.refund_lines import refund_lines
from fairground.crossborder.models import CustomsArea, DutyRule
from fairground.crossborder.queries import AreaSeen, customs_areas, duty_rules
from fairground.kernel.models import AuditEntry
from fairground.orders.models import Purchase
from fairground.orders.rules import RefundReason, purchase_number
from tests.factories import BY, make_duty, make_market, make_merchant, make_shopper, make_sku, place_one, place_request
from tests.payments.local_provider import LocalProvider
from tests.payments.paying import Till
from tests.sites.back_office.staff import sign_in

PAGE = "/back-office/customs/"
REFUNDS = "/back-office/money/refunds/?from=2026-11-01&to=2026-11-30"


@pytest.fixture(autouse=True)
def _rule(lone_writer: object) -> None:
    make_market()
    make_market(code="JP", currency="JPY", tax_rates_bps={"JP": 1_000})
    make_duty()


def rule(market: str = "EU", *, seen: str = "EU 300 0 15000", **fields: str) -> dict[str, str]:
    form = {"area": "EU", "heading": "3.50", "share": "2.5", "up_to": "150", "seen": seen} | fields
    return {"market": market, "deed": "save", **{f"{market}-{name}": value for name, value in form.items()}}


def area(code: str = "", *, seen: str = "", **fields: str) -> dict[str, str]:
    form = {"code": "CH", "name": "Switzerland", "countries": "ch li", "seen": seen} | fields
    return {"area": code, "deed": "save", **{f"area-{code}-{name}": value for name, value in form.items()}}


def told_rules() -> dict[str, str]:
    return {market: one.told for market, one in duty_rules().items()}


def test_an_operator_sets_a_rule_in_each_market_s_own_currency_and_takes_it_away() -> None:
    client = sign_in("operator")
    assert f'href="{PAGE}"' in client.get("/back-office/").content.decode()
    shown = client.get(PAGE).content.decode()
    assert 'value="3.00"' in shown
    assert 'name="area" value="EU"' in shown
    assert 'name="area" value=""' in shown

    assert "Written." in client.post(PAGE, rule(), follow=True).content.decode()
    yen = rule("JP", seen="", heading="500", share="0", up_to="10000")
    assert "Written." in client.post(PAGE, yen, follow=True).content.decode()
    assert told_rules() == {"EU": "EU 350 250 15000", "JP": "EU 500 0 10000"}
    same = rule(seen="EU 350 250 15000")
    assert "Nothing was changed." in client.post(PAGE, same, follow=True).content.decode()

    client.post(PAGE, same | {"deed": "remove"})

    assert told_rules() == {"JP": "EU 500 0 10000"}
    assert AuditEntry.objects.filter(verb="duty-set", user_id__isnull=False).count() == 3


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"heading": "-1"}, "Write an amount in EUR"),
        ({"heading": "0", "share": "0"}, "It asks nothing: then take the rule away."),
        ({"up_to": "0"}, "not below zero and within reason"),
        ({"share": "101"}, "less than or equal to 100"),
        ({"area": "XX"}, "Select a valid choice"),
        ({"seen": "EU 1 0 15000"}, "Somebody has changed it since"),
    ],
)
def test_a_rule_that_can_not_be_is_said_and_changes_nothing(form: dict[str, str], words: str) -> None:
    answer = sign_in("operator").post(PAGE, rule(**form), follow=True)

    assert words in answer.content.decode()
    assert told_rules() == {"EU": "EU 300 0 15000"}


def test_an_operator_makes_an_area_and_changes_its_countries() -> None:
    client = sign_in("operator")

    client.post(PAGE, area())
    there = area("EU", seen="DE,ES Customs union", name="Customs union", countries="DE, ES FR")
    assert "Written." in client.post(PAGE, there, follow=True).content.decode()

    assert customs_areas() == [
        AreaSeen("CH", "Switzerland", ("CH", "LI")),
        AreaSeen("EU", "Customs union", ("DE", "ES", "FR")),
    ]
    assert AuditEntry.objects.filter(verb="customs-area-set").count() == 2
    assert duty_rules()["EU"].countries == {"DE", "ES", "FR"}


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (area(countries="Switzerland"), "The code or one of the countries is none"),
        (area(countries=" "), "This field is required."),
        (area() | {"area--code": "c"}, "The code or one of the countries is none"),
        (area() | {"area--code": "EU"}, "Somebody has changed it since"),
        (area("EU", seen="DE Customs union"), "Somebody has changed it since"),
    ],
)
def test_an_area_that_can_not_be_is_said_and_changes_nothing(form: dict[str, str], words: str) -> None:
    answer = sign_in("operator").post(PAGE, form, follow=True)

    assert words in answer.content.decode()
    assert customs_areas() == [AreaSeen("EU", "Customs union", ("DE", "ES"))]


def test_support_sees_it_and_changes_nothing() -> None:
    client = sign_in("support")
    shown = client.get(PAGE)
    assert (shown.status_code, b'value="save"' in shown.content) == (200, False)

    assert client.post(PAGE, rule()).status_code == 403
    assert client.post(PAGE, area()).status_code == 403

    assert (DutyRule.objects.count(), CustomsArea.objects.count()) == (1, 1)
    assert told_rules() == {"EU": "EU 300 0 15000"}


def test_the_page_of_a_purchase_shows_its_duties() -> None:
    chair = make_sku(merchant=make_merchant(country="CN"))
    place_one(place_request(chair.line(), shopper_id=make_shopper()))
    purchase = Purchase.objects.get()

    number = purchase_number(purchase.id, purchase.random_bits)
    shown = sign_in("operator").get(f"/back-office/purchases/{number}/").content.decode()

    assert "Import duty and its tax, CN 940161" in shown
    assert "3.57 EUR" in shown


def test_a_duty_that_went_back_has_the_same_name_on_each_page() -> None:
    chair, shopper_id = make_sku(merchant=make_merchant(country="CN")), make_shopper()
    till = Till(chair, shopper_id, place_one(place_request(chair.line(), shopper_id=shopper_id)), LocalProvider())
    till.agree(till.begin(due_minor=1_357))
    refund_lines(units={(till.placed.orders[0].order_id, 1): 1}, reason=RefundReason.GOODWILL, by=BY)
    client = sign_in("operator")

    shown = [client.get(page).content.decode() for page in (f"/back-office/purchases/{till.placed.number}/", REFUNDS)]

    assert [page.count("Import duty<") for page in shown] == [1, 1]
    assert ">Duty<" not in "".join(shown)
