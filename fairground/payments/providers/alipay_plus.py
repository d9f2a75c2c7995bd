"""Alipay+ through Antom: the shopper is led to a wallet, which takes the money at once.

There is no promise that is taken later: a payment that a wallet confirmed is CAPTURED. Both sides sign what they send.
A day's books are a report that the provider lays down for us as a file, see `alipay_plus_report`.

Source: https://docs.antom.com/ac/ams/api_fund, https://docs.antom.com/ac/ams/payment_cashier (pay),
https://docs.antom.com/ac/ams/paymentri_online (inquiryPayment), https://docs.antom.com/ac/ams/paymentc_online (cancel),
https://docs.antom.com/ac/ams/refund_online (refund), https://docs.antom.com/ac/ams/ir_online (inquiryRefund),
https://docs.antom.com/ac/ams/paymentrn_online (notifyPayment), https://docs.antom.com/ac/ams/notify_refund.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import NoReturn
from urllib.parse import urlsplit

import msgspec

from fairground.payments.providers.alipay_plus_objects import (
    CODES_ABOUT_US,
    REFUND_CODES_THAT_PASS,
    Said,
    Told,
    returned_of,
    standing_of,
)
from fairground.payments.providers.alipay_plus_report import report_lines
from fairground.payments.providers.alipay_plus_signing import content_to_sign, is_of_now, is_signed
from fairground.payments.providers.keys import AlipayPlusKeys
from fairground.payments.providers.provider import (
    Asked,
    At,
    Disputed,
    FileLine,
    Notice,
    NoticeForged,
    ProviderRefused,
    ProviderShort,
    ProviderUnreachable,
    Returned,
    Standing,
)
from fairground.payments.providers.wire import NoAnswerError, Wire

_SANDBOX = "SANDBOX_"
_MEANS = re.compile(r"[A-Z0-9_]{1,64}")
_JSON = "application/json; charset=UTF-8"
_TAKEN = {"result": {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"}}


def _utc_now() -> datetime:
    return datetime.now(tz=UTC)


class AlipayPlus:
    """The provider `alipay_plus`; see `provider.Provider` for what each of its words promises."""

    code = "alipay_plus"

    def __init__(
        self, keys: AlipayPlusKeys, *, wire: Wire | None = None, now: Callable[[], datetime] = _utc_now
    ) -> None:
        self._keys = keys
        self._wire = wire or Wire()
        self._now = now
        self._root = "/ams/sandbox/api" if keys.client_id.startswith(_SANDBOX) else "/ams/api"

    def authorise(self, asked: Asked) -> Standing:
        """Ask for a payment and return how it stands; the same key again returns the same payment.

        :raises ProviderRefused: it will never be
        """
        means = self._keys.means
        if asked.amount_minor <= 0 or not _MEANS.fullmatch(means):
            raise ProviderRefused(provider=self.code, reason="amount" if asked.amount_minor <= 0 else "means")
        amount = _amount(asked.amount_minor, asked.currency)
        said = self._ask(
            "pay",
            {
                "productCode": "CASHIER_PAYMENT",
                "paymentRequestId": asked.key,
                "order": {
                    "referenceOrderId": asked.key,
                    "orderDescription": asked.description,
                    "orderAmount": amount,
                },
                "paymentAmount": amount,
                "paymentMethod": {"paymentMethodType": means},
                "paymentRedirectUrl": asked.return_url,
                "paymentNotifyUrl": self._keys.notify_url,
                "env": {"terminalType": "WEB"},
            },
        )
        match said.result.result_status, said.result.result_code:
            case "S", _:
                return standing_of(said, key=asked.key, status="SUCCESS")
            case "U", "PAYMENT_IN_PROCESS":
                return standing_of(said, key=asked.key, status="PROCESSING")
        raise self._refusal(said)

    def look(self, *, key: str, ref: str) -> Standing | None:
        """Return how a payment stands; None: it never came."""
        said = self._ask("inquiryPayment", {"paymentId": ref} if ref else {"paymentRequestId": key})
        if said.result.result_status == "S":
            return standing_of(said, key=key, status=said.payment_status)
        if said.result.result_code == "ORDER_NOT_EXIST":
            return None
        raise ProviderUnreachable(provider=self.code, reason=said.result.result_code)

    def capture(self, *, key: str, ref: str, amount_minor: int, currency: str) -> Standing:
        """Return how a payment stands, as wallets take the money themselves.

        :raises ProviderRefused: it is over, or was of another currency, or of less
        """
        standing = self.look(key=key, ref=ref)
        if standing is None or standing.at in (At.VOIDED, At.FAILED):
            raise ProviderRefused(provider=self.code, reason=standing.at.name.lower() if standing else "missing")
        if standing.at is At.WAITING and (standing.currency != currency or standing.amount_minor != amount_minor):
            raise ProviderRefused(provider=self.code, reason="amount")
        return standing

    def void(self, *, key: str, ref: str) -> Standing:
        """Give up a payment that was not taken, and return how it stands: CAPTURED where that was faster.

        Where a wallet took the money while this was asked, the provider gives it back, and it is VOIDED.

        :raises ProviderRefused: the provider knows none
        """
        standing = self.look(key=key, ref=ref)
        if standing is None:
            raise ProviderRefused(provider=self.code, reason="missing")
        if standing.at is not At.WAITING:
            return standing
        said = self._ask("cancel", {"paymentId": standing.ref})
        if said.result.result_status == "S":
            return replace(standing, at=At.VOIDED, redirect_url="")
        found = self.look(key=key, ref=ref)
        if found is None or found.at is At.WAITING:
            raise ProviderUnreachable(provider=self.code, reason=said.result.result_code)
        return found

    def refund(self, *, refund_key: str, ref: str, amount_minor: int, currency: str) -> Returned:
        """Give back so much of what was taken; the same refund key again returns the same refund.

        A no may be to the second asking for what the first one did, whose answer was lost: so before it is one, it is
        asked whether there is a refund under this key.

        :raises ProviderRefused: it will never be, such as more than was taken
        :raises ProviderShort: not now, as our balance there is too small or people have to look at it
        """
        if amount_minor <= 0:
            raise ProviderRefused(provider=self.code, reason="amount")
        asked = {
            "refundRequestId": refund_key,
            "paymentId": ref,
            "refundAmount": _amount(amount_minor, currency),
        }
        said = self._ask("refund", asked)
        match said.result.result_status, said.result.result_code:
            case "S", _:
                return returned_of(said, refund_key=refund_key, status="SUCCESS")
            case "U", "REFUND_IN_PROCESS":
                return self._refunded(refund_key) or self._unknown("REFUND_NOT_EXIST")
            case "F", code if code not in CODES_ABOUT_US:
                made = self._refunded(refund_key)
                if made is not None and not made.failed:
                    return made
                if code in REFUND_CODES_THAT_PASS:
                    raise ProviderShort(provider=self.code, reason=code)
        raise self._refusal(said)

    def _refunded(self, refund_key: str) -> Returned | None:
        """Return the refund under a key, None where the provider says that there is none."""
        found = self._ask("inquiryRefund", {"refundRequestId": refund_key})
        if found.result.result_status == "S":
            return returned_of(found, refund_key=refund_key, status=found.refund_status)
        if found.result.result_status == "F" and found.result.result_code == "REFUND_NOT_EXIST":
            return None
        return self._unknown(found.result.result_code)

    def _unknown(self, code: str) -> NoReturn:
        raise ProviderUnreachable(provider=self.code, reason=code)

    def read_notice(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice | None:
        """Return what a notice is about, None where it is about nothing of ours. `headers` in small letters.

        :raises NoticeForged: it is not from Alipay+, not for us, or of another time
        """
        parts = urlsplit(self._keys.notify_url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        time = headers.get("request-time", "")
        # Who it is for is signed too, as our client id.
        if not self._is_theirs(path, time, headers.get("signature", ""), body, now):
            raise NoticeForged(provider=self.code)
        try:
            told = msgspec.json.decode(body, type=Told)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        name = told.refund_id if told.refund_request_id else told.payment_id
        notice_id = f"{told.notify_type}:{name}:{told.result.result_code}"
        if told.refund_request_id:
            return Notice(notice_id=notice_id, key="", ref=told.payment_id, refund_key=told.refund_request_id)
        if told.payment_request_id:
            return Notice(notice_id=notice_id, key=told.payment_request_id, ref=told.payment_id)
        return None

    def notice_taken(self, *, headers: Mapping[str, str], now: datetime) -> tuple[bytes, Mapping[str, str]]:
        """Return what keeps Alipay+ from sending the notice again; it wants no signature of ours."""
        return json.dumps(_TAKEN).encode(), {"Content-Type": _JSON}

    def dispute(self, *, ref: str) -> Disputed | None:
        """Return nothing: of disputes the reports tell."""
        return None

    def file_of(self, *, day: date) -> Iterator[FileLine]:
        """Yield what moved on a day of UTC, by the reports that were laid down for us.

        :raises ProviderUnreachable: the reports of that day are not there, or not whole
        """
        if self._keys.reports is None:
            raise ProviderUnreachable(provider=self.code, reason="no-reports")
        return report_lines(folder=self._keys.reports, day=day, in_minor_units=self._keys.report_in_minor_units)

    def _ask(self, what: str, fields: Mapping[str, object]) -> Said:
        path = f"{self._root}/v1/payments/{what}"
        body = json.dumps(fields).encode()
        time = str(int(self._now().timestamp() * 1000))
        content = content_to_sign(path=path, client_id=self._keys.client_id, time=time, body=body)
        headers = {
            "Content-Type": _JSON,
            "client-id": self._keys.client_id,
            "request-time": time,
            "signature": self._keys.signer.header(content),
        }
        try:
            answer = self._wire.ask(method="POST", url=f"{self._keys.base_url}{path}", headers=headers, body=body)
        except NoAnswerError as error:
            raise ProviderUnreachable(provider=self.code, reason=str(error)) from None
        time = answer.headers.get("response-time", "")
        if not self._is_theirs(path, time, answer.headers.get("signature", ""), answer.body, self._now()):
            raise ProviderUnreachable(provider=self.code, reason="unsigned")
        try:
            # Numbers come as text, as the provider documents.
            return msgspec.json.decode(answer.body, type=Said, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ProviderUnreachable(provider=self.code, reason="nonsense") from None

    def _is_theirs(self, path: str, time: str, signature: str, body: bytes, now: datetime) -> bool:
        if not is_of_now(time=time, now=now):
            return False
        content = content_to_sign(path=path, client_id=self._keys.client_id, time=time, body=body)
        return is_signed(key=self._keys.their_key, header=signature, content=content)

    def _refusal(self, said: Said) -> ProviderRefused | ProviderUnreachable:
        code = said.result.result_code
        if said.result.result_status == "F" and code not in CODES_ABOUT_US:
            return ProviderRefused(provider=self.code, reason=code)
        return ProviderUnreachable(provider=self.code, reason=code)


def _amount(amount_minor: int, currency: str) -> dict[str, str]:
    return {"currency": currency, "value": str(amount_minor)}
