"""The books for an auditor: closed days and their files, the trial balance of one, statements of whole addresses."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from fairground.ledger.actions import post_transfers
from fairground.ledger.closed_days import closed_days
from fairground.ledger.rules import AccountKind
from fairground.sites.back_office.money import closed_days as page_of_days
from tests.ledger.days_making import THIRD, close_all, make_days, past_the_triggers
from tests.ledger.making import NOW_MS, make_account, make_transfer, one_turn
from tests.sites.back_office.staff import sign_in

MONEY = "/back-office/money/"
COMMISSION = "platform:commission:EUR"


@pytest.fixture(autouse=True)
def _days(lone_writer: object) -> None:
    make_days()


def shown(client: Client, path: str) -> str:
    answer = client.get(MONEY + path)
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().split())


def file_of(answer: Any) -> bytes:
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    return b"".join(answer.streaming_content)


def make_commission() -> None:
    """Let the platform earn in two lanes, at eight and at nine in the evening of the first day."""
    for hours, lane, amount_minor in ((20, 4, 30), (21, 9, 12)):
        now_ms = NOW_MS + hours * 3_600_000
        with one_turn(now_ms=now_ms) as turn:
            wallet = make_account(turn=turn, address="shopper:8:wallet:EUR", lane=5)
            provider = make_account(turn=turn, address="provider:demo:clearing:EUR", kind=AccountKind.DEBIT_NORMAL)
            earned = make_account(turn=turn, address=COMMISSION, kind=AccountKind.FREE, lane=lane)
            moved = [
                make_transfer(debit=provider, credit=wallet, amount_minor=amount_minor),
                make_transfer(debit=wallet, credit=earned, amount_minor=amount_minor),
            ]
            post_transfers(turn=turn, now_ms=now_ms, transfers=moved)


def test_closed_days_are_listed_with_their_hashes_the_last_one_first(monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in("accountant")
    assert "No day is closed yet." in shown(client, "closed-days/")
    close_all()

    page = shown(client, "closed-days/").replace("<wbr>", "")

    assert "3 days are closed, and each has the hash of the day before." in page
    assert page.index("Nov. 13, 2026") < page.index("Nov. 11, 2026")
    for one in closed_days():
        assert page.count(one.hash) == 1
    rows = json.loads(file_of(client.get(f"{MONEY}closed-days/?as=json")))
    assert [(row["day"], row["hash"]) for row in rows] == [(str(one.day), one.hash) for one in closed_days()]
    assert file_of(client.get(f"{MONEY}closed-days/?as=csv")).startswith(b"day,transfers,ends,balances,previous_hash,")
    monkeypatch.setattr(page_of_days, "DAYS_SHOWN_MAX", 2)
    first = client.get(f"{MONEY}closed-days/").context
    then = client.get(f"{MONEY}closed-days/?before={first['next']}").context
    assert [row.day for each in (first, then) for row in each["rows"]] == ["2026-11-13", "2026-11-12", "2026-11-11"]
    assert then["next"] == ""


def test_the_file_of_a_day_has_its_hash() -> None:
    close_all()
    client = sign_in("accountant")

    files = [client.get(f"{MONEY}closed-days/?file={one.day}") for one in closed_days()]

    assert files[0].headers["Content-Disposition"] == 'attachment; filename="2026-11-11.txt"'
    assert [hashlib.sha256(file_of(file)).hexdigest() for file in files] == [one.hash for one in closed_days()]


@pytest.mark.parametrize("asked", ["file", "verify"])
def test_a_day_that_is_not_closed_is_not_found(asked: str) -> None:
    close_all()
    assert sign_in().get(f"{MONEY}closed-days/?{asked}=2026-11-14").status_code == 404


def test_a_day_is_recomputed_when_somebody_asks() -> None:
    close_all()
    client = sign_in("accountant")
    assert "Nov. 13, 2026 verifies" in shown(client, "closed-days/?verify=2026-11-13")

    past_the_triggers("UPDATE ledger_day SET transfers = 5 WHERE day = %s", THIRD)
    page = shown(client, "closed-days/?verify=2026-11-13")

    assert "Nov. 13, 2026 does not verify: 1 difference." in page
    assert "2026-11-13: it was closed with 5 transfers, and there are 1" in page
    assert "Nov. 12, 2026 verifies" in shown(client, "closed-days/?verify=2026-11-12")


def test_a_broken_chain_is_told_at_once() -> None:
    close_all()
    past_the_triggers("UPDATE ledger_day SET previous_hash = %s WHERE day = %s", "a" * 64, THIRD)
    page = shown(sign_in(), "closed-days/")
    assert "The chain of days is broken." in page
    assert f"2026-11-13: it is chained to {'a' * 64}" in page


def test_while_somebody_reads_a_day_another_one_is_told_to_wait() -> None:
    close_all()
    with page_of_days._alone():
        page = shown(sign_in(), "closed-days/?file=2026-11-11")
    assert "Other reports are being read just now." in page
    assert "Nov. 11, 2026" in page


def test_the_trial_balance_of_a_closed_day_is_that_of_its_end() -> None:
    make_commission()
    close_all()
    client = sign_in("accountant")

    (first,) = client.get(f"{MONEY}trial-balance/?at=2026-11-11").context["balances"]
    (now,) = client.get(f"{MONEY}trial-balance/").context["balances"]

    assert [(one.name, one.accounts, one.debits, one.credits, one.pending) for one in first[3]] == [
        ("Commission", 2, "0.00", "0.42", "0.00"),
        ("At payment providers", 1, "10.42", "0.00", "0.00"),
        ("Wallets", 2, "0.42", "10.42", "0.00"),
    ]
    assert [(one.name, one.debits, one.credits) for one in now[3]][-1] == ("Wallets", "4.92", "14.92")
    assert first[2]
    assert now[2]
    assert "as they stood at the end of Nov. 11, 2026." in shown(client, "trial-balance/?at=2026-11-11")
    answer = client.get(f"{MONEY}trial-balance/?at=2026-11-11&as=json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="trial-balance-2026-11-11.json"'
    assert [(row["family"], row["credits_posted_minor"]) for row in json.loads(file_of(answer))] == [
        ("platform:commission", 42),
        ("provider:clearing", 0),
        ("shopper:wallet", 1_042),
        ("", 1_084),
    ]


def test_there_is_no_trial_balance_of_a_day_that_is_not_closed() -> None:
    close_all()
    page = shown(sign_in(), "trial-balance/?at=2026-11-14")
    assert "That day is not closed" in page
    assert "In all" not in page
    assert "No account was opened yet." not in page


def test_the_trial_balance_leads_to_the_statement_of_an_address_in_all_its_lanes() -> None:
    make_commission()
    client = sign_in("accountant")
    (now,) = client.get(f"{MONEY}trial-balance/").context["balances"]
    (way,) = [one.statement for one in now[3] if one.name == "Commission"]

    page = client.get(f"{way}&from=2026-11-11&to=2026-11-11").content.decode()

    assert "2 accounts, read as one" in page
    assert (page.count("0.30 EUR"), page.count("0.12 EUR"), page.count("0.42 EUR")) == (2, 1, 2)
    slices = shown(client, f"statement/?lane=4&address={COMMISSION}&from=2026-11-11&to=2026-11-11")
    assert "0.12 EUR" not in slices
    assert "in all lanes" in slices
    assert [one.statement for one in now[3] if one.name == "Wallets"] == [""]


@pytest.mark.parametrize(
    ("moments", "opening", "lines", "closing"),
    [
        ("from=2026-11-11&to=2026-11-11", "0.00", [30, 12], "0.42"),
        ("from=2026-11-11&to=2026-11-11&to_time=20:00", "0.00", [], "0.00"),
        ("from=2026-11-11&to=2026-11-11&to_time=20:00:01", "0.00", [30], "0.30"),
        ("from=2026-11-11&from_time=20:30&to=2026-11-11&to_time=21:30", "0.30", [12], "0.42"),
        ("from=2026-11-11&from_time=20:30&to=2026-11-11&to_time=20:00", "0.30", [], "0.30"),
        ("from=2026-11-11&from_time=25:00&to=2026-11-11&to_time=x", "0.00", [30, 12], "0.42"),
    ],
)
def test_a_statement_is_between_moments(moments: str, opening: str, lines: list[int], closing: str) -> None:
    make_commission()
    client = sign_in("accountant")
    context = client.get(f"{MONEY}statement/?address={COMMISSION}&{moments}").context
    rows = json.loads(file_of(client.get(f"{MONEY}statement/?address={COMMISSION}&{moments}&as=json")))

    assert (context["opening"], context["closing"]) == (f"{opening} EUR", f"{closing} EUR")
    assert [row["credit_minor"] for row in rows[1:-1]] == lines
    assert context["opens_at"] >= datetime(2026, 11, 11, tzinfo=UTC)


def test_the_file_of_accounts_has_the_number_that_each_has_in_a_day() -> None:
    close_all()
    client = sign_in("accountant")

    rows = json.loads(file_of(client.get(f"{MONEY}accounts/?as=json")))
    (day, *_) = (file_of(client.get(f"{MONEY}closed-days/?file={one.day}")).decode() for one in closed_days())

    moved = {line.split("\t")[1] for line in day.splitlines() if line.startswith("balance")}
    assert {row["account"] for row in rows} == moved
    assert len(moved) == 3
