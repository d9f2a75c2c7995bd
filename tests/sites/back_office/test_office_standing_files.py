"""Disputes, what is owed, what is set aside and the audit log as files of the back office, row by row."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.http import HttpResponseBase, StreamingHttpResponse

from fairground.kernel.aside import set_aside
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.models import AuditEntry
from fairground.kernel.money import Money
from fairground.kernel.unforeseen import Unforeseen
from fairground.settlement.reports import audit_log
from fairground.settlement.reports.standing import owed_listed, terms_listed
from tests.factories import NOW, make_merchant
from tests.payments.paying import Till
from tests.refunding import Scene
from tests.settlement.making import DAY_MS, SETTLED_MS, make_terms
from tests.settlement.test_owing import OWED, scene  # noqa: F401 - a fixture
from tests.sites.back_office.staff import sign_in
from tests.sites.back_office.test_office_disputes import till  # noqa: F401 - a fixture

AUDIT = "/back-office/audit/file/"


def text_of(answer: HttpResponseBase) -> str:
    assert isinstance(answer, StreamingHttpResponse), answer
    return b"".join(answer).decode()


def test_disputes_are_taken_as_the_page_is_filtered_and_the_log_has_it(lone_writer: None, till: Till) -> None:  # noqa: F811
    client = sign_in("accountant")

    assert 'href="?as=csv"' in client.get("/back-office/disputes/").content.decode()
    (one,) = json.loads(text_of(client.get("/back-office/disputes/?as=json")))
    over = json.loads(text_of(client.get("/back-office/disputes/?over=1&as=json")))

    assert (one["reference"], one["state"], one["reason"]) == ("dp_1", "open", "fraudulent")
    amounts = [one[f"{name}_minor"] for name in ("disputed", "taken", "covered", "left")]
    assert (amounts, one["currency"], one["purchase"]) == ([2_000, 2_000, 0, 2_000], "EUR", till.placed.number)
    assert over == []
    taken = AuditEntry.objects.filter(verb="file-taken", subject_id="disputes").order_by("id")
    assert [entry.facts for entry in taken] == [{"rows": [None, 1]}, {"over": [None, "1"], "rows": [None, 0]}]


def test_what_is_owed_is_a_file_with_every_merchant(scene: Scene) -> None:  # noqa: F811
    table = owed_listed(now=from_unix_ms(SETTLED_MS + 40 * DAY_MS))
    (row,) = json.loads(text_of(sign_in("accountant").get("/back-office/money/owed/?as=json")))

    slug = f"merchant-{scene.chair.merchant.id}"
    assert (row["merchant"], row["currency"], row["owed_minor"]) == (slug, "EUR", 2 * OWED)
    assert table.rows[0][-2:] == (37, True)


def test_terms_are_a_file_with_those_that_are_held_first(lone_writer: None) -> None:
    plain, held, _unsaid = (make_merchant(lane=lane) for lane in (1, 2, 3))
    make_terms(plain.id, reserve_bps=1_000, reserve_days=30, payout_min_cents=1_050)
    make_terms(held.id, held=True, held_because="=asked by the police")

    table = terms_listed()

    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert [row["merchant"] for row in rows] == [f"merchant-{held.id}", f"merchant-{plain.id}"]
    assert (rows[1]["reserve_bps"], rows[1]["reserve_days"], rows[1]["schedule"]) == (1_000, 30, "weekly")
    assert rows[1]["payout_min_eur"] == Money(1_050, "EUR")
    assert rows[0]["held_because"] == "=asked by the police"


def test_rows_set_aside_are_a_file(lone_writer: None) -> None:
    set_aside(chore="releases", row_key="5", why=Unforeseen(ZeroDivisionError()), now=NOW)

    (row,) = json.loads(text_of(sign_in().get("/back-office/set-aside/?as=json")))

    assert (row["chore"], row["row"], row["tries"], row["error"]) == ("releases", "5", 1, "ZeroDivisionError")


def make_entries(count: int) -> None:
    AuditEntry.objects.bulk_create(
        AuditEntry(
            at=NOW + timedelta(days=day), verb="tried", subject_kind="row", subject_id=f"{day}", facts={"n": [1, 2]}
        )
        for day in range(count)
    )


def test_the_audit_log_is_taken_by_days_in_pieces_and_has_itself_who_took_it(
    lone_writer: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "AUDIT_ROWS_A_READ_MAX", 2)
    client = sign_in()
    make_entries(9)
    asked = {"from": f"{NOW:%Y-%m-%d}", "to": f"{NOW + timedelta(days=4):%Y-%m-%d}"}

    rows = list(csv.DictReader(io.StringIO(text_of(client.get(AUDIT, {**asked, "as": "csv"})))))
    as_json = json.loads(text_of(client.get(AUDIT, {**asked, "as": "json"})))

    assert [row["subject"] for row in rows if row["did"] == "tried"] == ["0", "1", "2", "3", "4"]
    assert [one["subject"] for one in as_json if one["did"] == "tried"] == ["0", "1", "2", "3", "4"]
    assert json.loads(rows[-1]["facts"]) == {"n": [1, 2]}
    taken = AuditEntry.objects.filter(verb="file-taken", subject_id="audit")
    assert [entry.facts for entry in taken] == [{"from": [None, asked["from"]], "to": [None, asked["to"]]}] * 2
    assert all(entry.user_id for entry in taken)


@pytest.mark.parametrize("asked", [{}, {"from": "2026-11-01"}, {"from": "2025-01-01", "to": "2026-01-02"}], ids=str)
def test_the_audit_log_is_not_taken_without_days_nor_of_more_than_a_year(
    lone_writer: None, asked: dict[str, str]
) -> None:
    client = sign_in()

    answer = client.get(AUDIT, {**asked, "as": "csv"}, follow=True)

    assert "Choose a first and a last day, at most 366 days." in answer.content.decode()
    assert not AuditEntry.objects.filter(verb="file-taken").exists()


def test_who_may_not_read_the_audit_log_takes_no_file_of_it(lone_writer: None) -> None:
    for role in ("support", "accountant", "editor"):
        assert sign_in(role).get(AUDIT, {"from": "2026-11-01", "to": "2026-11-02", "as": "csv"}).status_code == 403
    assert not AuditEntry.objects.filter(verb="file-taken").exists()
    assert 'action="/back-office/audit/file/"' in sign_in().get("/back-office/kernel/auditentry/").content.decode()
