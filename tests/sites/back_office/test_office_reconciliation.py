"""A provider's books against ours on a page: what agrees, what differs, what is refused, and the files."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from fairground.kernel.models import AuditEntry
from fairground.payments.life import LINE_MAX_MINOR
from fairground.payments.models import Payment, ProviderLine
from fairground.payments.providers.keys import ProviderKeys
from fairground.payments.providers.provider import FileKind, FileLine
from fairground.sites.back_office.money import provider_books
from tests.payments.alipay_plus_server import AlipayPlusServer
from tests.payments.local_provider import LocalProvider
from tests.payments.paying import make_till
from tests.payments.test_alipay_plus_reports import HEAD
from tests.sites.back_office.staff import sign_in

PAGE = "/back-office/money/reconciliation/"
DAY = date(2025, 3, 3)
NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
ASKED = f"{PAGE}?provider=local&day={DAY}"


@pytest.fixture
def provider(lone_writer: object, monkeypatch: pytest.MonkeyPatch) -> LocalProvider:
    """The provider that this shop is set up with, which took 20.00 EUR at noon and has it in its books."""
    till = make_till()
    till.agree(till.begin())
    Payment.objects.update(begun_at=NOON, ended_at=NOON)
    payment = Payment.objects.get()
    till.provider.books.append(FileLine(FileKind.CAPTURE, payment.ref, payment.key.hex, 20_00, "EUR", NOON))
    configured = "fairground.payments.providers.configured.configured_providers"
    monkeypatch.setattr(configured, lambda: {"local": till.provider})
    return till.provider


def shown(client: Client, address: str = ASKED) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def file_of(answer: Any) -> str:
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    return b"".join(answer.streaming_content).decode()


def test_books_that_agree_are_said_to(provider: LocalProvider) -> None:
    provider.books.append(FileLine(FileKind.FEE, "f", "", 25, "EUR", NOON, "f:fee"))

    page = shown(sign_in("accountant"))

    assert "Nothing differs." in page
    assert "1 line agrees." in page
    assert page.count("20.00 EUR") == 2
    assert "0.25 EUR" in page


def test_nobody_is_asked_before_somebody_chooses(provider: LocalProvider) -> None:
    page = shown(sign_in(), PAGE)

    assert "<option>local</option>" in page
    assert "file_of" not in provider.asked


def test_what_differs_stands_by_kind_with_the_way_to_our_payment(provider: LocalProvider) -> None:
    (line,) = provider.books
    provider.books[:] = [replace(line, amount_minor=19_99), replace(line, key="nobody's", ref="=1+1", amount_minor=5)]
    client, payment = sign_in("accountant"), Payment.objects.get()

    answer = client.get(ASKED)
    (amount, missing) = sorted(answer.context["groups"])
    text = file_of(client.get(f"{ASKED}&as=csv")).splitlines()
    rows = json.loads(file_of(client.get(f"{ASKED}&as=json")))

    assert [amount[0], missing[0]] == ["amount", "missing_here"]
    assert [(one.theirs, one.ours, one.address) for one in amount[2]] == [
        ("19.99 EUR", "20.00 EUR", f"/back-office/payments/?payment={payment.id}")
    ]
    assert [(one.theirs, one.ours, one.address, one.key) for one in missing[2]] == [("0.05 EUR", "", "", "nobody's")]
    assert answer.context["sums"] == [("Money taken", "20.04 EUR", "20.00 EUR", "0.04 EUR")]
    assert "2 differences." in answer.content.decode()
    assert text[0].startswith("what,kind,key,payment,theirs_ref,theirs_at,theirs_currency,theirs,ours_ref,ours_at")
    assert text[1] == "sum,capture,,,,,EUR,20.04,,,EUR,20.00"
    assert any(",'=1+1,2025-03-03T12:00:00+00:00,EUR,0.05,,,,0.00" in row for row in text)
    assert [(row["what"], row["theirs_minor"], row["ours_minor"]) for row in rows] == [
        ("sum", 20_04, 20_00),
        ("amount", 19_99, 20_00),
        ("missing_here", 5, 0),
    ]
    assert payment.ref in shown(client, f"/back-office/payments/?payment={payment.id}")
    assert "There are none." in shown(client, "/back-office/payments/?payment=5")


def test_more_differences_need_no_more_statements(provider: LocalProvider) -> None:
    client = sign_in()
    counts = []
    for count in range(1, 4):
        provider.books.append(FileLine(FileKind.REFUND, f"r-{count}", f"r-{count}", count, "EUR", NOON))
        with CaptureQueriesContext(connection) as asked:
            client.get(ASKED)
        counts.append(len(asked))

    assert counts[0] == counts[1] == counts[2]


def booked(client: Client, **form: str) -> str:
    """Look at the day's books, and book what is shown, unless the form says otherwise."""
    seen = client.get(ASKED).context.get("seen", "")
    asked = {"provider": "local", "day": str(DAY), "deed": "book", "reason": "the bank's statement", "seen": seen}
    answer = client.post(PAGE, {**asked, **form})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_what_only_the_provider_knows_is_booked_with_a_reason_once(provider: LocalProvider) -> None:
    provider.books += [
        FileLine(FileKind.FEE, "f", "", 25, "EUR", NOON, "f:fee"),
        FileLine(FileKind.PAYOUT, "po", "", 15_00, "EUR", NOON, "po"),
    ]
    client = sign_in("accountant")
    before = client.get(ASKED)
    assert "2 lines are to be booked." in before.content.decode()
    assert before.context["sums_to_book"] == [("Fees it kept", "0.25 EUR"), ("Paid out to our bank", "15.00 EUR")]
    assert f'name="seen" value="{before.context["seen"]}"' in before.content.decode()

    page = booked(client)

    assert "2 lines were booked." in page
    assert "3 lines agree." in page
    assert "To be booked" not in page
    assert AuditEntry.objects.get(verb="booked-lines").reason == "the bank's statement"
    assert "0 lines were booked." in booked(client)
    assert "look at it again. Nothing was booked." in booked(client, seen=before.context["seen"])
    assert ProviderLine.objects.count() == 2


FEE = FileLine(FileKind.FEE, "f", "", 25, "EUR", NOON, "f:fee")


@pytest.mark.parametrize(
    "then",
    [
        [],
        [replace(FEE, amount_minor=26)],
        [replace(FEE, kind=FileKind.PAYOUT)],
        [replace(FEE, line_id="g:fee")],
        [FEE, replace(FEE, line_id="g:fee")],
        [FEE, FileLine(FileKind.DISPUTE, "d", "", 20_00, "EUR", NOON, "d")],
    ],
    ids=["gone", "amount", "kind", "id", "one more", "a dispute"],
)
def test_what_is_not_what_was_shown_is_shown_and_not_booked(provider: LocalProvider, then: list[FileLine]) -> None:
    provider.books.append(FEE)
    client = sign_in("accountant")
    seen = client.get(ASKED).context["seen"]
    provider.books[1:] = then

    page = booked(client, seen=seen)

    assert "What is to be booked is not what you were shown: look at it again. Nothing was booked." in page
    assert (ProviderLine.objects.count(), AuditEntry.objects.filter(verb="booked-lines").count()) == (0, 0)
    assert "look at it again" in booked(client, seen="")
    assert client.get(ASKED).context["seen"] != seen


def test_of_many_lines_the_first_are_shown_and_the_sum_of_all(
    provider: LocalProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.books += [replace(FEE, line_id=f"f{number}") for number in range(4)]
    monkeypatch.setattr("fairground.sites.back_office.money.reconciliation.DIFFERENCES_SHOWN_MAX", 3)

    page = sign_in("accountant").get(ASKED)

    assert len(page.context["lines_to_book"]) == 3
    assert page.context["sums_to_book"] == [("Fees it kept", "1.00 EUR")]
    assert "1 more line stands in the file" in page.content.decode()


def test_a_line_that_fits_no_books_is_told_and_stops_no_other(provider: LocalProvider) -> None:
    provider.books += [
        FileLine(FileKind.FEE, "f", "", 25, "EUR", NOON, "f:fee"),
        FileLine(FileKind.PAYOUT, "p", "", LINE_MAX_MINOR + 1, "EUR", NOON, "p:payout"),
    ]

    page = booked(sign_in())

    assert "1 line was booked." in page
    assert "1 line fits no books (its amount, or its name) and was not booked." in page
    assert "1 line is to be booked." in page


def test_who_may_not_book_or_says_no_reason_books_nothing(provider: LocalProvider) -> None:
    provider.books.append(FileLine(FileKind.FEE, "f", "", 25, "EUR", NOON, "f:fee"))
    asked = {"provider": "local", "day": str(DAY), "deed": "book", "reason": "mine"}

    for reason in (" ", "x" * 201):
        assert "Say why, in a few words." in booked(sign_in(), reason=reason)
    assert sign_in("support").post(PAGE, asked).status_code == 403
    assert "Choose a day (UTC)" in booked(sign_in(), day="2199-01-01")
    assert "is_compared" not in sign_in().post(PAGE, {**asked, "provider": "other"}).context

    assert not ProviderLine.objects.exists()


def test_a_provider_that_does_not_answer_is_said_to_and_nothing_is_guessed(provider: LocalProvider) -> None:
    provider.fail("file_of")

    page = shown(sign_in())

    assert "The provider does not answer, so nothing is known of its books." in page
    assert "Nothing differs." not in page


def test_books_that_are_too_long_or_too_slow_are_refused(
    provider: LocalProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.books *= 2
    for name, value in (("BOOK_LINES_MAX", 1), ("BOOKS_MAX_S", -1)):
        with monkeypatch.context() as patch:
            patch.setattr(provider_books, name, value)
            assert "These books are too long for a page." in shown(sign_in()), name
    assert "Once more there" in shown(sign_in())


def test_one_day_is_compared_at_a_time_in_a_process(provider: LocalProvider) -> None:
    client = sign_in()
    with provider_books.alone():
        page = shown(client)

    assert "Somebody else compares books just now." in page
    assert "1 line agrees." in shown(client)


@pytest.mark.parametrize("day", ["", "x", "2199-01-01", "1999-01-01", str(datetime.now(UTC).date())])
def test_a_day_that_is_not_over_is_not_asked_about(provider: LocalProvider, day: str) -> None:
    page = shown(sign_in(), f"{PAGE}?provider=local&day={day}")

    assert "Choose a day (UTC) of which the next one is over, too." in page
    assert "file_of" not in provider.asked


def test_a_provider_that_is_not_set_up_is_not_asked(provider: LocalProvider) -> None:
    assert "is_compared" not in sign_in().get(f"{PAGE}?provider=other&day={DAY}").context
    assert sign_in("support").get(ASKED).status_code == 403
    assert provider.asked.count("file_of") == 0


SUMMARY_HEAD = (
    "summaryType,settlementBatchId,settlementCurrency,settlementAmountValue,feeCurrency,feeAmountValue,settlementTime\n"
)
TOTAL = "TOTAL,2025030301,EUR,12.45,EUR,0.45,2025-03-03T13:00:00+08:00\n"


def reports(*days: int, name: str = "transactionItems_{:%Y%m%d}_000.csv", row: str = "") -> list[SimpleUploadedFile]:
    """Return reports of days around the day, with a row in that of the day itself."""
    made = []
    for days_later in days:
        rows = f"{HEAD}{row if days_later == 0 else ''}<END>\n"
        made.append(SimpleUploadedFile(name.format(DAY + timedelta(days=days_later)), rows.encode()))
    return made


@pytest.fixture
def _alipay_plus(lone_writer: object, settings: Settings) -> None:
    make_till()
    server = AlipayPlusServer(url="http://127.0.0.1:9")
    settings.PROVIDER_KEYS = ProviderKeys(alipay_plus=server.keys())


@pytest.mark.usefixtures("_alipay_plus")
def test_reports_are_brought_compared_and_not_kept() -> None:
    client, row = sign_in("accountant"), "2,p-1,PAYMENT,2025-03-03T12:00:00+08:00,12.90,EUR\n"
    form = {"day": str(DAY)}

    page = client.post(PAGE, {**form, "reports": reports(-1, 0, 1, 2, row=row)})
    text = file_of(client.post(PAGE, {**form, "as": "csv", "reports": reports(-1, 0, 1, 2, row=row)})).splitlines()

    assert page.context["sums"] == [("Money taken", "12.90 EUR", "0.00 EUR", "12.90 EUR")]
    assert text[2] == "missing_here,capture,p-1,,2,2025-03-03T04:00:00+00:00,EUR,12.90,,,,0.00"
    assert "Nothing differs." in client.post(PAGE, {**form, "reports": reports(-1, 0, 1, 2)}).content.decode()


def settled(row: str = TOTAL) -> list[SimpleUploadedFile]:
    """Return the reports of a day in which Alipay+ paid out 12.45 and kept 0.45."""
    name, said = "settlementSummary_2025030301.csv", f"{SUMMARY_HEAD}{row}<END>\n"
    return [*reports(-1, 0, 1, 2), SimpleUploadedFile(name, said.encode())]


@pytest.mark.usefixtures("_alipay_plus")
def test_what_files_say_is_shown_first_and_booked_where_they_say_it_again() -> None:
    client, form = sign_in("accountant"), {"day": str(DAY), "reason": "the statement of March"}

    at_once = client.post(PAGE, {**form, "deed": "book", "reports": settled()})
    assert "look at it again. Nothing was booked." in at_once.content.decode()
    looked = client.post(PAGE, {**form, "reports": settled()})
    assert looked.context["sums_to_book"] == [("Fees it kept", "0.45 EUR"), ("Paid out to our bank", "12.45 EUR")]
    book = {**form, "deed": "book", "seen": looked.context["seen"]}
    other = client.post(PAGE, {**book, "reports": settled(TOTAL.replace("12.45", "1245.00"))})
    assert "look at it again. Nothing was booked." in other.content.decode()
    assert not ProviderLine.objects.exists()

    page = client.post(PAGE, {**book, "reports": settled()})

    assert "2 lines were booked." in page.content.decode()
    assert sorted(ProviderLine.objects.values_list("amount_minor", flat=True)) == [45, 12_45]


@pytest.mark.usefixtures("_alipay_plus")
def test_where_two_people_pay_a_merchant_nothing_is_booked_by_files(settings: Settings) -> None:
    settings.FOUR_EYES = True
    client, form = sign_in("operator"), {"day": str(DAY), "reason": "the statement of March"}

    looked = client.post(PAGE, {**form, "reports": settled()})
    forced = client.post(PAGE, {**form, "deed": "book", "seen": looked.context["seen"], "reports": settled()})

    assert 'value="book"' not in looked.content.decode()
    assert f"fairground payments reconcile alipay_plus --day {DAY} --book" in looked.content.decode()
    assert "Files are booked by the command line alone here. Nothing was booked." in forced.content.decode()
    assert not ProviderLine.objects.exists()


@pytest.mark.usefixtures("_alipay_plus")
def test_reports_that_are_missing_or_none_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in()

    def said(brought: list[SimpleUploadedFile]) -> str:
        return str(client.post(PAGE, {"day": str(DAY), "reports": brought}).content.decode())

    assert "A report of these days is missing." in said(reports(-1, 0, 1))
    assert "What came makes no sense" in said(reports(-1, 0, 1, 2, row="x\n"))
    for unfit in ([], reports(0, 0), reports(0, name="../transactionItems_{:%Y%m%d}.csv"), reports(0, name="a.csv")):
        assert "These are no reports as they came" in said(unfit)
    monkeypatch.setattr(provider_books, "REPORTS_BYTES_MAX", 100)
    assert "These are no reports as they came" in said(reports(-1, 0, 1, 2))


def test_files_are_not_asked_for_where_alipay_plus_is_not_set_up(provider: LocalProvider) -> None:
    client = sign_in()

    answer = client.post(PAGE, {"day": str(DAY), "reports": reports(-1, 0, 1, 2)})

    assert "is_compared" not in answer.context
    assert 'type="file"' not in answer.content.decode()
