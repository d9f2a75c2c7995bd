"""Who has a presale between its payments is not erased: money of theirs is in it."""

import pytest

from fairground.aftersales.actions.erase_words import erase_words_of
from fairground.checkout.actions.erase_person import OrderNotShipped, erase_person
from fairground.payments.queries import wallet_balance_minor
from tests.factories import NOW, give_wallet, make_market, make_shopper
from tests.people_making import make_user
from tests.presales import DEPOSIT, make_presale, pay_deposit, place_presale


def test_a_deposit_keeps_its_shopper_from_being_erased(lone_writer: object) -> None:
    make_market()
    shopper_id = make_shopper()
    user = make_user(email="ana@example.org", shopper_id=shopper_id)
    give_wallet(shopper_id=shopper_id, amount_minor=DEPOSIT)
    placed = place_presale(make_presale(), shopper_id=shopper_id)
    pay_deposit(placed, shopper_id=shopper_id)
    assert wallet_balance_minor(shopper_id=shopper_id, currency="EUR") == 0

    with pytest.raises(OrderNotShipped):
        erase_person(user_id=int(user.pk), now=NOW, besides=erase_words_of)
