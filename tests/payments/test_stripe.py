"""Stripe, asked as it documents, and what becomes of a payment when the answer fails."""

import json
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fairground.payments.providers.keys import StripeKeys
from fairground.payments.providers.provider import (
    Asked,
    At,
    FileKind,
    ProviderRefused,
    ProviderShort,
    ProviderUnreachable,
    Returned,
    Standing,
)
from fairground.payments.providers.stripe import Stripe
from fairground.payments.providers.wire import Wire
from tests.payments.stripe_server import (
    CARD_DECLINED,
    CARD_FINE,
    CARD_WITH_A_STEP,
    SECRET_KEY,
    WEBHOOK_SECRET,
    StripeServer,
    stripe_server,
)
from tests.payments.wire_server import Fault, Said

ASKED = Asked(
    key="p-1", amount_minor=12_90, currency="EUR", description="Purchase 1", return_url="http://127.0.0.1/back"
)
NOW = datetime(2026, 11, 11, 12, tzinfo=UTC)
NOW_S = int(NOW.timestamp())


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with stripe_server() as running:
        yield running


def ask(
    server: StripeServer,
    *,
    timeout_s: float = 20.0,
    secret_key: str = SECRET_KEY,
    retries: int = 0,
    means: str = "",
) -> Stripe:
    """Return a side of ours that was just born."""
    keys = StripeKeys(secret_key, ("whsec_old", WEBHOOK_SECRET), base_url=server.url, means=means)
    return Stripe(keys, wire=Wire(timeout_s=timeout_s), retries=retries)


@pytest.fixture
def stripe(server: StripeServer) -> Stripe:
    return ask(server)


def made(server: StripeServer, kind: str) -> list[str]:
    """Return the statuses of the objects of a kind."""
    return [one["status"] for one in server.objects.values() if one["object"] == kind]


def test_a_payment_goes_over_stripes_page_and_is_taken_by_us(server: StripeServer, stripe: Stripe) -> None:
    waiting = stripe.authorise(ASKED)

    assert waiting == Standing(
        ref=waiting.ref,
        at=At.WAITING,
        amount_minor=12_90,
        currency="EUR",
        redirect_url=f"{server.url}/pay/{waiting.ref}",
    )
    server.finish(waiting.ref, paid=True)
    assert stripe.look(key="p-1", ref=waiting.ref) == Standing(waiting.ref, At.AUTHORISED, 12_90, "EUR")
    captured = Standing(waiting.ref, At.CAPTURED, 12_90, "EUR")
    assert stripe.capture(key="p-1", ref=waiting.ref, amount_minor=12_90, currency="EUR") == captured
    assert stripe.capture(key="p-1", ref=waiting.ref, amount_minor=12_90, currency="EUR") == captured
    assert stripe.void(key="p-1", ref=waiting.ref) == captured


def test_a_card_with_3d_secure_leads_the_shopper_to_its_step_and_back(server: StripeServer, stripe: Stripe) -> None:
    waiting = ask(server, means=CARD_WITH_A_STEP).authorise(ASKED)

    assert (waiting.at, waiting.redirect_url) == (At.WAITING, f"{server.url}/pay/{waiting.ref}")
    with urllib.request.urlopen(waiting.redirect_url) as page:  # noqa: S310 - on this machine
        assert b"Complete authentication" in page.read()
    server.finish(waiting.ref, paid=True)
    assert stripe.look(key="p-1", ref=waiting.ref) == Standing(waiting.ref, At.AUTHORISED, 12_90, "EUR")


def test_a_failed_step_is_the_end_of_a_payment(server: StripeServer, stripe: Stripe) -> None:
    waiting = ask(server, means=CARD_WITH_A_STEP).authorise(ASKED)
    server.finish(waiting.ref, paid=False)

    failed = Standing(waiting.ref, At.FAILED, 12_90, "EUR", reason="payment_intent_authentication_failure")
    assert stripe.look(key="p-1", ref=waiting.ref) == failed
    with pytest.raises(ProviderRefused) as refused:
        stripe.capture(key="p-1", ref=waiting.ref, amount_minor=12_90, currency="EUR")
    assert refused.value.facts["reason"] == "failed"


def test_a_declined_card_is_refused(server: StripeServer, stripe: Stripe) -> None:
    with pytest.raises(ProviderRefused) as refused:
        ask(server, means=CARD_DECLINED).authorise(ASKED)

    assert refused.value == ProviderRefused(provider="stripe", reason="card_declined")
    assert made(server, "payment_intent") == ["requires_payment_method"]


def test_the_same_key_is_one_payment_and_with_another_amount_it_is_refused(
    server: StripeServer, stripe: Stripe
) -> None:
    first = stripe.authorise(ASKED)

    assert stripe.authorise(ASKED) == first
    assert stripe.authorise(replace(ASKED, return_url="http://127.0.0.1/es/back")) == first
    with pytest.raises(ProviderRefused) as refused:
        stripe.authorise(replace(ASKED, amount_minor=1))
    assert refused.value.facts["reason"] == "IdempotencyError"
    assert made(server, "checkout.session") == ["open"]


@pytest.mark.parametrize("how", [Fault.HANG_AFTER, Fault.RESET_AFTER])
def test_after_a_capture_that_was_not_answered_it_is_found_captured_once(server: StripeServer, how: Fault) -> None:
    hasty = ask(server, timeout_s=0.5, means=CARD_FINE)
    ref = hasty.authorise(ASKED).ref
    server.fail_next("/capture", how)

    with pytest.raises(ProviderUnreachable):
        hasty.capture(key="p-1", ref=ref, amount_minor=12_90, currency="EUR")
    again = ask(server)
    assert again.look(key="p-1", ref=ref) == Standing(ref, At.CAPTURED, 12_90, "EUR")
    assert again.capture(key="p-1", ref=ref, amount_minor=12_90, currency="EUR").at is At.CAPTURED
    assert [one["amount_captured"] for one in server.objects.values() if one["object"] == "charge"] == [12_90]


@pytest.mark.parametrize("how", [Fault.HANG_AFTER, Fault.RESET_AFTER, Fault.RESET, Fault.DOWN, Fault.TOO_MANY])
def test_an_asking_that_was_not_answered_is_asked_again_under_its_key(server: StripeServer, how: Fault) -> None:
    server.fail_next("/sessions", how)

    with pytest.raises(ProviderUnreachable):
        ask(server, timeout_s=0.5).authorise(ASKED)
    found = ask(server).look(key="p-1", ref="")
    standing = ask(server).authorise(ASKED)
    assert found == (standing if how in (Fault.HANG_AFTER, Fault.RESET_AFTER) else None)
    assert made(server, "checkout.session") == ["open"]


def test_the_library_repeats_what_was_not_answered_under_the_same_key(server: StripeServer) -> None:
    server.fail_next("/sessions", Fault.RESET_AFTER)

    assert ask(server, retries=1).authorise(ASKED).at is At.WAITING
    assert len(server.asked) == 2
    assert made(server, "checkout.session") == ["open"]


def test_a_payment_that_never_came_is_not_found(stripe: Stripe) -> None:
    assert stripe.look(key="p-1", ref="") is None
    assert stripe.look(key="p-1", ref="pi_none") is None
    assert stripe.look(key="p-1", ref="../refunds") is None


def test_a_payment_without_a_ref_is_found_among_others_on_later_pages(server: StripeServer, stripe: Stripe) -> None:
    sessions = [stripe.authorise(replace(ASKED, key=f"s-{i}")) for i in range(5)]
    intents = [ask(server, means=CARD_FINE).authorise(replace(ASKED, key=f"i-{i}")) for i in range(5)]

    assert stripe.look(key="s-0", ref="") == sessions[0]
    assert stripe.look(key="i-0", ref="") == intents[0]


def test_what_stripe_took_is_told_as_it_is_not_as_it_was_asked(server: StripeServer, stripe: Stripe) -> None:
    ref = ask(server, means=CARD_FINE).authorise(ASKED).ref
    server.fail_next("/capture", Fault.OTHER_AMOUNT)

    captured = stripe.capture(key="p-1", ref=ref, amount_minor=12_90, currency="EUR")

    assert captured == Standing(ref, At.CAPTURED, 11_90, "EUR")


@pytest.mark.parametrize(("amount", "currency"), [(12_91, "EUR"), (12_90, "USD"), (0, "EUR"), (-1, "EUR")])
def test_more_than_was_promised_or_another_currency_is_not_taken(
    server: StripeServer, stripe: Stripe, amount: int, currency: str
) -> None:
    ref = ask(server, means=CARD_FINE).authorise(ASKED).ref

    with pytest.raises(ProviderRefused):
        stripe.capture(key="p-1", ref=ref, amount_minor=amount, currency=currency)
    assert stripe.look(key="p-1", ref=ref) == Standing(ref, At.AUTHORISED, 12_90, "EUR")


@pytest.mark.parametrize("means", ["", CARD_FINE, CARD_WITH_A_STEP])
def test_a_payment_that_is_given_up_is_over_at_stripe(server: StripeServer, stripe: Stripe, means: str) -> None:
    ref = ask(server, means=means).authorise(ASKED).ref

    assert stripe.void(key="p-1", ref=ref).at is At.VOIDED
    assert stripe.void(key="p-1", ref=ref).at is At.VOIDED
    with pytest.raises(ProviderRefused) as refused:
        stripe.capture(key="p-1", ref=ref, amount_minor=12_90, currency="EUR")
    assert refused.value.facts["reason"] == "voided"


def test_a_paid_session_that_is_given_up_lets_go_of_the_money(server: StripeServer, stripe: Stripe) -> None:
    ref = stripe.authorise(ASKED).ref
    server.finish(ref, paid=True)

    assert stripe.void(key="p-1", ref=ref) == Standing(ref, At.VOIDED, 12_90, "EUR")
    assert made(server, "payment_intent") == ["canceled"]


def test_a_payment_that_waits_is_not_taken_and_not_over(stripe: Stripe) -> None:
    waiting = stripe.authorise(ASKED)

    assert stripe.capture(key="p-1", ref=waiting.ref, amount_minor=12_90, currency="EUR") == waiting


def taken(server: StripeServer) -> str:
    """Return the ref of a payment that was taken."""
    card = ask(server, means=CARD_FINE)
    ref = card.authorise(ASKED).ref
    card.capture(key="p-1", ref=ref, amount_minor=12_90, currency="EUR")
    return ref


def test_a_refund_is_made_once_a_key_even_when_stripe_forgot_the_key(server: StripeServer, stripe: Stripe) -> None:
    ref = taken(server)

    first = stripe.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR")
    server.kept.clear()
    again = stripe.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR")
    stripe.refund(refund_key="r-2", ref=ref, amount_minor=2_00, currency="EUR")

    assert first == again == Returned(first.ref, 5_00, "EUR", done=True)
    assert [one["amount"] for one in server.objects.values() if one["object"] == "refund"] == [5_00, 2_00]


def test_the_same_capture_and_the_same_refund_asked_for_at_once_happen_once(
    server: StripeServer, stripe: Stripe
) -> None:
    ref = ask(server, means=CARD_FINE).authorise(ASKED).ref
    others = [ask(server) for _ in range(4)]
    with ThreadPoolExecutor(8) as threads:
        captures = [
            threads.submit(one.capture, key="p-1", ref=ref, amount_minor=12_90, currency="EUR")
            for one in [stripe, *others] * 4
        ]
        captured = {future.result() for future in captures}
        refunds = [
            threads.submit(one.refund, refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR")
            for one in [stripe, *others] * 4
        ]
        refunded = {future.result() for future in refunds}

    assert captured == {Standing(ref, At.CAPTURED, 12_90, "EUR")}
    assert {(one.amount_minor, one.done) for one in refunded} == {(5_00, True)}
    assert [one["amount"] for one in server.objects.values() if one["object"] == "refund"] == [5_00]


def test_more_than_was_taken_or_in_another_currency_is_not_given_back(server: StripeServer, stripe: Stripe) -> None:
    ref = taken(server)
    stripe.refund(refund_key="r-1", ref=ref, amount_minor=12_00, currency="EUR")

    for amount, currency in [(91, "EUR"), (90, "USD"), (-90, "EUR")]:
        with pytest.raises(ProviderRefused):
            stripe.refund(refund_key=f"r-{amount}-{currency}", ref=ref, amount_minor=amount, currency=currency)
    assert made(server, "refund") == ["succeeded"]


def test_what_was_not_taken_is_not_given_back(server: StripeServer, stripe: Stripe) -> None:
    ref = ask(server, means=CARD_FINE).authorise(ASKED).ref

    with pytest.raises(ProviderRefused) as refused:
        stripe.refund(refund_key="r-1", ref=ref, amount_minor=1, currency="EUR")
    assert refused.value.facts["reason"] == "not-taken"


def test_a_refund_that_is_on_its_way_or_failed_is_told_so(server: StripeServer, stripe: Stripe) -> None:
    ref = taken(server)
    made_ref = stripe.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR").ref

    server.objects[made_ref]["status"] = "pending"
    pending = stripe.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR")
    server.objects[made_ref]["status"] = "failed"
    failed = stripe.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR")

    assert pending == Returned(made_ref, 5_00, "EUR", done=False)
    assert failed == Returned(made_ref, 5_00, "EUR", done=False, failed=True)


@pytest.mark.parametrize("code", ["balance_insufficient", "lock_timeout"])
def test_a_refund_for_which_our_balance_is_too_small_is_made_once_it_is_not(
    server: StripeServer, stripe: Stripe, code: str
) -> None:
    ref = taken(server)
    server.short = code
    with pytest.raises(ProviderUnreachable) as refused:
        stripe.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR")
    assert isinstance(refused.value, ProviderShort) is (code == "balance_insufficient")
    assert made(server, "refund") == []

    server.short = ""
    server.kept.clear()  # after a day
    assert stripe.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR").done


def test_a_wrong_key_of_ours_is_no_answer_to_a_payment(server: StripeServer) -> None:
    with pytest.raises(ProviderUnreachable) as unreachable:
        ask(server, secret_key="sk_wrong").authorise(ASKED)

    assert unreachable.value.facts["reason"] == "AuthenticationError"


def test_nothing_is_listened_to_where_nobody_listens() -> None:
    with stripe_server() as gone:
        pass

    with pytest.raises(ProviderUnreachable):
        ask(gone).authorise(ASKED)


def test_a_redirect_of_the_api_is_not_followed_and_takes_no_key_along(server: StripeServer, stripe: Stripe) -> None:
    with stripe_server() as elsewhere:
        server.fail_next("/sessions", Said(307, {"Location": f"{elsewhere.url}/v1/checkout/sessions"}, b"{}"))
        with pytest.raises(ProviderUnreachable):
            stripe.authorise(ASKED)

        assert elsewhere.asked == []


def test_a_shopper_is_never_led_to_where_no_page_is(server: StripeServer, stripe: Stripe) -> None:
    session = {"id": "cs_1", "status": "open", "amount_total": 12_90, "currency": "eur", "url": "javascript:alert(1)"}
    server.fail_next("/sessions", Said(200, {}, json.dumps(session).encode()))

    with pytest.raises(ProviderUnreachable) as unreachable:
        stripe.authorise(ASKED)
    assert unreachable.value.facts["reason"] == "redirect"


def test_stripe_is_told_nothing_about_this_machine_and_leaves_nothing_on_it(
    server: StripeServer, stripe: Stripe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("stripe._telemetry_id._loaded", False)
    stripe.authorise(ASKED)

    assert list(tmp_path.iterdir()) == []

    sent = server.asked[0].headers
    assert "x-stripe-client-user-agent" not in sent
    assert "AIAgent" not in sent["user-agent"]
    assert sent["idempotency-key"] == "p-1:authorise"


def test_stripes_books_are_read_page_by_page(server: StripeServer, stripe: Stripe) -> None:
    ref = taken(server)
    stripe.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR")
    other = ask(server, means=CARD_FINE).authorise(replace(ASKED, key="p-2", amount_minor=500, currency="JPY")).ref
    stripe.capture(key="p-2", ref=other, amount_minor=500, currency="JPY")
    today = datetime.now(tz=UTC).date()
    days = [day for day in (today, today - timedelta(days=1)) if list(stripe.file_of(day=day))]

    lines = sorted((line.kind, line.key, line.amount_minor, line.currency) for line in stripe.file_of(day=days[0]))

    assert lines == [
        (FileKind.CAPTURE, "p-1", 12_90, "EUR"),
        (FileKind.CAPTURE, "p-2", 500, "JPY"),
        (FileKind.REFUND, "r-1", 5_00, "EUR"),
        (FileKind.FEE, "p-1", 25, "EUR"),
        (FileKind.FEE, "p-2", 25, "EUR"),
        (FileKind.EXCHANGE, "p-2", -500, "JPY"),
        (FileKind.EXCHANGE, "p-2", 5_00, "EUR"),
    ]
    assert list(stripe.file_of(day=today - timedelta(days=3))) == []


def test_nothing_that_says_who_we_are_shows_in_a_repr() -> None:
    assert repr(StripeKeys(secret_key="sk_x", webhook_secrets=("whsec_x",))) == (
        "StripeKeys(base_url='https://api.stripe.com', means='')"
    )
