"""A purchase that Alipay+ took, and its refunds: however its answers are lost, the money goes back once."""

from collections.abc import Iterator

import pytest

from fairground.checkout.actions.ask_again import NoFailedReturn, ask_return_again
from fairground.checkout.actions.attend_payments import ask_provider, attend_payment
from fairground.checkout.actions.begin_payments import begin_payment
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.actions.return_payments import SHORT_MAX_MS, attend_refund
from fairground.kernel.edits import By
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.rules import RefundReason, Step
from fairground.payments.life import PaymentEnd, RefundState, Why
from fairground.payments.models import PaymentRefund
from fairground.payments.providers.alipay_plus import AlipayPlus
from fairground.payments.providers.wire import Wire
from fairground.payments.reading import PaymentFacts
from tests.factories import BY, NOW, NOW_MS
from tests.payments.alipay_plus_server import AlipayPlusServer, alipay_plus_server
from tests.payments.paying import MINUTE_MS, Till, balance_of, make_till, stopped_at
from tests.payments.wire_server import Fault

pytestmark = pytest.mark.usefixtures("two_writers")
ASKS = By(user_id=None, now=NOW, reason="the wallet is open again")


@pytest.fixture
def server() -> Iterator[AlipayPlusServer]:
    with alipay_plus_server() as running:
        yield running


@pytest.fixture
def till(server: AlipayPlusServer) -> Till:
    """Two chairs at 1000 each that Alipay+ took, of which both go back."""
    till = make_till()
    buy(till, server)
    assert till.step() is Step.PAID
    refund_lines(units={(till.placed.orders[0].order_id, 1): 2}, reason=RefundReason.FAULTY, by=BY)
    return till


def buy(till: Till, server: AlipayPlusServer) -> PaymentFacts:
    """Ask, let the shopper pay in the wallet, and look."""
    payment = begin_payment(
        purchase_id=till.purchase_id,
        shopper_id=till.shopper_id,
        provider="alipay_plus",
        due_minor=2_000,
        wallet_minor=0,
        now_ms=NOW_MS,
    )
    providers = {"alipay_plus": alipay(server)}
    clock = stopped_at(NOW_MS)
    ask_provider(
        payment_id=payment.id,
        providers=providers,
        description=till.placed.number,
        return_url="https://shop.example/return",
        clock_ms=clock,
    )
    server.finish(payment.key.hex, paid=True)
    found = attend_payment(key=payment.key, providers=providers, clock_ms=clock)
    assert found is not None
    return found


def alipay(server: AlipayPlusServer) -> AlipayPlus:
    """Return a side of ours that was just born."""
    return AlipayPlus(server.keys(), wire=Wire(timeout_s=0.5))


def attend(server: AlipayPlusServer, *, now_ms: int) -> None:
    """Ask for every return that is not over."""
    for refund in PaymentRefund.objects.order_by("id"):
        attend_refund(refund_id=refund.id, providers={"alipay_plus": alipay(server)}, clock_ms=stopped_at(now_ms))


def states() -> list[RefundState]:
    return [RefundState(one) for one in PaymentRefund.objects.order_by("id").values_list("state", flat=True)]


def clearing() -> int:
    return -balance_of("provider:alipay_plus:clearing:EUR")


def test_another_amount_than_was_asked_pays_nothing_and_goes_back_whole(server: AlipayPlusServer) -> None:
    till = make_till()
    server.fail_next("/pay", Fault.OTHER_AMOUNT)

    found = buy(till, server)

    assert till.step() is Step.PLACED
    assert (found.captured_minor, found.end, found.why) == (1_900, PaymentEnd.RETURNED, Why.AMOUNT_DIFFERS)
    attend(server, now_ms=NOW_MS)
    assert [one["refundAmount"]["value"] for one in server.refunds.values()] == ["1900"]
    assert (states(), clearing(), till.available_minor()) == ([RefundState.DONE], 0, 0)
    assert accounts_that_disagree() == []


@pytest.mark.parametrize("forgets", [False, True])
def test_a_refund_whose_answers_were_lost_is_made_once_and_found(
    server: AlipayPlusServer, till: Till, *, forgets: bool
) -> None:
    server.fail_next("/refund", Fault.HANG_AFTER)
    attend(server, now_ms=NOW_MS)
    assert (states(), clearing(), till.available_minor()) == ([RefundState.ASKING], 2_000, 0)
    # It says that more than it took would go back, though it is what it gave back already.
    server.forgets = forgets

    attend(server, now_ms=NOW_MS + MINUTE_MS)
    attend(server, now_ms=NOW_MS + 2 * MINUTE_MS)

    assert [one["refundAmount"]["value"] for one in server.refunds.values()] == ["2000"]
    assert list(server.refunds) == [PaymentRefund.objects.get().key.hex]
    assert (states(), clearing(), till.available_minor()) == ([RefundState.DONE], 0, 0)
    assert accounts_that_disagree() == []
    with pytest.raises(NoFailedReturn):
        ask_return_again(refund_id=PaymentRefund.objects.get().id, by=ASKS)


def test_what_it_could_not_return_for_a_week_is_asked_for_again_under_another_key_and_arrives_once(
    server: AlipayPlusServer, till: Till
) -> None:
    server.short = "MERCHANT_BALANCE_NOT_ENOUGH"
    attend(server, now_ms=NOW_MS + SHORT_MAX_MS)
    assert (states(), till.available_minor(), server.refunds) == ([RefundState.FAILED], 2_000, {})
    server.short = ""
    failed = PaymentRefund.objects.get()

    made = PaymentRefund.objects.get(id=ask_return_again(refund_id=failed.id, by=ASKS))
    server.fail_next("/refund", Fault.HANG_AFTER)
    attend(server, now_ms=NOW_MS)
    attend(server, now_ms=NOW_MS + MINUTE_MS)

    assert list(server.refunds) == [made.key.hex]
    assert (states(), clearing(), till.available_minor()) == ([RefundState.FAILED, RefundState.DONE], 0, 0)
    assert accounts_that_disagree() == []
