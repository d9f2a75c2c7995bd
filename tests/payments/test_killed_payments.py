"""A process that dies at any step of a payment: what is left standing is taken on, and no money is lost or doubled."""

from collections.abc import Callable

import pytest

from fairground.checkout.actions import return_payments
from fairground.checkout.actions.attend_payments import attend_payment
from fairground.checkout.actions.end_purchases import cancel_purchase
from fairground.kernel.clock import from_unix_ms
from fairground.orders.rules import Step
from fairground.payments.life import ASKING_MAX_MS, PaymentEnd, PaymentState
from fairground.payments.models import Payment
from fairground.payments.providers.provider import Asked, ProviderUnreachable
from fairground.payments.reading import payments_due
from tests.factories import NOW_MS, give_wallet
from tests.payments.killing import Killed, assert_money_is_in_one_place, do_chores, killed_at
from tests.payments.paying import MINUTE_MS, Till, make_till, stopped_at


@pytest.fixture
def till(lone_writer: object) -> Till:
    till = make_till()
    give_wallet(shopper_id=till.shopper_id, amount_minor=500)
    return till


def pay_whole(till: Till) -> None:
    payment = till.begin(wallet_minor=500)
    till.ask(payment)
    till.provider.shopper_agrees(payment.key.hex)
    till.attend(payment)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_killed_around_the_writing_of_any_answer_a_payment_ends_right(
    till: Till, monkeypatch: pytest.MonkeyPatch, call: int, after: bool
) -> None:
    with killed_at(monkeypatch, call=call, after=after), pytest.raises(Killed):
        pay_whole(till)

    key = Payment.objects.get().key.hex
    if till.provider.payments[key].redirect_url:
        till.provider.shopper_agrees(key)
    do_chores(till)

    assert Payment.objects.get().end == PaymentEnd.PAID
    assert till.step() is Step.PAID
    assert till.money() == {"clearing": 1_500, "wallet": 0, "escrow": 2_000}
    assert_money_is_in_one_place(till)


def test_killed_before_the_provider_was_asked_nothing_is_taken_and_the_wallets_part_is_free(till: Till) -> None:
    till.begin(wallet_minor=500)

    do_chores(till)

    assert Payment.objects.get().state == PaymentState.ENDED
    assert till.money() == {"clearing": 0, "wallet": 500, "escrow": 0}
    assert_money_is_in_one_place(till)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", ["look", "capture"])
def test_a_provider_that_does_not_answer_is_asked_again_and_takes_once(till: Till, name: str, after: bool) -> None:
    for _ in range(3):
        till.provider.fail(name, after=after)

    pay_whole(till)
    do_chores(till)

    assert till.step() is Step.PAID
    assert till.provider.kept_minor() == 1_500
    assert_money_is_in_one_place(till)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_shopper_who_is_not_led_on_as_nobody_answered_may_ask_again(till: Till, after: bool) -> None:
    till.provider.fail("authorise", after=after)
    payment = till.begin(wallet_minor=500)
    with pytest.raises(ProviderUnreachable):
        till.ask(payment)

    assert till.ask(till.begin(wallet_minor=500)).redirect_url
    till.provider.shopper_agrees(payment.key.hex)
    do_chores(till)

    assert Payment.objects.count() == 1
    assert till.step() is Step.PAID
    assert_money_is_in_one_place(till)


def test_a_provider_that_is_down_all_along_takes_nothing_and_is_asked_seldom(till: Till) -> None:
    payment = till.begin(wallet_minor=500)
    for _ in range(1_000):
        till.provider.fail("look")
    for minute in range(120):
        now_ms = NOW_MS + minute * MINUTE_MS
        for key in payments_due(now=from_unix_ms(now_ms), payments_max=100):
            attend_payment(key=key, providers=till.providers, clock_ms=stopped_at(now_ms))

    assert till.read(payment).state is PaymentState.ASKING
    assert len(till.provider.asked) == 18
    till.provider.before.clear()
    do_chores(till, from_ms=NOW_MS + 120 * MINUTE_MS)
    assert_money_is_in_one_place(till)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", ["asking", "writing"])
def test_killed_while_money_goes_back_it_goes_back_once(
    till: Till, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    payment = till.begin(wallet_minor=500)
    till.ask(payment)
    cancel_purchase(purchase_id=till.purchase_id, shopper_id=till.shopper_id, now_ms=NOW_MS)
    till.provider.takes_at_once = True
    till.provider.shopper_agrees(payment.key.hex)
    till.attend(payment)
    if step == "asking":
        till.provider.fail("refund", Killed(), after=after)  # type: ignore[arg-type]
    else:
        real: Callable[..., bool] = return_payments._end

        def end(*arguments: object) -> bool:
            if after:
                real(*arguments)
            raise Killed

        monkeypatch.setattr(return_payments, "_end", end)
    with pytest.raises(Killed):
        till.return_all()
    monkeypatch.undo()

    do_chores(till)

    assert till.money() == {"clearing": 0, "wallet": 500, "escrow": 0}
    assert till.provider.kept_minor() == 0
    assert len(till.provider.returned) == 1
    assert_money_is_in_one_place(till)


def test_money_that_is_taken_of_a_payment_that_had_ended_is_found_by_a_notice_and_goes_back(till: Till) -> None:
    payment = till.begin(wallet_minor=500)
    late = NOW_MS + ASKING_MAX_MS
    assert till.attend(payment, now_ms=late).state is PaymentState.ENDED
    till.provider.takes_at_once = True
    till.provider.authorise(Asked(payment.key.hex, 1_500, "EUR", "", ""))
    till.provider.shopper_agrees(payment.key.hex)

    till.attend(payment, now_ms=late)
    do_chores(till, from_ms=late)

    assert Payment.objects.get().end == PaymentEnd.RETURNED
    assert till.provider.kept_minor() == 0
    assert_money_is_in_one_place(till)
