"""Two sign-ins that claim one guest at once: one of them gets it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from fairground.identity.actions import Claim, claim_guest, create_guest
from fairground.identity.models import Shopper, User
from tests.factories import NOW_MS
from tests.people_making import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("both_are_shoppers", [True, False])
def test_of_two_users_who_claim_one_guest_at_once_one_gets_it(both_are_shoppers: bool) -> None:
    for number in range(10):
        guest = create_guest(now_ms=NOW_MS + 10 * number)
        users = [
            make_user(
                email=f"{name}{number}@example.org",
                shopper_id=create_guest(now_ms=NOW_MS + 10 * number + 1) if both_are_shoppers else None,
            ).id
            for name in ("ana", "ben")
        ]
        claims = at_once(users, guest)

        assert sum(claim is not None for claim in claims) == 1
        owners = set(User.objects.filter(shopper_id=guest).values_list("id", flat=True))
        into = Shopper.objects.get(id=guest).merged_into_id
        owners |= set(User.objects.filter(shopper_id=into, shopper_id__isnull=False).values_list("id", flat=True))
        assert owners == {user for user, claim in zip(users, claims, strict=True) if claim}


def test_the_same_user_in_two_tabs_gets_the_guest_once() -> None:
    mine, guest = create_guest(now_ms=NOW_MS), create_guest(now_ms=NOW_MS + 1)
    user = make_user(email="ana@example.org", shopper_id=mine)

    assert at_once([user.id, user.id], guest) == [Claim(mine, merged=True)] * 2


def at_once(users: list[int], guest: int) -> list[Claim | None]:
    """Let the users claim the guest in the same moment, each on a connection of its own."""
    together = Barrier(len(users))

    def claim(user_id: int) -> Claim | None:
        try:
            connection.ensure_connection()
            together.wait(timeout=30)
            return claim_guest(user_id=user_id, guest_id=guest)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(users)) as threads:
        return list(threads.map(claim, users))
