"""A process that dies at any step of any kind of payment, taken or given up: the money is in one place, once."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest

from fairground.checkout.actions.begin_payments import begin_top_up
from fairground.kernel.clock import from_unix_ms
from fairground.orders.rules import Step
from fairground.payments.life import PaymentEnd, PaymentState, Why
from fairground.payments.models import Payment
from fairground.payments.notices import note_notice
from fairground.payments.providers.provider import Notice
from fairground.payments.reading import PaymentFacts, payments_due
from tests.factories import NOW_MS, give_wallet, make_market, make_merchant, make_shopper
from tests.payments.killing import Killed, assert_money_is_in_one_place, do_chores, killed_at
from tests.payments.local_provider import LocalProvider
from tests.payments.paying import Till, make_till
from tests.presales import BALANCE, DEPOSIT, OPENS_MS, ORDERED_MS, make_presale, pay_deposit, place_presale

WALLET = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """What is paid and when, by who has WALLET, and where the money is once it was taken, or was not."""

    open: Callable[[], Till]
    begin: Callable[[Till], PaymentFacts]
    at_ms: int
    taken: dict[str, int]
    not_taken: dict[str, int]
    end: PaymentEnd = PaymentEnd.PAID
    step: Step = Step.PAID


def purchase() -> Till:
    till = make_till()
    give_wallet(shopper_id=till.shopper_id, amount_minor=WALLET)
    return till


def presale() -> Till:
    make_market()
    sku, shopper_id = make_presale(merchant=make_merchant(lane=30)), make_shopper(lane=50)
    give_wallet(shopper_id=shopper_id, amount_minor=WALLET)
    return Till(sku, shopper_id, place_presale(sku, shopper_id=shopper_id), LocalProvider())


def deposited() -> Till:
    till = presale()
    pay_deposit(till.placed, shopper_id=till.shopper_id)
    return till


def top_up(till: Till) -> PaymentFacts:
    return begin_top_up(
        shopper_id=till.shopper_id, provider="local", amount_minor=700, currency="EUR", key=UUID(int=7), now_ms=NOW_MS
    )


KINDS = {
    "purchase": Kind(
        purchase,
        lambda till: till.begin(wallet_minor=WALLET),
        NOW_MS,
        taken={"clearing": 1_500, "wallet": 0, "escrow": 2_000},
        not_taken={"clearing": 0, "wallet": WALLET, "escrow": 0},
    ),
    "top-up": Kind(
        purchase,
        top_up,
        NOW_MS,
        taken={"clearing": 700, "wallet": WALLET + 700, "escrow": 0},
        not_taken={"clearing": 0, "wallet": WALLET, "escrow": 0},
        end=PaymentEnd.TOPPED_UP,
        step=Step.EXPIRED,
    ),
    "deposit": Kind(
        presale,
        lambda till: till.begin(due_minor=DEPOSIT, wallet_minor=30, now_ms=ORDERED_MS + 1),
        ORDERED_MS + 1,
        taken={"clearing": DEPOSIT - 30, "wallet": WALLET - 30, "escrow": DEPOSIT},
        not_taken={"clearing": 0, "wallet": WALLET, "escrow": 0},
        step=Step.DEPOSITED,
    ),
    "balance": Kind(
        deposited,
        lambda till: till.begin(due_minor=BALANCE, wallet_minor=400, now_ms=OPENS_MS + 1),
        OPENS_MS + 1,
        taken={"clearing": BALANCE - 400, "wallet": 0, "escrow": DEPOSIT + BALANCE},
        not_taken={"clearing": 0, "wallet": 400, "escrow": DEPOSIT},
    ),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, two_writers: object) -> Kind:
    return KINDS[request.param]


def go_on(till: Till, payment: PaymentFacts, *, off_minor: int) -> None:
    """Let the shopper agree on the provider's page, maybe to another amount, if it is still asked for that."""
    key = payment.key.hex
    if key in till.provider.payments and till.provider.payments[key].redirect_url:
        till.provider.shopper_agrees(key, amount_minor=payment.amount_minor - off_minor)


def pay_whole(till: Till, payment: PaymentFacts, *, off_minor: int, at_ms: int) -> None:
    till.ask(payment, now_ms=at_ms)
    go_on(till, payment, off_minor=off_minor)
    till.attend(payment, now_ms=at_ms)


@pytest.mark.parametrize("off_minor", [0, 1], ids=["captured", "voided"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_killed_around_any_writing_the_money_is_taken_once_or_not_at_all(
    kind: Kind, call: int, after: bool, off_minor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    till = kind.open()
    payment = kind.begin(till)
    with killed_at(monkeypatch, call=call, after=after), pytest.raises(Killed):
        pay_whole(till, payment, off_minor=off_minor, at_ms=kind.at_ms)

    go_on(till, payment, off_minor=off_minor)
    do_chores(till, from_ms=kind.at_ms)

    found = till.read(payment)
    if off_minor:
        assert (found.state, found.why) == (PaymentState.ENDED, Why.AMOUNT_DIFFERS)
        assert till.money() == kind.not_taken
    else:
        assert (found.state, found.end, till.step()) == (PaymentState.TAKEN, kind.end, kind.step)
        assert till.money() == kind.taken
    assert Payment.objects.count() == 1
    assert_money_is_in_one_place(till, given_minor=WALLET)


def test_killed_between_a_notice_and_its_look_the_background_looks_at_once(kind: Kind) -> None:
    till = kind.open()
    payment = kind.begin(till)
    till.ask(payment, now_ms=kind.at_ms)
    go_on(till, payment, off_minor=0)
    told_at = from_unix_ms(kind.at_ms)

    notice = Notice("told-1", payment.key.hex, f"ref-{payment.key.hex}")
    assert note_notice(provider="local", notice=notice, now=told_at) == payment.key

    assert payments_due(now=told_at, payments_max=100) == [payment.key]
    # Whoever told it gets no answer from a dead process, and tells it again: that is old news by now.
    assert note_notice(provider="local", notice=notice, now=told_at) is None
    do_chores(till, from_ms=kind.at_ms)

    assert (till.read(payment).end, till.step()) == (kind.end, kind.step)
    assert till.money() == kind.taken
    assert_money_is_in_one_place(till, given_minor=WALLET)
