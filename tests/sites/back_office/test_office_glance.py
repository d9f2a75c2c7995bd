"""What waits for somebody, as tiles of the first page on money: payouts, payments that stand still, refunds."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from fairground.checkout.actions.refund_lines import refund_lines
from fairground.config.realm import Realm
from fairground.kernel.clock import from_unix_ms
from fairground.markets.rules import RateSource
from fairground.markets.storing_rates import store_rates
from fairground.merchants.models import Merchant
from fairground.orders.rules import RefundReason
from fairground.payments.models import Payment
from fairground.sites.back_office.money.glance import MoneyTile
from tests.factories import BY, make_market, make_merchant
from tests.payments.paying import make_till
from tests.refunding import make_scene
from tests.settlement.making import make_payout, make_terms, settle
from tests.sites.back_office.staff import sign_in

LONG_AGO = datetime(2025, 3, 3, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("lone_writer")


def tile(name: str) -> MoneyTile:
    tiles: list[MoneyTile] = sign_in("accountant").get("/back-office/money/glance/").context["tiles"]
    (found,) = [one for one in tiles if one.name == name]
    return found


def test_payouts_that_are_proposed_lead_to_their_list() -> None:
    make_market()
    make_payout(make_merchant().id)

    found = tile("Payouts proposed")

    assert found.note == "in 1 payout to be approved"
    assert len(found.figures) == 1
    assert sign_in("accountant").get(found.address).status_code == 200


def test_a_payment_that_is_asked_about_for_an_hour_stands_out() -> None:
    till = make_till()
    payment = till.begin()
    Payment.objects.update(begun_at=LONG_AGO)
    still = tile("Standing still with providers")
    Payment.objects.update(begun_at=from_unix_ms(2**42))
    young = tile("Standing still with providers")
    Payment.objects.update(begun_at=LONG_AGO)
    till.agree(payment)
    over = tile("Standing still with providers")

    assert (still.figures, still.is_bad) == (["20.00 EUR"], True)
    assert still.note == "in 1 payment that is asked about since 2025-03-03 00:00 UTC"
    assert (young.figures, young.is_bad) == ([], False)
    assert (over.figures, over.is_bad) == ([], False)


def test_a_refund_on_its_way_is_shown_until_it_arrives() -> None:
    till = make_till()
    till.agree(till.begin())
    refund_lines(units={(till.placed.orders[0].order_id, 1): 1}, reason=RefundReason.FAULTY, by=BY)

    under_way = tile("On its way back")
    till.return_all()
    arrived = tile("On its way back")

    assert under_way.figures == ["10.00 EUR"]
    assert under_way.note.startswith("in 1 refund on its way to a provider since ")
    assert (arrived.figures, arrived.note) == ([], "all refunds have arrived with their providers")


def test_rates_tell_how_old_they_are_and_stand_out_once_they_count_no_more() -> None:
    make_market()
    none = tile("Exchange rates")
    today = datetime.now(UTC).date()
    store_rates(rates={("JPY", today - timedelta(days=9)): (187, 1)}, source=RateSource.ECB, by=BY)
    old = tile("Exchange rates")
    store_rates(rates={("JPY", today - timedelta(days=3)): (187, 1)}, source=RateSource.ECB, by=BY)
    good = tile("Exchange rates")

    assert (none.figures, none.is_bad) == ([], False)
    assert none.note == "none was brought: whoever is paid in another currency waits"
    assert (old.figures, old.is_bad) == ([f"{today - timedelta(days=9)}"], True)
    assert old.note == "the newest are 9 days old; after 7 days they do not count any more"
    assert (good.figures, good.is_bad) == ([f"{today - timedelta(days=3)}"], False)
    assert sign_in("accountant").get(good.address).status_code == 200


def test_payouts_that_wait_for_an_exchange_rate_are_told_with_their_currencies(settings: Settings) -> None:
    settings.REALM = Realm("real")
    make_market()
    scene = make_scene()
    Merchant.objects.filter(id=scene.chair.merchant.id).update(currency="JPY")
    make_terms(scene.chair.merchant.id, own_currency=True)
    client = sign_in("accountant")
    assert "Waiting for an exchange rate" not in client.get("/back-office/money/payouts/").content.decode()
    settle(scene.chairs)

    page = " ".join(client.get("/back-office/money/payouts/").content.decode().split())

    assert "Waiting for an exchange rate" in page
    assert "1 payout of 212.22 EUR waits: there is no exchange rate to JPY (Japanese Yen) that still counts." in page
