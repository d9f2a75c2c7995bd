"""A payment provider in this process: it keeps its own books, does the same key once, and fails as it is told to."""

import hashlib
import hmac
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar

from fairground.payments.providers.provider import (
    Asked,
    At,
    Disputed,
    FileLine,
    Notice,
    NoticeForged,
    ProviderRefused,
    ProviderUnreachable,
    Returned,
    Standing,
)

Result = TypeVar("Result")
SECRET = b"what only the provider and we know"


@dataclass(slots=True)
class LocalProvider:
    """Payments by key, and what is to go wrong: `before` the next call does anything, or `after` it did.

    Returns in `come_back` failed after they were made.

    With `needs_shopper` a payment waits until `shopper_agrees`; `takes_at_once` captures without being asked.
    """

    code: str = "local"
    needs_shopper: bool = True
    takes_at_once: bool = False
    payments: dict[str, Standing] = field(default_factory=dict)
    returned: dict[str, tuple[str, int]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    before: dict[str, deque[Exception]] = field(default_factory=dict)
    after: dict[str, deque[Exception]] = field(default_factory=dict)
    refunds_fail: bool = False
    books: list[FileLine] = field(default_factory=list)
    come_back: set[str] = field(default_factory=set)
    disputes: dict[str, Disputed] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def fail(self, name: str, error: Exception | None = None, *, after: bool = False) -> None:
        """Let the next call of this name fail; by default nobody answers."""
        script = self.after if after else self.before
        script.setdefault(name, deque()).append(error or ProviderUnreachable(provider=self.code))

    def authorise(self, asked: Asked) -> Standing:
        return self._do("authorise", lambda: self._authorise(asked))

    def look(self, *, key: str, ref: str) -> Standing | None:
        return self._do("look", lambda: self.payments.get(key))

    def capture(self, *, key: str, ref: str, amount_minor: int, currency: str) -> Standing:
        return self._do("capture", lambda: self._capture(key))

    def void(self, *, key: str, ref: str) -> Standing:
        return self._do("void", lambda: self._void(key))

    def refund(self, *, refund_key: str, ref: str, amount_minor: int, currency: str) -> Returned:
        return self._do("refund", lambda: self._refund(refund_key, ref, amount_minor, currency))

    def read_notice(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice | None:
        if not hmac.compare_digest(headers.get("signature", ""), sign(body)):
            raise NoticeForged
        notice_id, _, key = body.decode().partition(" ")
        return Notice(notice_id, key, f"ref-{key}")

    def notice_taken(self, *, headers: Mapping[str, str], now: datetime) -> tuple[bytes, Mapping[str, str]]:
        return b"taken", {"content-type": "text/plain"}

    def dispute(self, *, ref: str) -> Disputed | None:
        return self._do("dispute", lambda: self.disputes.get(ref))

    def file_of(self, *, day: date) -> Iterator[FileLine]:
        return self._do("file_of", lambda: iter([line for line in self.books if line.at.date() == day]))

    def shopper_agrees(self, key: str, *, amount_minor: int | None = None, currency: str | None = None) -> None:
        """Let a shopper agree on the provider's page, maybe to another amount than we asked for."""
        was = self.payments[key]
        self.payments[key] = replace(
            was,
            at=At.CAPTURED if self.takes_at_once else At.AUTHORISED,
            amount_minor=was.amount_minor if amount_minor is None else amount_minor,
            currency=currency or was.currency,
            redirect_url="",
        )

    def shopper_declines(self, key: str) -> None:
        self.payments[key] = replace(self.payments[key], at=At.FAILED, redirect_url="")

    def kept_minor(self) -> int:
        """What it took and did not give back."""
        taken = sum(one.amount_minor for one in self.payments.values() if one.at is At.CAPTURED)
        return taken - sum(amount for _, amount in self.returned.values())

    def _authorise(self, asked: Asked) -> Standing:
        if asked.key not in self.payments:
            at = At.WAITING if self.needs_shopper else At.CAPTURED if self.takes_at_once else At.AUTHORISED
            url = f"https://pay.example/{asked.key}" if self.needs_shopper else ""
            self.payments[asked.key] = Standing(f"ref-{asked.key}", at, asked.amount_minor, asked.currency, url)
        return self.payments[asked.key]

    def _capture(self, key: str) -> Standing:
        standing = self.payments[key]
        if standing.at not in {At.AUTHORISED, At.CAPTURED}:
            raise ProviderRefused(at=standing.at.name)
        self.payments[key] = replace(standing, at=At.CAPTURED)
        return self.payments[key]

    def _void(self, key: str) -> Standing:
        standing = self.payments[key]
        if standing.at in {At.WAITING, At.AUTHORISED}:
            self.payments[key] = replace(standing, at=At.VOIDED, redirect_url="")
        return self.payments[key]

    def _refund(self, refund_key: str, ref: str, amount_minor: int, currency: str) -> Returned:
        key = ref.removeprefix("ref-")
        if refund_key not in self.returned:
            taken = self.payments[key]
            gone = sum(amount for of, amount in self.returned.values() if of == key)
            too_much = taken.at is not At.CAPTURED or gone + amount_minor > taken.amount_minor
            if self.refunds_fail or too_much or currency != taken.currency:
                raise ProviderRefused(ref=ref)
            self.returned[refund_key] = (key, amount_minor)
        failed = refund_key in self.come_back
        return Returned(f"back-{refund_key}", amount_minor, currency, done=not failed, failed=failed)

    def _do(self, name: str, act: Callable[[], Result]) -> Result:
        with self.lock:
            self.asked.append(name)
            if self.before.get(name):
                raise self.before[name].popleft()
            done = act()
            if self.after.get(name):
                raise self.after[name].popleft()
            return done


def sign(body: bytes) -> str:
    """Return the signature with which the provider sends a notice."""
    return hmac.new(SECRET, body, hashlib.sha256).hexdigest()
