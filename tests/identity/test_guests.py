"""Guests: shoppers made without any writer's turn."""

import pytest
from django.db import IntegrityError, transaction

from fairground.identity.actions import create_guest
from fairground.identity.models import Shopper, User
from fairground.identity.queries import shopper_is_verified, shoppers_of
from fairground.kernel.ids import lane_of, unix_ms_of
from tests.factories import NOW_MS

pytestmark = pytest.mark.django_db


def test_a_guest_is_not_verified_and_its_id_tells_lane_and_moment() -> None:
    shopper_id = create_guest(now_ms=NOW_MS)

    guest = Shopper.objects.get()
    assert (guest.id, guest.lane, guest.verified) == (shopper_id, lane_of(shopper_id), False)
    assert unix_ms_of(shopper_id) == NOW_MS
    assert not shopper_is_verified(shopper_id=shopper_id)


def test_a_thousand_guests_of_one_millisecond_are_a_thousand() -> None:
    assert len({create_guest(now_ms=NOW_MS) for _ in range(1_000)}) == 1_000


def test_a_shoppers_purchases_are_those_of_the_guests_that_went_into_it() -> None:
    mine, first, second, stranger = (create_guest(now_ms=NOW_MS + number) for number in range(4))
    Shopper.objects.filter(id__in=[first, second]).update(merged_into_id=mine)

    assert shoppers_of(shopper_id=mine) == [mine, first, second]
    assert shoppers_of(shopper_id=stranger) == [stranger]


def test_a_shopper_does_not_go_into_itself() -> None:
    shopper_id = create_guest(now_ms=NOW_MS)

    with pytest.raises(IntegrityError, match="shopper_not_merged_into_itself"), transaction.atomic():
        Shopper.objects.update(merged_into_id=shopper_id)


def test_an_address_of_e_mail_signs_in_one_user_however_it_is_written() -> None:
    user = User.objects.create_user(" Ana@Example.org ", "lanterns-at-night")

    assert (user.email, user.check_password("lanterns-at-night")) == ("ana@example.org", True)
    with pytest.raises(IntegrityError, match="user_once_by_email"), transaction.atomic():
        User.objects.create_user("ANA@example.org")
    with pytest.raises(IntegrityError, match="user_email_in_small_letters"), transaction.atomic():
        User.objects.update(email="Ana@Example.org")
