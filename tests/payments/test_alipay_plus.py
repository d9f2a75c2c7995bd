"""Alipay+, asked as it documents, and what becomes of a payment when the answer fails."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from fairground.payments.providers.alipay_plus import AlipayPlus
from fairground.payments.providers.alipay_plus_signing import private_key_of, public_key_of
from fairground.payments.providers.provider import (
    Asked,
    At,
    Notice,
    NoticeForged,
    ProviderRefused,
    ProviderShort,
    ProviderUnreachable,
    Returned,
    Standing,
)
from fairground.payments.providers.wire import Wire
from tests.payments.alipay_plus_server import (
    NOTIFY_URL,
    AlipayPlusServer,
    alipay_plus_server,
    key_pair,
    signed_notice,
)
from tests.payments.wire_server import Fault

ASKED = Asked(
    key="p-1", amount_minor=12_90, currency="EUR", description="Purchase 1", return_url="http://127.0.0.1/back"
)
NOW = datetime(2026, 11, 11, 12, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)


@pytest.fixture
def server() -> Iterator[AlipayPlusServer]:
    with alipay_plus_server() as running:
        yield running


@pytest.fixture
def alipay(server: AlipayPlusServer) -> AlipayPlus:
    return AlipayPlus(server.keys())


def taken(server: AlipayPlusServer, alipay: AlipayPlus) -> str:
    """Return the ref of a payment that was taken."""
    ref = alipay.authorise(ASKED).ref
    server.finish("p-1", paid=True)
    return ref


def test_a_payment_goes_over_the_wallets_page_and_is_taken_there(server: AlipayPlusServer, alipay: AlipayPlus) -> None:
    waiting = alipay.authorise(ASKED)

    assert waiting == Standing(waiting.ref, At.WAITING, 12_90, "EUR", redirect_url=f"{server.url}/wallet/p-1")
    assert alipay.look(key="p-1", ref="") == replace(waiting, redirect_url="")
    assert alipay.capture(key="p-1", ref=waiting.ref, amount_minor=12_90, currency="EUR").at is At.WAITING
    server.finish("p-1", paid=True)
    captured = Standing(waiting.ref, At.CAPTURED, 12_90, "EUR")
    assert alipay.look(key="p-1", ref=waiting.ref) == captured
    assert alipay.capture(key="p-1", ref=waiting.ref, amount_minor=12_90, currency="EUR") == captured
    assert alipay.void(key="p-1", ref=waiting.ref) == captured
    assert alipay.authorise(ASKED) == captured


def test_what_is_asked_is_what_the_provider_documents(server: AlipayPlusServer, alipay: AlipayPlus) -> None:
    AlipayPlus(replace(server.keys(), means="GCASH")).authorise(ASKED)

    asked = server.asked[0]
    amount = {"currency": "EUR", "value": "1290"}
    assert asked.path == "/ams/sandbox/api/v1/payments/pay"
    assert json.loads(asked.body) == {
        "productCode": "CASHIER_PAYMENT",
        "paymentRequestId": "p-1",
        "order": {"referenceOrderId": "p-1", "orderDescription": "Purchase 1", "orderAmount": amount},
        "paymentAmount": amount,
        "paymentMethod": {"paymentMethodType": "GCASH"},
        "paymentRedirectUrl": "http://127.0.0.1/back",
        "paymentNotifyUrl": NOTIFY_URL,
        "env": {"terminalType": "WEB"},
    }


def test_a_real_client_asks_outside_of_the_sandbox(server: AlipayPlusServer) -> None:
    with pytest.raises(ProviderUnreachable):
        AlipayPlus(replace(server.keys(), client_id="5X")).authorise(ASKED)

    assert server.asked[0].path == "/ams/api/v1/payments/pay"


def test_a_payment_that_the_wallet_declined_is_over(server: AlipayPlusServer, alipay: AlipayPlus) -> None:
    ref = alipay.authorise(ASKED).ref
    server.finish("p-1", paid=False)

    failed = Standing(ref, At.FAILED, 12_90, "EUR", reason="USER_BALANCE_NOT_ENOUGH")
    assert alipay.look(key="p-1", ref=ref) == failed
    with pytest.raises(ProviderRefused):
        alipay.capture(key="p-1", ref=ref, amount_minor=12_90, currency="EUR")


@pytest.mark.parametrize(
    ("means", "amount"), [("NO_SUCH_WALLET", 12_90), ("no wallet", 12_90), ("ALIPAY_CN", 0), ("ALIPAY_CN", -1)]
)
def test_what_will_never_be_paid_is_refused(server: AlipayPlusServer, means: str, amount: int) -> None:
    with pytest.raises(ProviderRefused):
        AlipayPlus(replace(server.keys(), means=means)).authorise(replace(ASKED, amount_minor=amount))

    assert server.payments == {}


def test_the_same_key_is_one_payment_and_with_another_amount_it_is_refused(
    server: AlipayPlusServer, alipay: AlipayPlus
) -> None:
    first = alipay.authorise(ASKED)

    assert alipay.authorise(ASKED) == first
    with pytest.raises(ProviderRefused) as refused:
        alipay.authorise(replace(ASKED, amount_minor=1))
    assert refused.value.facts["reason"] == "REPEAT_REQ_INCONSISTENT"
    assert len(server.payments) == 1


@pytest.mark.parametrize("how", [Fault.HANG_AFTER, Fault.RESET_AFTER, Fault.RESET, Fault.DOWN, Fault.TOO_MANY])
def test_an_asking_that_was_not_answered_is_asked_again_under_its_key(server: AlipayPlusServer, how: Fault) -> None:
    server.fail_next("/pay", how)

    with pytest.raises(ProviderUnreachable):
        AlipayPlus(server.keys(), wire=Wire(timeout_s=0.5)).authorise(ASKED)
    again = AlipayPlus(server.keys())
    found = again.look(key="p-1", ref="")
    standing = again.authorise(ASKED)
    assert found == (replace(standing, redirect_url="") if how in (Fault.HANG_AFTER, Fault.RESET_AFTER) else None)
    assert len(server.payments) == 1


def test_what_the_wallet_took_is_told_as_it_is_not_as_it_was_asked(
    server: AlipayPlusServer, alipay: AlipayPlus
) -> None:
    server.fail_next("/pay", Fault.OTHER_AMOUNT)
    ref = taken(server, alipay)

    assert alipay.capture(key="p-1", ref=ref, amount_minor=12_90, currency="EUR").amount_minor == 11_90


@pytest.mark.parametrize(("wrong_signature", "answered_ms_ago"), [(True, 0), (False, 301_000), (False, -301_000)])
def test_an_answer_that_is_not_signed_now_by_the_provider_is_none(
    server: AlipayPlusServer, alipay: AlipayPlus, wrong_signature: bool, answered_ms_ago: int
) -> None:
    server.wrong_signature, server.answered_ms_ago = wrong_signature, answered_ms_ago

    with pytest.raises(ProviderUnreachable) as unreachable:
        alipay.authorise(ASKED)
    assert unreachable.value.facts["reason"] == "unsigned"


def test_an_answer_about_another_payment_is_none(server: AlipayPlusServer, alipay: AlipayPlus) -> None:
    alipay.authorise(ASKED)
    alipay.authorise(replace(ASKED, key="p-2"))
    path = "/ams/sandbox/api/v1/payments/inquiryPayment"
    other = {**server.payments["p-2"], "result": {"resultStatus": "S", "resultCode": "SUCCESS"}}
    server.fail_next(path, server.signed(path, json.dumps(other).encode()))

    with pytest.raises(ProviderUnreachable) as unreachable:
        alipay.look(key="p-1", ref="")
    assert unreachable.value.facts["reason"] == "another-payment"


def test_a_wrong_key_of_ours_is_no_answer_to_a_payment(server: AlipayPlusServer) -> None:
    keys = server.keys()
    forged = AlipayPlus(replace(keys, signer=replace(keys.signer, key=key_pair("somebody"))))

    with pytest.raises(ProviderUnreachable) as unreachable:
        forged.authorise(ASKED)
    assert unreachable.value.facts["reason"] == "INVALID_SIGNATURE"
    assert server.payments == {}


def test_a_payment_that_is_given_up_is_over_there(server: AlipayPlusServer, alipay: AlipayPlus) -> None:
    ref = alipay.authorise(ASKED).ref

    assert alipay.void(key="p-1", ref=ref) == Standing(ref, At.VOIDED, 12_90, "EUR")
    assert alipay.void(key="p-1", ref=ref).at is At.VOIDED
    with pytest.raises(ProviderRefused):
        alipay.authorise(ASKED)
    with pytest.raises(ProviderRefused):
        alipay.void(key="p-2", ref="")


def test_a_refund_is_made_once_a_key(server: AlipayPlusServer, alipay: AlipayPlus) -> None:
    ref = taken(server, alipay)

    first = alipay.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR")
    again = alipay.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR")

    assert first == again == Returned(first.ref, 5_00, "EUR", done=True)
    for amount, currency in [(7_91, "EUR"), (1, "USD"), (0, "EUR"), (-1, "EUR")]:
        with pytest.raises(ProviderRefused):
            alipay.refund(refund_key=f"r-{amount}-{currency}", ref=ref, amount_minor=amount, currency=currency)
    # It says no to another amount under the same key; what went back under it is told, so that somebody looks.
    assert alipay.refund(refund_key="r-1", ref=ref, amount_minor=6_00, currency="EUR") == first
    assert [one["refundAmount"]["value"] for one in server.refunds.values()] == ["500"]


def test_a_refund_whose_answer_was_lost_is_found_made(server: AlipayPlusServer) -> None:
    alipay = AlipayPlus(server.keys(), wire=Wire(timeout_s=0.5))
    ref = taken(server, alipay)
    server.fail_next("/refund", Fault.HANG_AFTER)

    with pytest.raises(ProviderUnreachable):
        alipay.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR")
    assert alipay.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR").done
    assert len(server.refunds) == 1


def test_a_refund_that_is_on_its_way_or_failed_is_told_so(server: AlipayPlusServer, alipay: AlipayPlus) -> None:
    ref = taken(server, alipay)
    made = alipay.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR").ref

    server.refunds["r-1"]["refundStatus"] = "PROCESSING"
    pending = alipay.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR")
    server.refunds["r-1"]["refundStatus"] = "FAIL"
    failed = alipay.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR")

    assert pending == Returned(made, 5_00, "EUR", done=False)
    assert failed == Returned(made, 5_00, "EUR", done=False, failed=True)


@pytest.mark.parametrize("code", ["MERCHANT_BALANCE_NOT_ENOUGH", "PROCESS_FAIL"])
def test_a_refund_for_which_our_balance_is_too_small_is_made_once_it_is_not(
    server: AlipayPlusServer, alipay: AlipayPlus, code: str
) -> None:
    ref = taken(server, alipay)
    server.short = code
    with pytest.raises(ProviderShort):
        alipay.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR")

    server.refunds["r-1"] = {
        "refundId": "202611111907410200000000000000001",
        "refundRequestId": "r-1",
        "refundAmount": {"currency": "EUR", "value": "500"},
        "refundStatus": "FAIL",
    }
    with pytest.raises(ProviderShort):
        alipay.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR")

    server.short, server.refunds = "", {}
    assert alipay.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR").done


def test_a_signed_notice_says_what_it_is_about(server: AlipayPlusServer, alipay: AlipayPlus) -> None:
    ref = taken(server, alipay)
    refund = alipay.refund(refund_key="r-1", ref=ref, amount_minor=5_00, currency="EUR").ref
    now = datetime.now(tz=UTC)

    read = [
        alipay.read_notice(headers=one.headers, body=one.body, now=now) for one in [*server.told, *server.told][::-1]
    ]

    paid = Notice(f"PAYMENT_RESULT:{ref}:SUCCESS", "p-1", ref)
    back = Notice(f"REFUND_RESULT:{refund}:SUCCESS", "", "", refund_key="r-1")
    assert read == [back, paid, back, paid]
    body, headers = alipay.notice_taken(headers=server.told[0].headers, now=now)
    assert json.loads(body)["result"] == {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"}
    assert headers == {"Content-Type": "application/json; charset=UTF-8"}


PAID = json.dumps(
    {
        "notifyType": "PAYMENT_RESULT",
        "result": {"resultStatus": "S", "resultCode": "SUCCESS"},
        "paymentId": "1",
        "paymentRequestId": "p-1",
    }
).encode()


def forgeries() -> dict[str, tuple[dict[str, str], bytes]]:
    """Return headers and bodies that the provider did not send, or not now, or not to us."""
    true = signed_notice(PAID, at_ms=NOW_MS)
    headers = dict(true.headers)
    signature = headers["signature"]
    return {
        "no signature": ({**headers, "signature": ""}, PAID),
        "no headers": ({}, PAID),
        "another key": (dict(signed_notice(PAID, at_ms=NOW_MS, whose="somebody").headers), PAID),
        "our own key": (dict(signed_notice(PAID, at_ms=NOW_MS, whose="shop").headers), PAID),
        "another body": (headers, PAID.replace(b"p-1", b"p-2")),
        "another time": ({**headers, "request-time": str(NOW_MS + 1)}, PAID),
        "too old": (dict(signed_notice(PAID, at_ms=NOW_MS - 300_001).headers), PAID),
        "from the future": (dict(signed_notice(PAID, at_ms=NOW_MS + 300_001).headers), PAID),
        "no time": ({**headers, "request-time": "now"}, PAID),
        "no such date": ({**headers, "request-time": "2026-13-11T12:00:00Z"}, PAID),
        "another shop": (dict(signed_notice(PAID, at_ms=NOW_MS, client_id="5Y").headers), PAID),
        "another path": (dict(signed_notice(PAID, at_ms=NOW_MS, url="https://shop.example/x").headers), PAID),
        "another algorithm": ({**headers, "signature": signature.replace("RSA256", "none")}, PAID),
        "not base64": ({**headers, "signature": "algorithm=RSA256,keyVersion=1,signature=%ZZ"}, PAID),
    }


def test_a_forged_or_replayed_notice_is_refused(alipay: AlipayPlus) -> None:
    for name, (headers, body) in forgeries().items():
        with pytest.raises(NoticeForged):
            pytest.fail(f"{name}: {alipay.read_notice(headers=headers, body=body, now=NOW)}")


def test_a_notice_is_good_to_the_last_second_of_its_tolerance(alipay: AlipayPlus) -> None:
    telling = signed_notice(PAID, at_ms=NOW_MS - 300_000)

    assert alipay.read_notice(headers=telling.headers, body=telling.body, now=NOW) == Notice(
        "PAYMENT_RESULT:1:SUCCESS", "p-1", "1"
    )


@pytest.mark.parametrize("body", [b"[]", b"{}", b"", PAID.replace(b"p-1", b"p" * 65)])
def test_a_signed_notice_about_nothing_of_ours_is_none(alipay: AlipayPlus, body: bytes) -> None:
    telling = signed_notice(body, at_ms=NOW_MS)

    assert alipay.read_notice(headers=telling.headers, body=body, now=NOW) is None


def test_keys_come_as_pem_or_as_the_providers_tools_show_them() -> None:
    key = key_pair("shop")
    shapes = (PrivateFormat.PKCS8, NoEncryption())
    bare = base64.encodebytes(key.private_bytes(Encoding.DER, *shapes)).decode()
    bare_public = base64.b64encode(
        key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()
    pem = key.private_bytes(Encoding.PEM, *shapes).decode()

    assert private_key_of(bare).private_numbers() == private_key_of(pem).private_numbers() == key.private_numbers()
    assert public_key_of(bare_public).public_numbers() == key.public_key().public_numbers()
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - it is refused
    with pytest.raises(ValueError, match="2048 bits"):
        private_key_of(short.private_bytes(Encoding.PEM, *shapes).decode())


def test_nothing_secret_shows_in_a_repr(server: AlipayPlusServer) -> None:
    assert "RSA" not in repr(server.keys())
    assert "key=" not in repr(server.keys().signer)
