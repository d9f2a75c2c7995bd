"""A merchant's shipping in the back office: who may, what the forms do, what is refused."""

import pytest

from fairground.kernel.models import AuditEntry
from fairground.merchants.models import MerchantShipping
from fairground.merchants.queries import shipping_by_market
from fairground.merchants.rules import ShippingRate
from tests.factories import MerchantMade, make_market, make_merchant, make_shipping
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")


@pytest.fixture
def merchant() -> MerchantMade:
    make_market()
    make_market(code="JP", currency="JPY", tax_rates_bps={"JP": 1_000})
    return make_merchant()


def page_of(merchant: MerchantMade) -> str:
    return f"/back-office/shipping/{merchant.id}/"


def typed(market: str = "EU", *, seen: str = "", **fields: str) -> dict[str, str]:
    form = {"price": "4.90", "free_from": "50", "days_min": "2", "days_max": "4", "seen": seen} | fields
    return {"market": market, "deed": "save", **{f"{market}-{name}": value for name, value in form.items()}}


def test_an_operator_sets_a_rate_in_each_market_s_own_currency_and_takes_it_away(merchant: MerchantMade) -> None:
    client, page = sign_in("operator"), page_of(merchant)
    assert f'href="{page}"' in client.get(f"/back-office/merchants/merchant/{merchant.id}/change/").content.decode()

    assert "Written." in client.post(page, typed(), follow=True).content.decode()
    yen = typed("JP", price="350", free_from="0")
    assert "Written." in client.post(page, yen, follow=True).content.decode()
    assert shipping_by_market(merchant_id=merchant.id) == {
        "EU": ShippingRate(490, 5_000, 2, 4),
        "JP": ShippingRate(350, 0, 2, 4),
    }
    assert 'value="4.90"' in client.get(page).content.decode()
    same = typed(seen="490 5000 2 4")
    assert "Nothing was changed." in client.post(page, same, follow=True).content.decode()

    client.post(page, same | {"deed": "remove"})

    assert list(shipping_by_market(merchant_id=merchant.id)) == ["JP"]
    assert AuditEntry.objects.filter(verb="shipping-set", user_id__isnull=False).count() == 3


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"price": "-1"}, "Write an amount in EUR"),
        ({"price": "10000.01"}, "not below zero and within reason"),
        ({"price": "4.905"}, "at most 2 decimals"),
        ({"price": "99999999999999999999"}, "Write an amount in EUR"),
        ({"price": ""}, "This field is required."),
        ({"days_min": "5"}, "That is before the first day."),
        ({"days_max": "61"}, "less than or equal to 60"),
        ({"seen": "1 2 3 4"}, "Somebody has changed it since"),
    ],
)
def test_what_can_not_be_is_said_and_changes_nothing(merchant: MerchantMade, form: dict[str, str], words: str) -> None:
    answer = sign_in("operator").post(page_of(merchant), typed(**form), follow=True)

    assert words in answer.content.decode()
    assert not MerchantShipping.objects.exists()


def test_support_sees_it_and_changes_nothing_and_nobody_else_sees_it(merchant: MerchantMade) -> None:
    make_shipping(merchant)
    client = sign_in("support")
    shown = client.get(page_of(merchant))
    assert (shown.status_code, b'value="save"' in shown.content) == (200, False)

    assert client.post(page_of(merchant), typed(seen="490 0 2 3")).status_code == 403

    assert shipping_by_market(merchant_id=merchant.id) == {"EU": ShippingRate(490, 0, 2, 3)}
    assert sign_in("operator").get("/back-office/shipping/4096/").status_code == 404
