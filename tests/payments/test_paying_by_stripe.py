"""A purchase that is paid by Stripe: over its page, its webhooks, its failures, back again, and in both books."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import click
import pytest
from click.testing import CliRunner
from pytest_django import Settings

from fairground.checkout.actions.attend_payments import ask_provider, attend_payment
from fairground.checkout.actions.begin_payments import begin_payment
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.actions.return_payments import attend_refund
from fairground.cli.payments import payments, reconcile_with, to_json, to_lines
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.rules import RefundReason, Step
from fairground.payments.life import PaymentEnd, PaymentState, RefundState, Why
from fairground.payments.models import Payment, PaymentRefund
from fairground.payments.notices import note_notice
from fairground.payments.providers.keys import ProviderKeys, StripeKeys
from fairground.payments.providers.provider import NoticeForged, ProviderUnreachable
from fairground.payments.providers.stripe import Stripe
from fairground.payments.providers.wire import Wire
from fairground.payments.reading import PaymentFacts, payment_by_id
from fairground.payments.reconciling import Disagreement
from tests.factories import BY, NOW_MS
from tests.payments.paying import Till, balance_of, make_till, stopped_at
from tests.payments.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer, stripe_server
from tests.payments.wire_server import Fault

pytestmark = pytest.mark.usefixtures("two_writers")


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with stripe_server() as running:
        yield running


@pytest.fixture
def till() -> Till:
    return make_till()


def stripe(server: StripeServer) -> Stripe:
    """Return a side of ours that was just born."""
    keys = StripeKeys(secret_key=SECRET_KEY, webhook_secrets=(WEBHOOK_SECRET,), base_url=server.url)
    return Stripe(keys, wire=Wire(timeout_s=1.0), retries=0)


def begin(till: Till, *, wallet_minor: int = 0) -> PaymentFacts:
    return begin_payment(
        purchase_id=till.purchase_id,
        shopper_id=till.shopper_id,
        provider="stripe",
        due_minor=2_000,
        wallet_minor=wallet_minor,
        now_ms=NOW_MS,
    )


def ask(till: Till, server: StripeServer, payment: PaymentFacts) -> PaymentFacts:
    return ask_provider(
        payment_id=payment.id,
        providers={"stripe": stripe(server)},
        description=till.placed.number,
        return_url="https://shop.example/return",
        clock_ms=stopped_at(NOW_MS),
    )


def attend(server: StripeServer, payment: PaymentFacts) -> PaymentFacts:
    found = attend_payment(key=payment.key, providers={"stripe": stripe(server)}, clock_ms=stopped_at(NOW_MS))
    assert found is not None
    return found


def clearing() -> int:
    return -balance_of("provider:stripe:clearing:EUR")


def pay(till: Till, server: StripeServer) -> PaymentFacts:
    """Pay over Stripe's page, and look."""
    payment = ask(till, server, begin(till))
    server.finish(payment.ref, paid=True)
    return attend(server, payment)


def give_back(till: Till, server: StripeServer) -> None:
    """Refund one of two chairs, and ask Stripe for it."""
    refund_lines(units={(till.placed.orders[0].order_id, 1): 1}, reason=RefundReason.FAULTY, by=BY)
    attend_refund(
        refund_id=PaymentRefund.objects.get().id, providers={"stripe": stripe(server)}, clock_ms=stopped_at(NOW_MS)
    )


def test_a_purchase_is_paid_over_stripes_page_and_half_of_it_goes_back(till: Till, server: StripeServer) -> None:
    payment = pay(till, server)

    assert (payment.state, payment.captured_minor) == (PaymentState.TAKEN, 2_000)
    assert till.step() is Step.PAID
    assert (clearing(), till.available_minor()) == (2_000, 0)
    give_back(till, server)
    assert PaymentRefund.objects.get().state == RefundState.DONE
    assert (clearing(), till.available_minor()) == (1_000, 0)
    assert accounts_that_disagree() == []


def test_a_webhook_leads_to_the_look_twice_and_late_to_nothing_more(till: Till, server: StripeServer) -> None:
    payment = ask(till, server, begin(till))
    server.finish(payment.ref, paid=True)
    now = datetime.now(tz=UTC)

    for telling in [*server.told, *server.told][::-1]:
        notice = stripe(server).read_notice(headers=telling.headers, body=telling.body, now=now)
        assert notice is not None
        note_notice(provider="stripe", notice=notice, now=now)
        attend(server, payment)
    with pytest.raises(NoticeForged):
        stripe(server).read_notice(headers=server.told[0].headers, body=b"{}", now=now)

    assert till.step() is Step.PAID
    assert clearing() == 2_000
    assert [one["amount_captured"] for one in server.objects.values() if one["object"] == "charge"] == [2_000]


@pytest.mark.parametrize("how", [Fault.HANG_AFTER, Fault.RESET_AFTER, Fault.DOWN, Fault.TOO_MANY])
def test_a_capture_that_was_not_answered_is_booked_once(till: Till, server: StripeServer, how: Fault) -> None:
    payment = ask(till, server, begin(till))
    server.finish(payment.ref, paid=True)
    server.fail_next("/capture", how)

    assert attend(server, payment).state is PaymentState.CAPTURING
    assert clearing() == 0
    assert attend(server, payment).state is PaymentState.TAKEN
    assert attend(server, payment).state is PaymentState.TAKEN
    assert (till.step(), clearing()) == (Step.PAID, 2_000)


@pytest.mark.parametrize("how", [Fault.HANG_AFTER, Fault.RESET_AFTER, Fault.RESET])
def test_an_asking_that_was_not_answered_is_the_same_payment_asked_again(
    till: Till, server: StripeServer, how: Fault
) -> None:
    payment = begin(till)
    server.fail_next("/sessions", how)
    with pytest.raises(ProviderUnreachable):
        ask(till, server, payment)

    again = ask(till, server, payment_by_id(payment_id=payment.id))

    assert again.state is PaymentState.WAITING
    assert [one["id"] for one in server.objects.values()] == [again.ref]


def test_another_amount_than_was_asked_pays_nothing_and_goes_back_whole(till: Till, server: StripeServer) -> None:
    payment = ask(till, server, begin(till))
    server.finish(payment.ref, paid=True)
    server.fail_next("/capture", Fault.OTHER_AMOUNT)

    attend(server, payment)

    found = payment_by_id(payment_id=payment.id)
    assert till.step() is Step.PLACED
    assert (found.captured_minor, found.end, found.why) == (1_900, PaymentEnd.RETURNED, Why.AMOUNT_DIFFERS)
    attend_refund(
        refund_id=PaymentRefund.objects.get().id, providers={"stripe": stripe(server)}, clock_ms=stopped_at(NOW_MS)
    )
    assert [one["amount"] for one in server.objects.values() if one["object"] == "refund"] == [1_900]
    assert (clearing(), till.available_minor()) == (0, 0)
    assert accounts_that_disagree() == []


def test_both_books_agree_and_what_does_not_is_listed(till: Till, server: StripeServer, settings: Settings) -> None:
    server.clock_s = NOW_MS // 1000
    day = datetime.fromtimestamp(server.clock_s, tz=UTC).date()
    settings.PROVIDER_KEYS = ProviderKeys(stripe=StripeKeys(SECRET_KEY, (WEBHOOK_SECRET,), base_url=server.url))
    pay(till, server)
    give_back(till, server)

    found = reconcile_with(code="stripe", day=day)

    charge = next(one for one in server.objects.values() if one["object"] == "charge")
    line = next(one for one in server.objects.values() if one["object"] == "balance_transaction")
    assert to_json(found) == {
        "ok": True,
        "day": day.isoformat(),
        "agreed": 2,
        "agreed_minor": [
            {"kind": "CAPTURE", "currency": "EUR", "amount_minor": 2_000},
            {"kind": "REFUND", "currency": "EUR", "amount_minor": 1_000},
        ],
        "booked": 0,
        "to_book": [
            {
                "kind": "FEE",
                "ref": charge["payment_intent"],
                "key": Payment.objects.get().key.hex,
                "amount_minor": 25,
                "currency": "EUR",
                "at": f"{day}T00:00:00+00:00",
                "line_id": f"{line['id']}:fee",
            }
        ],
        "differences": [],
    }
    assert to_lines(found) == [
        "2 agree, 0 of them booked from its books",
        "capture: 20.00 EUR",
        "refund: 10.00 EUR",
        f"to book: fee ({line['id']}:fee): 0.25 EUR",
        "1 to book, 0 differ",
    ]
    assert reconcile_with(code="stripe", day=day - timedelta(days=1)).agreed == 0
    charge["amount_captured"] = 1_999
    refund = next(one for one in server.objects.values() if one["object"] == "refund")
    refund["metadata"] = {}
    differing = reconcile_with(code="stripe", day=day)
    assert [one.what for one in differing.differences] == [
        Disagreement.AMOUNT,
        Disagreement.MISSING_THERE,
        Disagreement.MISSING_HERE,
    ]
    key = Payment.objects.get().key.hex
    assert to_lines(differing)[2] == (
        f"capture {key} ({charge['payment_intent']}): another amount there; there 19.99 EUR, here 20.00 EUR"
    )
    assert json.loads(json.dumps(to_json(differing)))["differences"][1]["theirs"] is None


def test_a_provider_that_is_not_set_up_or_not_there_is_said_in_words(settings: Settings) -> None:
    with stripe_server() as gone:
        pass
    settings.PROVIDER_KEYS = ProviderKeys(stripe=StripeKeys(SECRET_KEY, (WEBHOOK_SECRET,), base_url=gone.url))

    with pytest.raises(click.ClickException, match="no provider alipay_plus is set up here; there are: stripe"):
        reconcile_with(code="alipay_plus", day=date(2027, 11, 11))
    with pytest.raises(click.ClickException, match="the books of stripe are not to be had now"):
        reconcile_with(code="stripe", day=date(2027, 11, 11))
    help_shown = CliRunner().invoke(payments, ["reconcile", "--help"])
    assert "fairground payments reconcile stripe --day 2027-11-11 --json" in help_shown.output
