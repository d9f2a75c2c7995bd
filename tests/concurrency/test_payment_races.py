"""A payment that many look at at once, beside expiry and refunds: its money is booked once and goes back once."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection, transaction

from fairground.checkout.actions.begin_payments import PaymentUnderWay
from fairground.checkout.actions.end_purchases import expire_purchases
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.actions.return_payments import attend_refund
from fairground.checkout.rules.refunding import OrderNotRefundable, TooManyUnits
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import ShopBusy
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.rules import RefundReason, Step
from fairground.payments.gift_cards import NoSuchCard, issue_gift_cards, redeem_gift_card
from fairground.payments.life import UNDER_WAY, PaymentEnd, PaymentState
from fairground.payments.models import Payment, PaymentNotice, PaymentRefund
from fairground.payments.notices import note_notice
from fairground.payments.providers.provider import Notice
from fairground.payments.queries import wallet_balance_minor
from fairground.payments.reading import payment_by_id
from tests.concurrency.racing import at_once
from tests.factories import BY, GIVER, NOW, NOW_MS, give_wallet, make_shopper
from tests.payments.paying import MINUTE_MS, Till, balance_of, make_till, stopped_at

pytestmark = [pytest.mark.django_db(transaction=True)]
AT_ONCE = 6


@pytest.fixture
def till(committing_writers: None) -> Till:
    return make_till()


def test_notice_return_and_chore_at_once_take_the_money_once(till: Till) -> None:
    payment = till.begin()
    till.ask(payment)
    till.provider.shopper_agrees(payment.key.hex)

    def tell() -> object:
        note_notice(provider="local", notice=Notice("n1", payment.key.hex, "ref"), now=NOW)
        return till.attend(payment)

    at_once([tell, tell, tell, lambda: till.attend(payment), lambda: till.attend(payment)])

    assert till.read(payment).end is PaymentEnd.PAID
    assert till.money() == {"clearing": 2_000, "wallet": 0, "escrow": 2_000}
    assert PaymentNotice.objects.count() == 1
    assert accounts_that_disagree() == []


@pytest.mark.parametrize("moment", range(3))
def test_money_that_comes_while_its_purchase_expires_is_used_or_goes_back(till: Till, moment: int) -> None:
    payment = till.begin()
    till.ask(payment)
    till.provider.takes_at_once = True
    till.provider.shopper_agrees(payment.key.hex)
    at_ms = NOW_MS + 30 * MINUTE_MS + moment - 1

    at_once(
        [
            lambda: till.attend(payment, now_ms=at_ms),
            lambda: expire_purchases(now_ms=at_ms),
            lambda: till.attend(payment, now_ms=at_ms),
            lambda: expire_purchases(now_ms=at_ms + 1),
        ]
    )

    assert till.read(payment).end in {PaymentEnd.PAID, PaymentEnd.PAID_LATE}
    assert till.step() is Step.PAID
    assert till.money() == {"clearing": 2_000, "wallet": 0, "escrow": 2_000}
    assert accounts_that_disagree() == []


def test_of_many_that_begin_to_pay_at_once_one_is_under_way_and_one_part_is_set_aside(till: Till) -> None:
    give_wallet(shopper_id=till.shopper_id, amount_minor=600)

    def begin(wallet_minor: int) -> Callable[[], bool]:
        def attempt() -> bool:
            try:
                till.begin(wallet_minor=wallet_minor)
            except (ShopBusy, PaymentUnderWay):
                return False
            return True

        return attempt

    assert any(at_once([begin(100 * number) for number in range(AT_ONCE)]))

    (under_way,) = Payment.objects.filter(state__in=UNDER_WAY)
    assert till.available_minor() == 600 - under_way.wallet_minor
    for row in Payment.objects.all():
        till.attend(payment_by_id(payment_id=row.id), now_ms=NOW_MS + 31 * MINUTE_MS)
    assert till.available_minor() == 600
    assert accounts_that_disagree() == []


def test_units_that_many_pay_back_at_once_return_to_the_provider_what_it_took(till: Till) -> None:
    till.agree(till.begin())
    order_id = till.placed.orders[0].order_id

    def refund() -> bool:
        try:
            refund_lines(units={(order_id, 1): 1}, reason=RefundReason.FAULTY, by=BY)
        except (TooManyUnits, OrderNotRefundable, ShopBusy):
            return False
        return True

    assert sum(at_once([refund] * AT_ONCE)) == 2

    refunds = list(PaymentRefund.objects.all())
    assert [one.amount_minor for one in refunds] == [1_000, 1_000]
    at_once(
        [
            partial(attend_refund, refund_id=one.id, providers=till.providers, clock_ms=stopped_at(NOW_MS))
            for one in refunds * 3
        ]
    )
    assert till.money() == {"clearing": 0, "wallet": 0, "escrow": 0}
    assert len(till.provider.returned) == 2
    assert accounts_that_disagree() == []


def test_a_gift_card_that_many_redeem_at_once_fills_one_wallet(till: Till) -> None:
    (code,) = issue_gift_cards(
        key=uuid4(),
        count=1,
        amount_minor=70,
        currency="EUR",
        expires_at=NOW + timedelta(days=1),
        is_sold=True,
        by=GIVER,
    )
    shoppers = [make_shopper(lane=number * 9) for number in range(AT_ONCE)]

    def redeem(shopper_id: int) -> Callable[[], bool]:
        def attempt() -> bool:
            try:
                redeem_gift_card(code=code, shopper_id=shopper_id, now=from_unix_ms(NOW_MS))
            except (NoSuchCard, ShopBusy):
                return False
            return True

        return attempt

    assert sum(at_once([redeem(shopper_id) for shopper_id in shoppers])) == 1
    assert sum(wallet_balance_minor(shopper_id=one, currency="EUR") for one in shoppers) == 70
    assert (balance_of("platform:giftcards:EUR"), balance_of("platform:funding:EUR")) == (0, -70)


def test_without_the_turn_two_that_look_at_once_would_book_the_money_twice(till: Till) -> None:
    """The negative control: the harness sees the race. Both read the state before either one books."""
    payment = till.begin()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE unguarded_booking (payment_id bigint)")
    both_have_looked = Barrier(2, timeout=60)

    def book() -> None:
        with transaction.atomic():
            is_open = Payment.objects.get(id=payment.id).state != PaymentState.TAKEN
            both_have_looked.wait()
            if is_open:
                Payment.objects.filter(id=payment.id).update(tries=1)
                with connection.cursor() as cursor:
                    cursor.execute("INSERT INTO unguarded_booking VALUES (%s)", [payment.id])

    try:
        at_once([book, book])
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM unguarded_booking")
            assert cursor.fetchone() == (2,)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE unguarded_booking")
