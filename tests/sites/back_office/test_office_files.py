"""Lists of the back office as files: who may take them, with the filters of the page, and what the log says of it."""

import json

import pytest
from django.http import HttpResponseBase, StreamingHttpResponse

from fairground.checkout.actions.refund_lines import refund_lines
from fairground.kernel.models import AuditEntry
from fairground.orders.rules import RefundReason
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.models import Payout
from fairground.settlement.reports import listed
from tests.books import hot_rows
from tests.cases import ask, ship
from tests.factories import BY, make_market
from tests.payments.paying import make_till
from tests.refunding import make_scene
from tests.settlement.making import SETTLED_MS, settle
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")
LISTS = {
    "payments/": {"operator", "support", "accountant"},
    "payments/returns/": {"operator", "support", "accountant"},
    "disputes/": {"operator", "support", "accountant"},
    "cases/": {"operator", "support"},
    "withdrawals/": {"operator", "support"},
    "money/gift-cards/": {"operator", "accountant"},
    "money/credit/": {"operator", "accountant"},
    "money/payouts/": {"operator", "accountant"},
    "money/owed/": {"operator", "accountant"},
    "money/terms/": {"operator", "accountant"},
    "set-aside/": {"operator"},
}
# They name merchants and rows, no shopper.
UNLOGGED = {"money/payouts/", "money/owed/", "money/terms/", "set-aside/"}


def text_of(answer: HttpResponseBase) -> str:
    assert isinstance(answer, StreamingHttpResponse), answer
    return b"".join(answer).decode()


@pytest.mark.parametrize("role", ["operator", "support", "accountant", "editor"])
def test_who_may_see_a_list_may_take_it_and_nobody_else(role: str) -> None:
    make_market()
    client = sign_in(role)

    answers = {path: client.get(f"/back-office/{path}?as=csv").status_code for path in LISTS}

    assert answers == {path: 200 if role in roles else 403 for path, roles in LISTS.items()}
    taken = AuditEntry.objects.filter(verb="file-taken").count()
    assert taken == sum(role in roles for path, roles in LISTS.items() if path not in UNLOGGED)


def test_payments_and_returns_are_taken_as_the_page_is_filtered_and_the_log_has_it() -> None:
    till = make_till()
    till.agree(till.begin())
    refund_lines(units={(till.placed.orders[0].order_id, 1): 1}, reason=RefundReason.FAULTY, by=BY)
    client, before = sign_in("accountant"), hot_rows()

    page = client.get("/back-office/payments/?from=2026-11-01").content.decode()
    assert 'href="?from=2026-11-01&amp;as=csv"' in page
    text = text_of(client.get("/back-office/payments/?from=2026-11-01&as=csv"))
    head, row = text.splitlines()
    assert head.startswith("payment,begun_at,ended_at,provider,reference,currency,amount,")
    assert till.placed.number in row
    assert json.loads(text_of(client.get("/back-office/payments/?open=1&as=json"))) == []
    assert text_of(client.get("/back-office/payments/?to=2026-10-31&as=csv")).splitlines() == [head]
    assert "There are none." in client.get("/back-office/payments/?to=2026-10-31").content.decode()
    (returned,) = json.loads(text_of(client.get("/back-office/payments/returns/?as=json")))
    assert (returned["amount_minor"], returned["state"], returned["purchase"]) == (1_000, "asking", till.placed.number)
    assert json.loads(text_of(client.get("/back-office/payments/returns/?failed=1&as=json"))) == []

    assert hot_rows() == before
    entries = AuditEntry.objects.filter(verb="file-taken").order_by("id").values_list("subject_id", "facts")
    assert [(name, facts["rows"][1]) for name, facts in entries] == [
        ("payments", 1),
        ("payments", 0),
        ("payments", 0),
        ("returns", 1),
        ("returns", 0),
    ]


def test_cases_are_taken_by_part_of_the_queue() -> None:
    make_market()
    scene = make_scene()
    ship(scene.chairs, scene.lamps)
    ask(scene, scene.chairs, 2)
    client = sign_in("support")

    (case,) = json.loads(text_of(client.get("/back-office/cases/?part=open&as=json")))
    ended = json.loads(text_of(client.get("/back-office/cases/?part=ended&as=json")))

    assert (case["case"], case["units"], case["paid_minor"]) == (f"{scene.placed.number}-1-1", 2, 0)
    assert ended == []


def test_payouts_are_drawn_by_period_and_taken_as_their_list_is_searched() -> None:
    make_market()
    settle(make_scene().chairs)
    propose_payouts(now_ms=SETTLED_MS)
    payout, client = Payout.objects.get(), sign_in("accountant")

    listing = client.get("/back-office/settlement/payout/?q=:proposed").content.decode()
    assert "/back-office/money/payouts/?as=csv&amp;q=%3Aproposed" in listing
    page = client.get("/back-office/money/payouts/").content.decode()
    assert '<rect class="office-chart-part office-chart-part-4"' in page
    assert 'href="/back-office/settlement/payout/?q=%3Aproposed">Proposed</a>' in page
    sizes = {
        sought: len(json.loads(text_of(client.get("/back-office/money/payouts/", {"q": sought, "as": "json"}))))
        for sought in ("", ":proposed", ":sent", str(payout.id), "1", "x")
    }
    assert sizes == {"": 1, ":proposed": 1, ":sent": 0, str(payout.id): 1, "1": 0, "x": 0}
    empty = client.get("/back-office/money/payouts/?to=2020-01-01").content.decode()
    assert "No payout was proposed in these days." in empty
    assert "<svg class=" not in empty


def test_refunds_are_drawn_by_day_with_the_days_that_had_none() -> None:
    till = make_till()
    till.agree(till.begin())
    refund_lines(units={(till.placed.orders[0].order_id, 1): 1}, reason=RefundReason.FAULTY, by=BY)

    page = sign_in("accountant").get("/back-office/money/refunds/?from=2026-11-09&to=2026-11-12").content.decode()

    assert page.count('<rect class="office-chart-part') == 1
    assert [f"2026/{day}" for day in ("11-09", "11-10", "11-11", "11-12") if f">{day}</text>" in page] == [
        "2026/11-09",
        "2026/11-10",
        "2026/11-11",
        "2026/11-12",
    ]


def test_a_list_that_is_too_long_says_so_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    till = make_till()
    till.agree(till.begin())
    monkeypatch.setattr(listed, "ROWS_MAX", 0)

    answer = sign_in("accountant").get("/back-office/payments/?as=csv")

    assert "That is too much for one file. Choose a shorter time." in answer.content.decode()
    assert not AuditEntry.objects.filter(verb="file-taken").exists()
