"""Alipay+ (Antom) on this machine, as far as we speak it: signed both ways, a wallet's page, signed notices.

Source: https://docs.antom.com/ac/ams/api_fund, https://docs.antom.com/ac/ams/digital_signature.
"""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote_plus, unquote_plus, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from fairground.payments.providers.alipay_plus_signing import Signer
from fairground.payments.providers.keys import AlipayPlusKeys
from tests.payments.wire_server import Asked, ProvidersServer, Said, Telling, lead_to, running, say_json, say_page

CLIENT_ID = "SANDBOX_5X00000000000000"
NOTIFY_URL = "https://shop.example/notices/alipay_plus"


@cache
def key_pair(whose: str) -> rsa.RSAPrivateKey:
    """Return somebody's key, the same for a name: making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def sign(whose: str, content: str) -> str:
    """Return the header `signature` of a content, by somebody's key."""
    signature = key_pair(whose).sign(content.encode(), padding.PKCS1v15(), SHA256())
    return f"algorithm=RSA256,keyVersion=2,signature={quote_plus(base64.b64encode(signature))}"


def signed_notice(
    body: bytes, *, at_ms: int, url: str = NOTIFY_URL, whose: str = "alipay", client_id: str = CLIENT_ID
) -> Telling:
    """Return a notice with the provider's signature of it."""
    content = f"POST {urlsplit(url).path}\n{client_id}.{at_ms}.{body.decode()}"
    headers = {
        "content-type": "application/json; charset=UTF-8",
        "client-id": client_id,
        "request-time": str(at_ms),
        "signature": sign(whose, content),
    }
    return Telling(headers, body)


def _result(status: str, code: str) -> dict[str, Any]:
    return {"result": {"resultStatus": status, "resultCode": code, "resultMessage": "as documented"}}


@dataclass(slots=True)
class AlipayPlusServer(ProvidersServer):
    """The server's state: payments by our key, refunds by theirs; `short` is how it says no to every new refund.

    `forgets`: it looks at a refund that it made as at a new one, but for who asks about it.
    """

    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked_for: dict[str, bytes] = field(default_factory=dict)
    wrong_signature: bool = False
    answered_ms_ago: int = 0
    short: str = ""
    forgets: bool = False

    def keys(self) -> AlipayPlusKeys:
        """Return how we are known here."""
        return AlipayPlusKeys(
            client_id=CLIENT_ID,
            signer=Signer(key_pair("shop"), 1),
            their_key=key_pair("alipay").public_key(),
            base_url=self.url,
            notify_url=self.notices_to or NOTIFY_URL,
        )

    def answer(self, asked: Asked, *, other_amount: bool) -> Said:
        """Do what was asked, and sign the answer."""
        if asked.path.startswith("/wallet/"):
            return self._page(asked)
        if not self._is_ours(asked):
            return self._signed(asked, _result("F", "INVALID_SIGNATURE"))
        fields = json.loads(asked.body)
        match asked.path.removeprefix("/ams/sandbox/api/v1/payments/"):
            case "pay":
                answer = self._pay(fields, asked.body, other_amount)
            case "inquiryPayment":
                answer = self._inquire(fields)
            case "cancel":
                answer = self._cancel(fields)
            case "refund":
                answer = self._refund(fields, asked.body)
            case "inquiryRefund":
                answer = self._inquire_refund(fields)
            case _:
                answer = _result("F", "NO_INTERFACE_DEF")
        return self._signed(asked, answer)

    def answer_down(self) -> Said:
        """Return what the gateway before the provider says: it signs nothing."""
        return say_json(_result("U", "UNKNOWN_EXCEPTION"), 500)

    def answer_too_many(self) -> Said:
        """Return what the gateway says to who asks too often."""
        return say_json(_result("U", "REQUEST_TRAFFIC_EXCEED_LIMIT"), 429)

    def signed(self, path: str, body: bytes, status: int = 200) -> Said:
        """Return an answer with the provider's signature of it."""
        at_ms = int(time.time() * 1000) - self.answered_ms_ago
        whose = "somebody" if self.wrong_signature else "alipay"
        content = f"POST {path}\n{CLIENT_ID}.{at_ms}.{body.decode()}"
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "client-id": CLIENT_ID,
            "response-time": str(at_ms),
            "signature": sign(whose, content),
        }
        return Said(status, headers, body)

    def _signed(self, asked: Asked, answer: dict[str, Any]) -> Said:
        return self.signed(asked.path, json.dumps(answer).encode())

    def _is_ours(self, asked: Asked) -> bool:
        words = dict(word.split("=", 1) for word in asked.headers["signature"].split(","))
        content = f"POST {asked.path}\n{CLIENT_ID}.{asked.headers['request-time']}.{asked.body.decode()}"
        try:
            key_pair("shop").public_key().verify(
                base64.b64decode(unquote_plus(words["signature"])), content.encode(), padding.PKCS1v15(), SHA256()
            )
        except InvalidSignature:
            return False
        assert (words["algorithm"], asked.headers["client-id"]) == ("RSA256", CLIENT_ID)
        return abs(int(asked.headers["request-time"]) / 1000 - time.time()) < 300

    def _pay(self, fields: dict[str, Any], body: bytes, other_amount: bool) -> dict[str, Any]:
        key = fields["paymentRequestId"]
        if self.asked_for.setdefault(f"pay {key}", body) != body:
            return _result("F", "REPEAT_REQ_INCONSISTENT")
        if fields["paymentMethod"]["paymentMethodType"] == "NO_SUCH_WALLET":
            return _result("F", "UNAVAILABLE_PAYMENT_METHOD")
        if key not in self.payments:
            amount = dict(fields["paymentAmount"])
            amount["value"] = str(int(amount["value"]) - (100 if other_amount else 0))
            self.payments[key] = {
                "paymentId": f"2026111119074101000000000{len(self.payments):07d}",
                "paymentRequestId": key,
                "paymentAmount": amount,
                "paymentStatus": "PROCESSING",
                "back": fields["paymentRedirectUrl"],
            }
        payment = self.payments[key]
        if payment["paymentStatus"] == "SUCCESS":
            return {**_result("S", "SUCCESS"), **_shown(payment)}
        if payment["paymentStatus"] != "PROCESSING":
            return _result("F", "ORDER_IS_CLOSED")
        return {**_result("U", "PAYMENT_IN_PROCESS"), **_shown(payment), "normalUrl": f"{self.url}/wallet/{key}"}

    def _payment(self, fields: dict[str, Any]) -> dict[str, Any] | None:
        for payment in self.payments.values():
            if fields.get("paymentId") == payment["paymentId"]:
                return payment
        return self.payments.get(fields.get("paymentRequestId", "")) if "paymentId" not in fields else None

    def _inquire(self, fields: dict[str, Any]) -> dict[str, Any]:
        payment = self._payment(fields)
        if payment is None:
            return _result("F", "ORDER_NOT_EXIST")
        return {
            **_result("S", "SUCCESS"),
            **_shown(payment),
            "paymentStatus": payment["paymentStatus"],
            "paymentResultCode": payment.get("code", "SUCCESS"),
        }

    def _cancel(self, fields: dict[str, Any]) -> dict[str, Any]:
        payment = self._payment(fields)
        if payment is None:
            return _result("F", "ORDER_NOT_EXIST")
        if payment["paymentStatus"] not in ("PROCESSING", "CANCELLED"):
            return _result("F", "CANCEL_WINDOW_EXCEED")
        payment["paymentStatus"] = "CANCELLED"
        return {**_result("S", "SUCCESS"), "paymentId": payment["paymentId"]}

    def _refund(self, fields: dict[str, Any], body: bytes) -> dict[str, Any]:
        key = fields["refundRequestId"]
        if self.asked_for.setdefault(f"refund {key}", body) != body:
            return _result("F", "REPEAT_REQ_INCONSISTENT")
        payment = self._payment(fields)
        if payment is None or payment["paymentStatus"] != "SUCCESS":
            return _result("F", "ORDER_STATUS_INVALID" if payment else "ORDER_NOT_EXIST")
        if self.short and self.refunds.get(key, {}).get("refundStatus") != "SUCCESS":
            return _result("F", self.short)
        if key not in self.refunds or self.forgets:
            amount = fields["refundAmount"]
            before = sum(int(one["refundAmount"]["value"]) for one in self.refunds.values())
            if amount["currency"] != payment["paymentAmount"]["currency"]:
                return _result("F", "CURRENCY_NOT_SUPPORT")
            if before + int(amount["value"]) > int(payment["paymentAmount"]["value"]):
                return _result("F", "REFUND_AMOUNT_EXCEED")
            self.refunds[key] = {
                "refundId": f"2026111119074102000000000{len(self.refunds):07d}",
                "refundRequestId": key,
                "refundAmount": amount,
                "refundStatus": "SUCCESS",
            }
            self._tell_refund(self.refunds[key])
        if self.refunds[key]["refundStatus"] != "SUCCESS":
            return {**_result("U", "REFUND_IN_PROCESS"), "refundRequestId": key}
        shown = {name: value for name, value in self.refunds[key].items() if name != "refundStatus"}
        return {**_result("S", "SUCCESS"), **shown, "paymentId": payment["paymentId"]}

    def _inquire_refund(self, fields: dict[str, Any]) -> dict[str, Any]:
        refund = self.refunds.get(fields["refundRequestId"])
        return {**_result("S", "SUCCESS"), **refund} if refund else _result("F", "REFUND_NOT_EXIST")

    def finish(self, key: str, *, paid: bool) -> None:
        """Do what the shopper's button in the wallet does."""
        with self.lock:
            payment = self.payments[key]
            assert payment["paymentStatus"] == "PROCESSING", payment
            payment["paymentStatus"] = "SUCCESS" if paid else "FAIL"
            payment["code"] = "SUCCESS" if paid else "USER_BALANCE_NOT_ENOUGH"
            told = {"notifyType": "PAYMENT_RESULT", **_result("S" if paid else "F", payment["code"]), **_shown(payment)}
            self._send(told)

    def _tell_refund(self, refund: dict[str, Any]) -> None:
        self._send({"notifyType": "REFUND_RESULT", **_result("S", "SUCCESS"), **refund})

    def _send(self, told: dict[str, Any]) -> None:
        url = self.notices_to or NOTIFY_URL
        self.tell(signed_notice(json.dumps(told).encode(), at_ms=int(time.time() * 1000), url=url))

    def _page(self, asked: Asked) -> Said:
        key = asked.path.removeprefix("/wallet/")
        if asked.method == "GET":
            return say_page(
                "<title>Pay</title><h1>Alipay+</h1><form method=post>"
                "<button name=pay value=yes>Pay now</button><button name=pay value=no>Cancel</button></form>"
            )
        self.finish(key, paid=dict(parse_qsl(asked.body.decode())).get("pay") == "yes")
        return lead_to(self.payments[key]["back"])


def _shown(payment: dict[str, Any]) -> dict[str, Any]:
    return {name: payment[name] for name in ("paymentId", "paymentRequestId", "paymentAmount")}


@contextmanager
def alipay_plus_server(*, notices_to: str = "") -> Iterator[AlipayPlusServer]:
    """Give an Alipay+ of one's own, while it runs."""
    server = AlipayPlusServer(notices_to=notices_to)
    with running(server):
        yield server
