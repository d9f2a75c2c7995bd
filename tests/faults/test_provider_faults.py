"""kill -9 in the moment in which a provider takes money or gives it back: our books have all of it, none twice."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import psutil
import psycopg
import pytest

from fairground.config.realm import Realm
from fairground.config.realms import make_realm
from fairground.orders.rules import Step
from fairground.payments.life import PaymentEnd, PaymentState, RefundState
from tests.faults.programs import PATIENCE_S, Installation, Program, backends, free_port, lives, postmaster, until
from tests.payments.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer
from tests.payments.wire_server import Asked, Said, running

REALM = "tills"
GUESTS = 24
# Two web processes ask a provider for three people each at once: more would only be told to try again.
AT_ONCE = 6
# One in so many changes their mind once Stripe promised the money; one in so many sends back what was paid.
GIVES_UP, CANCELS, SENDS_BACK = 8, 9, 3
AGAIN_S = 0.3

CAPTURE, REFUND = "/capture", "/refunds"
# Who dies when it is asked so often: between what it did and our word of it.
DEATHS = {
    (CAPTURE, 3): "background",
    (CAPTURE, 7): "backend",
    (CAPTURE, 11): "database",
    (CAPTURE, 15): "web",
    (REFUND, 2): "background",
}


def stays(turn: int) -> bool:
    """Return whether who comes in this turn means to pay to the end."""
    return bool(turn % GIVES_UP and turn % CANCELS)


@dataclass(slots=True)
class DeadlyStripe(StripeServer):
    """A Stripe that lets somebody of ours die when it has done what it was asked, before it answers.

    `deaths` says who, by how a question's path ends and the how-many-eth of them it is.
    """

    deaths: dict[tuple[str, int], str] = field(default_factory=dict)
    kill: Callable[[str], None] = print
    died: list[str] = field(default_factory=list)
    count: dict[str, int] = field(default_factory=dict)

    def answer(self, asked: Asked, *, other_amount: bool) -> Said:
        """Do what was asked, and let who is doomed die of it."""
        said = StripeServer.answer(self, asked, other_amount=other_amount)
        ending = next((one for one in (CAPTURE, REFUND) if asked.path.endswith(one)), "")
        if asked.method == "POST" and ending:
            number = self.count[ending] = self.count.get(ending, 0) + 1
            victim = self.deaths.pop((ending, number), "")
            if victim:
                self.kill(victim)
                self.died.append(victim)
        return said

    def sums(self, kind: str) -> dict[str, int]:
        """Return what charges or refunds come to, in minor units by payment intent."""
        found: dict[str, int] = {}
        for one in self.objects.values():
            if one["object"] == kind:
                amount = one["amount_captured" if kind == "charge" else "amount"]
                found[one["payment_intent"]] = found.get(one["payment_intent"], 0) + amount
        return found


@dataclass(frozen=True, slots=True)
class Browser:
    """A guest's: it reloads as long as the shop is not there."""

    address: str
    cookie: str

    def ask(self, method: str, path: str, form: Mapping[str, str] | None = None) -> tuple[str, str]:
        """Return where an answer leads, at once and by itself."""
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        give_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up:
            try:
                with closing(HTTPConnection(self.address, timeout=30)) as shop:
                    shop.request(method, path, body=urlencode(form) if form else None, headers=headers)
                    answer = shop.getresponse()
                    answer.read()
            except (OSError, HTTPException):
                time.sleep(AGAIN_S)
                continue
            # 400 is Django's word for a session that a dying database did not keep.
            if answer.status not in {400, 429} and answer.status < 500:
                assert answer.status < 400, (answer.status, path)
                return answer.getheader("Location") or "", (answer.getheader("Refresh") or "").partition("url=")[2]
            time.sleep(AGAIN_S)
        raise AssertionError(path)


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who has to pay a purchase."""

    browser: Browser
    purchase_id: int
    number: str
    due_minor: int

    @classmethod
    def of(cls, till: Mapping[str, Any], address: str) -> "Guest":
        """Return who has a session, as `tests.faults.tills` said."""
        browser = Browser(address, f"fairground_session={till['session']}")
        return cls(browser, till["purchase_id"], till["number"], till["due_minor"])

    def pay(self, turn: int) -> None:
        """Pay on Stripe's page; who does it in which turn comes back or not, or changes their mind."""
        parts = urlsplit(self._stripes_page())
        with closing(HTTPConnection(parts.netloc)) as page:
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            page.request("POST", parts.path, body="pay=yes", headers=form)
            page.getresponse().read()
        if turn % GIVES_UP == 0:
            self.browser.ask("POST", f"/purchases/{self.number}/payment/give-up", {})
        elif turn % CANCELS == 0:
            self.browser.ask("POST", f"/purchases/{self.number}/cancel", {"seen": "PLACED"})
        elif turn % 2:
            self.browser.ask("GET", f"/purchases/{self.number}/payment/return")

    def _stripes_page(self) -> str:
        """Press the button until the shop leads to Stripe, which it does as long as nothing is paid."""
        path, form = f"/purchases/{self.number}/payment", {"provider": "stripe", "due": str(self.due_minor)}
        while True:
            led, _ = self.browser.ask("POST", path, form)
            if led.startswith(path):
                _, stripe = self.browser.ask("GET", led)
                if stripe.startswith("http://127.0.0.1"):
                    return stripe
            time.sleep(AGAIN_S)


@pytest.fixture
def stripe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeadlyStripe]:
    """A Stripe of this process, and the file by which the shop knows it."""
    server = DeadlyStripe()
    with running(server):
        keys = tmp_path / "stripe.json"
        keys.touch(mode=0o600)
        facts = {"secret_key": SECRET_KEY, "webhook_secrets": [WEBHOOK_SECRET], "base_url": server.url}
        keys.write_text(json.dumps(facts))
        monkeypatch.setenv("FAIRGROUND_STRIPE_FILE", str(keys))
        yield server


@pytest.fixture
def shop(installation: Installation, stripe: DeadlyStripe, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """A realm with goods, whose database runs."""
    monkeypatch.setenv("FAIRGROUND_HOME", str(installation.cluster.home.path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    installation.cluster.start()
    make_realm(server=installation.cluster, realm=Realm(REALM), catalogue=None)
    yield installation
    installation.cluster.stop()


@contextmanager
def open_shop(shop: Installation, stripe: DeadlyStripe) -> Iterator[tuple[Program, str]]:
    port = free_port()
    with shop.program("up", "--port", str(port), "--json", realm=REALM) as up:
        up.wait_for('"ready"')
        stripe.notices_to = f"http://127.0.0.1:{port}/payments/notices/stripe"
        yield up, f"127.0.0.1:{port}"


def killer(shop: Installation, up: Program) -> Callable[[str], None]:
    """Return what lets all that is so called die by kill -9, whichever of them asked."""
    victims: Mapping[str, Callable[[], list[psutil.Process]]] = {
        "background": lambda: up.children("background"),
        "backend": lambda: backends(shop, REALM),
        "database": lambda: [one for one in [postmaster(shop)] if one],
        "web": lambda: up.children("web"),
    }

    def kill(name: str) -> None:
        some = until(victims[name])
        for one in some:
            one.kill()
        until(lambda: not any(lives(one) for one in some))

    return kill


def tills(shop: Installation, *arguments: str) -> str:
    """Run `tests.faults.tills` to its end, and return what it says."""
    with shop.program(*arguments, realm=REALM, module="tests.faults.tills") as program:
        program.wait_for_end()
        return program.words


def wait_until_over(shop: Installation) -> None:
    """Wait until nothing is asked of Stripe any more; the database may be away meanwhile."""
    under_way = """
        SELECT (SELECT count(*) FROM payments_payment WHERE state <> ALL (%s))
             + (SELECT count(*) FROM payments_paymentrefund WHERE state = %s)
    """
    over = [PaymentState.TAKEN.value, PaymentState.ENDED.value]

    def is_over() -> bool:
        with suppress(psycopg.OperationalError):
            return rows(shop, under_way, over, RefundState.ASKING.value) == [(0,)]
        return False

    until(is_over)


def rows(shop: Installation, query: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(shop.cluster.dsn(Realm(REALM).database())) as connection:
        return connection.execute(query.encode(), values).fetchall()


def assert_books_agree(shop: Installation, stripe: DeadlyStripe) -> None:
    """Each charge is of one payment that took it once, what is not in our books went back, and the books are right."""
    charged, refunded = stripe.sums("charge"), stripe.sums("refund")
    payments = """
        SELECT p.key::text, p.captured_minor, p.state, p.end,
               coalesce((SELECT sum(amount_minor) FROM payments_paymentrefund AS r
                         WHERE r.lane = p.lane AND r.payment_id = p.id AND r.state = %s), 0)::bigint
        FROM payments_payment AS p
    """
    clearing = """
        SELECT coalesce(sum(debits_posted_minor - credits_posted_minor), 0)::bigint
        FROM ledger_account WHERE address LIKE 'provider:stripe:clearing:%%'
    """
    twice = """
        SELECT purchase_id FROM payments_payment WHERE "end" = ANY (%s) GROUP BY 1 HAVING count(*) > 1
    """
    taken = {
        UUID(key).hex: (captured, back)
        for key, captured, state, _, back in rows(shop, payments, RefundState.DONE.value)
        if state == PaymentState.TAKEN
    }

    assert taken == {
        stripe.objects[intent]["metadata"]["key"]: (charged[intent], refunded.get(intent, 0)) for intent in charged
    }
    for key, captured, _, end, back in rows(shop, payments, RefundState.DONE.value):
        assert end != PaymentEnd.RETURNED or back == captured, key
    assert rows(shop, clearing) == [(sum(charged.values()) - sum(refunded.values()),)]
    assert rows(shop, twice, [PaymentEnd.PAID.value, PaymentEnd.PAID_LATE.value]) == []
    verified = shop.run("verify", "--realm", REALM, "--json")
    assert (verified.returncode, json.loads(verified.stdout)["ok"]) == (0, True), verified.stdout


def paid_by(shop: Installation) -> dict[int, int]:
    """Return how often each purchase that is paid was paid by Stripe, and did not get its money back."""
    query = """
        SELECT u.id, (SELECT count(*) FROM payments_payment AS p WHERE p.purchase_id = u.id AND p.end = ANY (%s))
        FROM orders_purchase AS u WHERE u.state = %s
    """
    return dict(rows(shop, query, [PaymentEnd.PAID.value, PaymentEnd.PAID_LATE.value], Step.PAID.value))


def test_kill_9_of_all_while_stripe_takes_money_and_gives_it_back(shop: Installation, stripe: DeadlyStripe) -> None:
    stripe.deaths = dict(DEATHS)
    with open_shop(shop, stripe) as (up, address):
        stripe.kill = killer(shop, up)
        guests = [Guest.of(json.loads(line), address) for line in tills(shop, "open", str(GUESTS)).splitlines()]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for done in [pool.submit(guest.pay, turn) for turn, guest in enumerate(guests)]:
                done.result()
        wait_until_over(shop)
        paid = paid_by(shop)
        with stripe.lock:  # it answers nobody, so nobody dies before all is sent back
            tills(shop, "back", *[one.number for one in guests if one.purchase_id in paid][::SENDS_BACK])
        wait_until_over(shop)

        assert stripe.deaths == {}
        assert set(paid.values()) == {1}
        assert {one.purchase_id for turn, one in enumerate(guests) if stays(turn)} <= set(paid)
        assert_books_agree(shop, stripe)
