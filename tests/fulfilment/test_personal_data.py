"""What parcels and withdrawals hold on a person: read whole for who asks for it, erased when its time is over."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click import ClickException

from fairground.aftersales.actions.erase_words import erase_words_of
from fairground.checkout.actions.erase_person import WithdrawalNotSettled, erase_person
from fairground.checkout.actions.settle_withdrawals import settle_withdrawal
from fairground.checkout.actions.ship_orders import ship_orders
from fairground.checkout.rules.shipping import ParcelAsked
from fairground.cli.erase import erase_by_letter
from fairground.fulfilment.models import Withdrawal
from fairground.fulfilment.tasks import forget_withdrawals
from fairground.identity.models import Shopper
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.orders.tasks import follow_purchases
from fairground.sites.people.own_data import write_own_data
from tests.factories import give_wallet, make_shopper, pay, pay_request, place_one, place_request
from tests.fulfilment.withdrawing import ADDRESS, Bought, buy, withdraw
from tests.people_making import make_user
from tests.refunding import LATER_MS

pytestmark = pytest.mark.usefixtures("writer")


def left_and_withdrawn() -> Bought:
    bought = buy()
    by = By(user_id=None, now=from_unix_ms(LATER_MS))
    parcels = [ParcelAsked(bought.chairs, "DHL", "A1"), ParcelAsked(bought.lamps, "GLS", "B2")]
    ship_orders(asked=parcels, by=by)
    withdraw(f"{bought.placed.number}-1", statement="The smaller chair")
    follow_purchases()
    return bought


def words() -> set[tuple[str, str]]:
    return set(Withdrawal.objects.values_list("name", "statement"))


def test_who_asks_reads_the_own_parcels_and_withdrawals_and_no_others() -> None:
    bought = left_and_withdrawn()
    mine = make_user(email="ana@example.org", shopper_id=bought.shopper_id)
    other = make_user(email="bo@example.org", shopper_id=make_shopper())
    now = datetime.now(UTC)

    read = json.loads("".join(write_own_data(user_id=mine.pk, now=now, wallets=[])))
    nothing = json.loads("".join(write_own_data(user_id=other.pk, now=now, wallets=[])))

    assert [(one["order"], one["carrier"], one["tracking_number"]) for one in read["parcels"]] == [
        (str(bought.chairs), "DHL", "A1"),
        (str(bought.lamps), "GLS", "B2"),
    ]
    (withdrawal,) = read["withdrawals"]
    assert (withdrawal["order"], withdrawal["outcome"]) == (str(bought.chairs), "noted")
    assert (withdrawal["name"], withdrawal["statement"]) == ("Ana", "The smaller chair")
    assert (nothing["parcels"], nothing["withdrawals"]) == ([], [])


def test_nobody_is_erased_to_whom_money_of_a_withdrawal_is_to_come_back() -> None:
    bought = left_and_withdrawn()
    user = make_user(email="ana@example.org", shopper_id=bought.shopper_id)

    with pytest.raises(WithdrawalNotSettled):
        erase_person(user_id=user.pk, now=datetime.now(UTC), besides=erase_words_of)
    with pytest.raises(ClickException, match="withdrawn from and not settled"):
        erase_by_letter(email="ana@example.org", is_sure=True)

    assert words() == {("Ana", "The smaller chair")}


def test_with_a_person_their_name_and_words_are_erased_and_the_withdrawal_stays() -> None:
    bought = left_and_withdrawn()
    user = make_user(email="ana@example.org", shopper_id=bought.shopper_id)
    settle_withdrawal(order_id=bought.chairs, by=By(user_id=None, now=from_unix_ms(LATER_MS)))

    erase_person(user_id=user.pk, now=datetime.now(UTC), besides=erase_words_of)

    assert words() == {("", "")}
    assert Withdrawal.objects.get().order_id == bought.chairs


def test_what_an_erased_person_said_since_is_erased_too() -> None:
    bought = left_and_withdrawn()
    Shopper.objects.filter(id=bought.shopper_id).update(erased_at=datetime.now(UTC))

    forget_withdrawals()

    assert words() == {("", "")}


def test_names_and_words_are_kept_as_long_as_addresses_and_no_longer() -> None:
    bought = left_and_withdrawn()
    placed = place_one(place_request(bought.lamp.line(), shopper_id=bought.shopper_id, address=ADDRESS))
    give_wallet(shopper_id=bought.shopper_id, amount_minor=500)
    pay([pay_request(placed, shopper_id=bought.shopper_id)])
    withdraw(placed.number)
    old = datetime.now(UTC) - timedelta(days=733)
    Withdrawal.objects.filter(order_id=bought.chairs).update(declared_at=old)

    assert forget_withdrawals() is False

    assert words() == {("", ""), ("Ana", "")}
