"""The rehearsal of an opening: the crowd places, then pays, and writes down each answer before it counts it."""

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from django.db import connection

from fairground.rehearsal.crowd import Call, Crowd
from fairground.rehearsal.requests import Ask, Expect, RequestWriter, new_key

# Connections of the crowd. Open loop: arrivals do not wait for answers, but each needs a free connection.
CONNECTIONS = 6000
# Unpaid purchases and short wallets are part of a real day.
PAID_SHARE_BPS = 9_900


@dataclass(frozen=True, slots=True)
class Remembered:
    """An acknowledged purchase, as the crowd remembers it; of a presale also what is paid first."""

    purchase_id: str
    total_minor: int
    currency: str
    deposit_minor: int = 0
    order_ids: tuple[str, ...] = ()
    merchant_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Payment:
    """So much of a purchase, from the wallet of a shopper (a number)."""

    shopper: int
    purchase: Remembered
    amount_minor: int


@dataclass(slots=True)
class Answers:
    """What came back in one phase: where each call stands and how often each refusal came.

    `discounted` purchases carry a discount, together `discount_minor` by currency: what the asks named and the shop
    agreed to, as it refuses any other.
    """

    calls: list[Call] = field(default_factory=list)
    accepted: list[Call] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    acknowledged: int = 0
    replayed: int = 0
    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    discounted: int = 0
    discount_minor: Counter[str] = field(default_factory=Counter)
    second_tries: int = 0
    paid: list[Payment] = field(default_factory=list)

    def latency_ms(self, share: float) -> float:
        """The latency below which this share of the accepted requests stayed."""
        ordered = sorted(self.latencies_ms)
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1) if ordered else 0.0


class _Order(msgspec.Struct):
    order: str
    merchant: str


class _Placed(msgspec.Struct):
    purchase: str
    number: str
    currency: str
    total_minor: int
    orders: list[_Order]
    deposit_minor: int = 0


_read_placed = msgspec.json.Decoder(_Placed).decode
_read_problem = msgspec.json.Decoder(dict[str, Any]).decode
_write = msgspec.json.Encoder().encode


# By the call's identity: the call, what it asks for, its key.
Prepared = dict[int, tuple[Call, Ask, str]]


class Journal:
    """Two files of JSON lines, written before anything is counted: what was acknowledged, why the rest was refused."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.acknowledged = folder / "acknowledged.jsonl"
        self.refused = folder / "refused.jsonl"
        flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_APPEND
        self._acknowledged_fd = os.open(self.acknowledged, flags, 0o600)
        self._refused_fd = os.open(self.refused, flags, 0o600)

    def acknowledge(self, **facts: object) -> None:
        """Write down what the shop promised."""
        os.write(self._acknowledged_fd, _write(facts) + b"\n")

    def refuse(self, **facts: object) -> None:
        """Write down why it did not."""
        os.write(self._refused_fd, _write(facts) + b"\n")

    def close(self) -> None:
        """Close both files."""
        os.close(self._acknowledged_fd)
        os.close(self._refused_fd)


class Opening:
    """One rehearsed opening against one host. `shopper_ids` are the realm's shoppers by the plan's numbers."""

    def __init__(
        self, *, host: str, port: int, writer: RequestWriter, journal: Journal, shopper_ids: list[int]
    ) -> None:
        self._host, self._port, self._writer, self._journal = host, port, writer, journal
        self._shopper_ids = shopper_ids
        self._purchases: dict[int, Remembered] = {}

    @property
    def placed(self) -> dict[int, Remembered]:
        """What was placed and not paid since the last time, by the shoppers' numbers."""
        return dict(self._purchases)

    def place(self, asks: list[Ask]) -> Answers:
        """Write the requests and send them."""
        return self.send(self.prepare(asks))

    def prepare(self, asks: list[Ask]) -> Prepared:
        """Write the requests, each with a key of its own; what comes again has the key of the first time."""
        now_ms = time.time_ns() // 1_000_000
        keys = {id(ask): new_key(now_ms) for ask in asks if ask.first is None}
        prepared: Prepared = {}
        for ask in asks:
            key = keys[id(ask.first or ask)]
            call = Call(ask.due_s, self._writer.place(ask, key=key))
            prepared[id(call)] = (call, ask, str(key))
        return prepared

    def send(self, prepared: Prepared) -> Answers:
        """Send each request when it is due, and return what became of them."""
        answers = Answers(calls=[call for call, _, _ in prepared.values()])

        def answered(call: Call) -> None:
            _, ask, key = prepared[id(call)]
            if call.refused_for_load:
                self._journal_refusal(call, ask, key, {"type": LINE_FULL, "status": 429}, retried=True)
            if call.status < 300:  # noqa: PLR2004
                self._placed(answers, call, ask, key)
            else:
                self._refused(answers, call, ask, key)

        self._run(answers, answered)
        return answers

    def pay(self, *, arrivals_s: float) -> Answers:
        """Pay for what was placed since the last time, from the wallets, in that order; a few stay unpaid."""
        due = list(self._purchases.items())
        due = due[: len(due) * PAID_SHARE_BPS // 10_000]
        self._purchases.clear()
        payments = [Payment(shopper, purchase, purchase.total_minor) for shopper, purchase in due]
        return self.make_payments(payments, arrivals_s=arrivals_s)

    def make_payments(self, payments: list[Payment], *, arrivals_s: float) -> Answers:
        """Pay these amounts in that order; `paid` of the answers has those that the shop took."""
        now_ms = time.time_ns() // 1_000_000
        meaning: dict[int, Payment] = {}
        calls = []
        for number, payment in enumerate(payments):
            request = self._writer.pay(
                purchase_id=payment.purchase.purchase_id,
                shopper=payment.shopper,
                amount_minor=payment.amount_minor,
                currency=payment.purchase.currency,
                key=new_key(now_ms),
            )
            call = Call(number * arrivals_s / max(1, len(payments)), request)
            meaning[id(call)] = payment
            calls.append(call)
        answers = Answers(calls=calls)

        def answered(call: Call) -> None:
            payment = meaning[id(call)]
            if call.status < 300:  # noqa: PLR2004
                facts = {"paid": payment.purchase.purchase_id, "amount_minor": payment.amount_minor}
                self._journal.acknowledge(**facts, currency=payment.purchase.currency)
                answers.paid.append(payment)
                _count(answers, call, first=True)
            else:
                answers.unexpected.append(f"payment: {call.body.decode()[:200]}")

        self._run(answers, answered)
        return answers

    def _run(self, answers: Answers, answered: Callable[[Call], None]) -> None:
        run_calls(self._host, self._port, answers, answered)

    def _placed(self, answers: Answers, call: Call, ask: Ask, key: str) -> None:
        placed = _read_placed(call.body)
        self._journal.acknowledge(
            purchase=placed.purchase,
            number=placed.number,
            total_minor=placed.total_minor,
            currency=placed.currency,
            shopper=str(self._shopper_ids[ask.shopper]),
            key=key,
        )
        if ask.expect not in {Expect.PLACED, Expect.PLACED_OR_SOLD_OUT}:
            answers.unexpected.append(f"{ask.expect.name} was placed as {placed.number}")
        first = ask.shopper not in self._purchases
        known = self._purchases.setdefault(ask.shopper, _remembered(placed))
        if known.purchase_id != placed.purchase:
            answers.unexpected.append(f"one key made {known.purchase_id} and {placed.purchase}")
        _count(answers, call, first=first)
        if first and ask.discount_minor:
            answers.discounted += 1
            answers.discount_minor[placed.currency] += ask.discount_minor

    def _journal_refusal(self, call: Call, ask: Ask, key: str, problem: Mapping[str, Any], **more: object) -> None:
        times = {"sent_at_ms": call.sent_at_ms, "answered_at_ms": call.answered_at_ms, "key": key}
        if ask.expect.is_invalid:
            more["expect"] = ask.expect.value[0]
        self._journal.refuse(
            type=problem["type"],
            status=problem["status"],
            facts=problem,
            request=self._writer.facts(ask) | times,
            **more,
        )

    def _refused(self, answers: Answers, call: Call, ask: Ask, key: str) -> None:
        problem: Mapping[str, Any] = _read_problem(call.body)
        reason = reason_of(call)
        self._journal_refusal(call, ask, key, problem)
        if reason not in ask.expect.value:
            answers.unexpected.append(f"{ask.expect.name}: {call.body.decode()[:200]}")
        answers.refusals[reason] += 1


def run_calls(host: str, port: int, answers: Answers, answered: Callable[[Call], None]) -> None:
    """Let a crowd send the calls of `answers` to a shop, and write into them how long it took and what is missing."""
    crowd = Crowd(host, port, answered, connections=min(CONNECTIONS, max(16, len(answers.calls))))
    # Shoppers hold no connection to the database; one of ours would not outlive its restart meanwhile.
    connection.close()
    crowd.run(answers.calls)
    answers.seconds = crowd.last_2xx_s - crowd.first_sent_s
    answers.second_tries = sum(1 for call in answers.calls if call.refused_for_load)
    unanswered = sum(1 for call in answers.calls if not call.status)
    if unanswered:
        answers.unexpected.append(f"{unanswered} requests have no answer")


def reason_of(call: Call) -> str:
    """Return the code of the problem with which a call was refused."""
    return str(_read_problem(call.body)["type"]).removeprefix("/problems/")


def _remembered(placed: _Placed) -> Remembered:
    return Remembered(
        purchase_id=placed.purchase,
        total_minor=placed.total_minor,
        currency=placed.currency,
        deposit_minor=placed.deposit_minor,
        order_ids=tuple(one.order for one in placed.orders),
        merchant_ids=tuple(one.merchant for one in placed.orders),
    )


# What the door says when its queue is full; the ticket brings the request in at the second try.
LINE_FULL = "/problems/line-full"


def _count(answers: Answers, call: Call, *, first: bool) -> None:
    """What was done before counts once: if the first answer got lost, this one, that came to the same key again."""
    if first:
        answers.acknowledged += 1
        answers.accepted.append(call)
        answers.latencies_ms.append(call.latency_ms)
    else:
        answers.replayed += 1
