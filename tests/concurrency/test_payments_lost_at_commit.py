"""The connection is lost in the moment in which a payment with a provider is committed: whoever asks again gets it."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import InterfaceError, OperationalError

from fairground.checkout.actions.begin_payments import begin_top_up
from fairground.payments.life import PaymentEnd
from fairground.payments.models import Payment
from fairground.payments.reading import PaymentFacts
from tests.concurrency.proxy import WAYS, Wire
from tests.concurrency.racing import at_once
from tests.factories import NOW_MS, give_wallet
from tests.payments.killing import assert_money_is_in_one_place, do_chores
from tests.payments.paying import Till, make_till

WALLET = 500
LOST = (OperationalError, InterfaceError)


@pytest.fixture
def till(writer: object) -> Till:
    till = make_till()
    give_wallet(shopper_id=till.shopper_id, amount_minor=WALLET)
    return till


def top_up(till: Till) -> PaymentFacts:
    return begin_top_up(
        shopper_id=till.shopper_id, provider="local", amount_minor=700, currency="EUR", key=UUID(int=7), now_ms=NOW_MS
    )


def is_lost(act: Callable[[], object]) -> bool:
    """Do something over the wire, in a thread of its own, and tell whether its connection was lost."""

    def attempt() -> bool:
        try:
            act()
        except LOST:
            return True
        return False

    return at_once([attempt])[0]


BEGIN: dict[str, Callable[[Till], PaymentFacts]] = {
    "purchase": lambda till: till.begin(wallet_minor=WALLET),
    "top-up": top_up,
}
TAKEN = {
    "purchase": (PaymentEnd.PAID, {"clearing": 1_500, "wallet": 0, "escrow": 2_000}),
    "top-up": (PaymentEnd.TOPPED_UP, {"clearing": 700, "wallet": WALLET + 700, "escrow": 0}),
}


@pytest.mark.parametrize("what", BEGIN)
@pytest.mark.parametrize("way", WAYS)
def test_a_payment_whose_beginning_was_lost_at_commit_is_begun_once(
    way: str, what: str, wire: Wire, till: Till
) -> None:
    WAYS[way](wire)

    assert is_lost(lambda: BEGIN[what](till))

    # Nobody asked the provider for it yet: what is written down, is; and the wallet's part is set aside with it.
    written = way == "after the COMMIT is done"
    assert (wire.broken, Payment.objects.count(), till.provider.asked) == (1, written, [])
    assert till.available_minor() == (0 if written and what == "purchase" else WALLET)
    payment = BEGIN[what](till)
    till.agree(payment)
    assert Payment.objects.count() == 1
    assert (till.read(payment).end, till.money()) == TAKEN[what]
    assert_money_is_in_one_place(till, given_minor=WALLET)


@pytest.mark.parametrize("what", BEGIN)
@pytest.mark.parametrize("way", WAYS)
def test_money_whose_booking_was_lost_at_commit_is_booked_once(way: str, what: str, wire: Wire, till: Till) -> None:
    till.provider.takes_at_once = True
    payment = BEGIN[what](till)
    till.ask(payment)
    till.provider.shopper_agrees(payment.key.hex)
    WAYS[way](wire)

    assert is_lost(lambda: till.attend(payment))

    assert (wire.broken, till.money()["clearing"] > 0) == (1, way == "after the COMMIT is done")
    do_chores(till)
    assert (till.read(payment).end, till.money()) == TAKEN[what]
    assert_money_is_in_one_place(till, given_minor=WALLET)
