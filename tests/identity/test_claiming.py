"""What a guest did becomes the user's who signs in: once, and never another one's."""

import pytest

from fairground.identity.actions import Claim, claim_guest, create_guest, make_user_a_shopper, verify_user
from fairground.identity.models import Shopper, User
from fairground.identity.queries import shopper_is_verified, shoppers_of
from tests.factories import NOW, NOW_MS
from tests.people_making import make_user

pytestmark = pytest.mark.django_db


def test_a_user_who_is_no_shopper_yet_becomes_the_guest_verified_as_the_e_mail_is() -> None:
    ana, ben = make_user(email="ana@example.org"), make_user(email="ben@example.org", verified=False)
    hers, his = create_guest(now_ms=NOW_MS), create_guest(now_ms=NOW_MS)

    assert claim_guest(user_id=ana.id, guest_id=hers) == Claim(hers, merged=False)
    assert claim_guest(user_id=ben.id, guest_id=his) == Claim(his, merged=False)
    assert dict(User.objects.values_list("email", "shopper_id")) == {"ana@example.org": hers, "ben@example.org": his}
    assert (shopper_is_verified(shopper_id=hers), shopper_is_verified(shopper_id=his)) == (True, False)


def test_the_guest_of_a_user_who_is_a_shopper_goes_into_that_one_once() -> None:
    guest, mine = create_guest(now_ms=NOW_MS), create_guest(now_ms=NOW_MS)
    user = make_user(email="ana@example.org", shopper_id=mine)

    assert [claim_guest(user_id=user.id, guest_id=guest) for _ in range(2)] == [Claim(mine, merged=True)] * 2
    assert shoppers_of(shopper_id=mine) == [mine, guest]
    assert claim_guest(user_id=user.id, guest_id=mine) == Claim(mine, merged=False)


def test_a_guest_that_is_anothers_or_went_into_another_or_is_blocked_or_erased_or_nobody_is_not_taken() -> None:
    theirs, merged, blocked, erased = (create_guest(now_ms=NOW_MS + number) for number in range(4))
    make_user(email="ben@example.org", shopper_id=theirs)
    Shopper.objects.filter(id=merged).update(merged_into_id=theirs)
    Shopper.objects.filter(id=blocked).update(blocked_at=NOW)
    Shopper.objects.filter(id=erased).update(erased_at=NOW)
    user = make_user(email="ana@example.org")
    before = list(Shopper.objects.order_by("id").values())

    assert [claim_guest(user_id=user.id, guest_id=one) for one in (theirs, merged, blocked, erased, 7)] == [None] * 5
    assert list(Shopper.objects.order_by("id").values()) == before
    assert User.objects.get(id=user.id).shopper_id is None


def test_who_proves_an_address_later_makes_the_shopper_verified() -> None:
    user = make_user(email="ana@example.org", verified=False)
    shopper_id = make_user_a_shopper(user_id=user.id, now=NOW)
    verify_user(user_id=user.id, now=NOW)

    assert make_user_a_shopper(user_id=user.id, now=NOW) == shopper_id
    assert shopper_is_verified(shopper_id=shopper_id)
    assert User.objects.get().email_verified_at == NOW
