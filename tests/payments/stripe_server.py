"""Stripe's API on this machine, as far as we speak it: its objects, its idempotency, its page, its signed webhooks.

Source: https://docs.stripe.com/api, https://docs.stripe.com/webhooks#verify-manually.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from tests.payments.wire_server import Asked, ProvidersServer, Said, Telling, lead_to, running, say_json, say_page

SECRET_KEY = "sk_test_fairground"
WEBHOOK_SECRET = "whsec_fairground"
# Means that Stripe documents for tests.
CARD_FINE = "pm_card_visa"
CARD_WITH_A_STEP = "pm_card_threeDSecure2Required"
CARD_DECLINED = "pm_card_visa_chargeDeclined"
_CARD_PAGE = (
    "<title>Pay</title><h1>Stripe</h1><form method=post>"
    "<button name=pay value=yes>Pay by card</button>"
    "<button name=pay value=step>Pay by a card that asks for a step</button>"
    "<button name=pay value=no>Back to the shop</button></form>"
)
_STEP_PAGE = (
    "<title>3-D Secure</title><h1>Your bank</h1><form method=post>"
    "<button name=pay value=yes>Complete authentication</button>"
    "<button name=pay value=no>Fail authentication</button></form>"
)
# Page by page, so that a test of three lines turns a page.
_PAGE_LINES_MAX = 2


class _RefusesError(Exception):
    def __init__(self, status: int, code: str, kind: str = "invalid_request_error", **more: object) -> None:
        super().__init__(code)
        self.said = say_json({"error": {"type": kind, "code": code, "message": "No.", **more}}, status)


@dataclass(slots=True)
class StripeServer(ProvidersServer):
    """The server's state: every object by its id, in the order in which they were made.

    With `clock_s` (Unix seconds) it is always then. `short` is the code with which it says no to every refund.
    """

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept: dict[str, tuple[bytes, Said]] = field(default_factory=dict)
    clock_s: int = 0
    short: str = ""

    def answer(self, asked: Asked, *, other_amount: bool) -> Said:
        """Do what was asked, once a key."""
        if asked.path.startswith("/pay/"):
            return self._page(asked)
        if asked.headers.get("authorization") != f"Bearer {SECRET_KEY}":
            return say_json({"error": {"type": "invalid_request_error", "message": "Invalid API Key"}}, 401)
        key = asked.headers.get("idempotency-key", "") if asked.method == "POST" else ""
        signature = asked.path.encode() + b"?" + asked.body
        if key in self.kept:
            before, said = self.kept[key]
            if before != signature:
                return say_json({"error": {"type": "idempotency_error", "message": "Keys are used once."}}, 400)
            return said
        params = parse_qs(asked.body.decode() if asked.method == "POST" else asked.query)
        try:
            said = say_json(self._do(asked, {name: values[-1] for name, values in params.items()}, other_amount))
        except _RefusesError as refuses:
            said = refuses.said
        if key:
            self.kept[key] = (signature, said)
        return said

    def _do(self, asked: Asked, params: dict[str, str], other_amount: bool) -> dict[str, Any]:
        _, _, *words = asked.path.split("/")
        if words[0] == "checkout":
            return self._sessions(asked.method, words[2:], params)
        match asked.method, words:
            case "POST", ["payment_intents"]:
                return self._make_intent(params)
            case "GET", [("payment_intents" | "disputes"), name]:
                return self._known(name)
            case "POST", ["payment_intents", name, "capture"]:
                return self._capture(self._known(name), params, other_amount)
            case "POST", ["payment_intents", name, "cancel"]:
                return self._cancel(self._known(name))
            case "POST", ["refunds"]:
                return self._refund(params)
            case "GET", [("payment_intents" | "refunds" | "balance_transactions") as kind]:
                return self._list(kind.removesuffix("s"), params)
        raise _RefusesError(404, "resource_missing")

    def _sessions(self, method: str, words: list[str], params: dict[str, str]) -> dict[str, Any]:
        match method, words:
            case "POST", []:
                return self._make_session(params)
            case "GET", []:
                return self._list("checkout.session", params)
            case "GET", [name]:
                return self._whole(self._known(name))
            case "POST", [name, "expire"]:
                session = self._known(name)
                if session["status"] != "open":
                    raise _RefusesError(400, "checkout_session_not_open")
                session["status"] = "expired"
                if session["payment_intent"]:
                    self._cancel(self.objects[session["payment_intent"]])
                self._event("checkout.session.expired", session)
                return self._whole(session)
        raise _RefusesError(404, "resource_missing")

    def _add(self, prefix: str, kind: str, **fields: Any) -> dict[str, Any]:
        name = f"{prefix}_{len(self.objects) + 1:08d}"
        self.objects[name] = {"id": name, "object": kind, "created": self.clock_s or int(time.time()), **fields}
        return self.objects[name]

    def _known(self, name: str) -> dict[str, Any]:
        if name not in self.objects:
            raise _RefusesError(404, "resource_missing", param="id")
        return self.objects[name]

    def _whole(self, found: dict[str, Any]) -> dict[str, Any]:
        """Return an object with what is always asked for with it."""
        part = {"checkout.session": "payment_intent", "balance_transaction": "source"}.get(found["object"], "")
        # What a dispute names whole is not asked for with it.
        return {**found, part: self.objects[found[part]]} if found.get(part) else found

    def _list(self, kind: str, params: dict[str, str]) -> dict[str, Any]:
        lines = [one for one in reversed(self.objects.values()) if one["object"] == kind]
        if "payment_intent" in params:
            lines = [one for one in lines if one["payment_intent"] == params["payment_intent"]]
        lines = [one for one in lines if one["created"] >= int(params.get("created[gte]", 0))]
        if "created[lt]" in params:
            lines = [one for one in lines if one["created"] < int(params["created[lt]"])]
        if "starting_after" in params:
            after = [one["id"] for one in lines].index(params["starting_after"])
            lines = lines[after + 1 :]
        most = min(int(params.get("limit", 10)), _PAGE_LINES_MAX)
        return {
            "object": "list",
            "url": "/v1",
            "has_more": len(lines) > most,
            "data": [self._whole(one) for one in lines[:most]],
        }

    def _make_session(self, params: dict[str, str]) -> dict[str, Any]:
        session = self._add(
            "cs_test",
            "checkout.session",
            status="open",
            amount_total=int(params["line_items[0][price_data][unit_amount]"]),
            currency=params["line_items[0][price_data][currency]"],
            client_reference_id=params["client_reference_id"],
            success_url=params["success_url"],
            cancel_url=params["cancel_url"],
            metadata={"key": params["payment_intent_data[metadata][key]"]},
            payment_intent=None,
        )
        assert params["payment_intent_data[capture_method]"] == "manual"
        session["url"] = f"{self.url}/pay/{session['id']}"
        return session

    def _make_intent(self, params: dict[str, str]) -> dict[str, Any]:
        if "payment_method_types[0]" in params:
            raise _RefusesError(400, "payment_method_types_no_longer_supported")
        intent = self._add_intent(int(params["amount"]), params["currency"], {"key": params["metadata[key]"]})
        means = params.get("payment_method") or params.get("payment_method_data[type]", "")
        return self._confirm(intent, means, params.get("return_url", ""))

    def _add_intent(self, amount: int, currency: str, metadata: dict[str, str]) -> dict[str, Any]:
        return self._add(
            "pi",
            "payment_intent",
            status="requires_payment_method",
            amount=amount,
            amount_capturable=0,
            amount_received=0,
            currency=currency,
            metadata=metadata,
            next_action=None,
            last_payment_error=None,
        )

    def _confirm(self, intent: dict[str, Any], means: str, return_url: str) -> dict[str, Any]:
        if means == CARD_DECLINED:
            error = {"type": "card_error", "code": "card_declined", "decline_code": "generic_decline", "message": "No."}
            intent["last_payment_error"] = error
            self._event("payment_intent.payment_failed", intent)
            raise _RefusesError(
                402, "card_declined", "card_error", decline_code="generic_decline", payment_intent=intent
            )
        if means == CARD_FINE:
            self._authorise(intent)
        else:
            intent |= {"status": "requires_action", "return_url": return_url, "last_payment_error": None}
            url = f"{self.url}/pay/{intent['id']}"
            where = {"url": url, "return_url": return_url}
            intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": where}
        return intent

    def _authorise(self, intent: dict[str, Any]) -> None:
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"], "next_action": None}
        self._event("payment_intent.amount_capturable_updated", intent)

    def _capture(self, intent: dict[str, Any], params: dict[str, str], other_amount: bool) -> dict[str, Any]:
        if intent["status"] != "requires_capture":
            raise _RefusesError(400, "payment_intent_unexpected_state")
        amount = int(params.get("amount_to_capture", intent["amount"]))
        if amount > intent["amount_capturable"]:
            raise _RefusesError(400, "amount_too_large")
        amount -= 100 if other_amount else 0
        intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
        charge = self._add(
            "ch",
            "charge",
            amount=intent["amount"],
            amount_captured=amount,
            currency=intent["currency"],
            payment_intent=intent["id"],
            metadata=intent["metadata"],
        )
        self._add(
            "txn", "balance_transaction", type="charge", amount=amount, currency="eur", fee=25, source=charge["id"]
        )
        self._event("payment_intent.succeeded", intent)
        return intent

    def book(self, category: str, amount: int, *, fee: int = 0, tax: int = 0, **fields: Any) -> dict[str, Any]:
        """Write a line into the books of which we know nothing: below nothing it leaves our balance."""
        details = [{"type": "stripe_fee", "amount": fee - tax}, {"type": "tax", "amount": tax}]
        facts = {"currency": "eur", "source": None, "type": "adjustment", **fields}
        return self._add(
            "txn",
            "balance_transaction",
            reporting_category=category,
            amount=amount,
            fee=fee,
            fee_details=[one for one in details if one["amount"]],
            **facts,
        )

    def open_dispute(self, intent_id: str, *, amount: int | None = None, due_by: int = 0) -> dict[str, Any]:
        """Let a shopper's bank want a payment back: it is taken at once, with a fee."""
        with self.lock:
            intent = self.objects[intent_id]
            dispute = self._add(
                "dp",
                "dispute",
                amount=intent["amount_received"] if amount is None else amount,
                currency=intent["currency"],
                reason="fraudulent",
                status="needs_response",
                payment_intent=intent_id,
                metadata={},
                evidence_details={"due_by": due_by, "has_evidence": False},
                balance_transactions=[],
            )
            line = self.book("dispute", -dispute["amount"], fee=1_500, source=dispute["id"])
            dispute["balance_transactions"].append(line)
            self._event("charge.dispute.created", dispute)
            return dispute

    def close_dispute(self, dispute: dict[str, Any], *, is_won: bool) -> None:
        """Let the bank decide: what it gives again comes with a line of its own."""
        with self.lock:
            dispute["status"] = "won" if is_won else "lost"
            if is_won:
                line = self.book("dispute_reversal", dispute["amount"], source=dispute["id"])
                dispute["balance_transactions"].append(line)
            self._event("charge.dispute.closed", dispute)

    def fail_refund(self, refund_id: str) -> None:
        """Let a refund come back that had arrived."""
        with self.lock:
            refund = self.objects[refund_id]
            refund["status"] = "failed"
            self.book("refund_failure", refund["amount"], source=refund_id)
            self._event("refund.updated", refund)

    def _cancel(self, intent: dict[str, Any]) -> dict[str, Any]:
        if intent["status"] in ("succeeded", "canceled"):
            raise _RefusesError(400, "payment_intent_unexpected_state")
        intent |= {"status": "canceled", "amount_capturable": 0, "next_action": None}
        self._event("payment_intent.canceled", intent)
        return intent

    def _refund(self, params: dict[str, str]) -> dict[str, Any]:
        intent = self._known(params["payment_intent"])
        if self.short:
            raise _RefusesError(400, self.short)
        before = sum(
            one["amount"]
            for one in self.objects.values()
            if one["object"] == "refund" and one["payment_intent"] == intent["id"] and one["status"] != "failed"
        )
        if int(params["amount"]) + before > intent["amount_received"]:
            raise _RefusesError(
                400, "charge_already_refunded" if before == intent["amount_received"] else "amount_too_large"
            )
        refund = self._add(
            "re",
            "refund",
            amount=int(params["amount"]),
            currency=intent["currency"],
            payment_intent=intent["id"],
            status="succeeded",
            metadata={"key": params["metadata[key]"]},
        )
        self._add(
            "txn",
            "balance_transaction",
            type="refund",
            amount=-refund["amount"],
            currency="eur",
            fee=0,
            source=refund["id"],
        )
        self._event("refund.updated", refund)
        return refund

    def _page(self, asked: Asked) -> Said:
        """Return Stripe's page that asks for a card, or the bank's with its step; or lead on where a button leads."""
        found = self.objects[asked.path.removeprefix("/pay/")]
        is_session = found["object"] == "checkout.session"
        if asked.method == "GET":
            return say_page(_CARD_PAGE if is_session else _STEP_PAGE)
        pressed = dict(parse_qsl(asked.body.decode())).get("pay")
        if is_session and pressed == "step":
            intent = self._confirm(self._intent_of(found), CARD_WITH_A_STEP, found["url"])
            return lead_to(intent["next_action"]["redirect_to_url"]["url"])
        if is_session and pressed != "yes":
            return lead_to(found["cancel_url"])
        self.finish(found["id"], paid=pressed == "yes")
        if is_session:
            return lead_to(found["success_url"])
        session = self._session_of(found)
        return lead_to(session["success_url"] if session and pressed == "yes" else found["return_url"])

    def _intent_of(self, session: dict[str, Any]) -> dict[str, Any]:
        """Return the PaymentIntent of a session: made at the first card, the same for every other."""
        if session["payment_intent"] is None:
            intent = self._add_intent(session["amount_total"], session["currency"], session["metadata"])
            session["payment_intent"] = intent["id"]
        return self.objects[session["payment_intent"]]

    def _session_of(self, intent: dict[str, Any]) -> dict[str, Any] | None:
        found = (one for one in self.objects.values() if one["object"] == "checkout.session")
        return next((one for one in found if one["payment_intent"] == intent["id"]), None)

    def finish(self, name: str, *, paid: bool) -> None:
        """Do what the shopper's button on the page does to a session or a PaymentIntent."""
        with self.lock:
            found = self.objects[name]
            if found["object"] == "checkout.session":
                assert paid, found
                assert found["status"] == "open", found
                self._authorise(self._intent_of(found))
                self._complete(found)
            elif paid:
                self._authorise(found)
                if session := self._session_of(found):
                    self._complete(session)
            else:
                error = {"type": "card_error", "code": "payment_intent_authentication_failure"}
                found |= {"status": "requires_payment_method", "last_payment_error": error, "next_action": None}
                self._event("payment_intent.payment_failed", found)

    def _complete(self, session: dict[str, Any]) -> None:
        session |= {"status": "complete", "url": None}
        self._event("checkout.session.completed", session)

    def _event(self, kind: str, about: dict[str, Any]) -> None:
        event = {
            "id": f"evt_{len(self.told) + 1:08d}",
            "object": "event",
            "type": kind,
            "created": int(time.time()),
            "data": {"object": about},
        }
        self.tell(signed_notice(json.dumps(event).encode(), at_s=int(time.time())))


def signed_notice(body: bytes, *, at_s: int, secret: str = WEBHOOK_SECRET) -> Telling:
    """Return a webhook with Stripe's signature of it."""
    signature = hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "stripe-signature": f"t={at_s},v1={signature}"}
    return Telling(headers, body)


@contextmanager
def stripe_server(*, notices_to: str = "") -> Iterator[StripeServer]:
    """Give a Stripe of one's own, while it runs."""
    server = StripeServer(notices_to=notices_to)
    with running(server):
        yield server
