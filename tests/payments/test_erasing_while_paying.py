"""Nobody is erased while a provider may still take money for the person; afterwards nobody pays any more."""

import pytest

from fairground.aftersales.actions.erase_words import erase_words_of
from fairground.checkout.actions.erase_person import PaymentNotOver, erase_person
from fairground.checkout.rules.paying import UnknownPurchase
from fairground.identity.models import Shopper
from fairground.payments.models import Payment
from tests.books import hot_rows
from tests.factories import NOW, NOW_MS
from tests.payments.paying import MINUTE_MS, Till, make_till
from tests.people_making import make_user


@pytest.fixture
def till(lone_writer: object) -> Till:
    return make_till()


def test_who_has_a_payment_under_way_is_not_erased_until_it_is_over(till: Till) -> None:
    user = make_user(email="ana@example.org", shopper_id=till.shopper_id)
    payment = till.begin()
    before = hot_rows()
    with pytest.raises(PaymentNotOver):
        erase_person(user_id=user.id, now=NOW, besides=erase_words_of)
    assert hot_rows() == before

    till.attend(payment, now_ms=NOW_MS + 5 * MINUTE_MS)
    erase_person(user_id=user.id, now=NOW, besides=erase_words_of)

    assert Shopper.objects.get(id=till.shopper_id).erased_at == NOW


def test_who_was_erased_begins_no_payment(till: Till) -> None:
    Shopper.objects.filter(id=till.shopper_id).update(erased_at=NOW)

    with pytest.raises(UnknownPurchase):
        till.begin()

    assert not Payment.objects.exists()
