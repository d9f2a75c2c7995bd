"""What only a provider knows of is booked out of its books, once, and its clearing account is what it has."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from uuid import uuid4

import click
import pytest
from click.testing import CliRunner
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from fairground.checkout.actions.book_provider_lines import LinesBooked, book_provider_lines
from fairground.checkout.actions.return_payments import attend_refund
from fairground.cli.payments import book_told, payments, reconcile_with
from fairground.kernel.edits import REASON_MAX, By, ReasonMissing
from fairground.kernel.models import AuditEntry
from fairground.kernel.sql import load_sql
from fairground.ledger.models import Account, Transfer
from fairground.ledger.queries import accounts_that_disagree
from fairground.ledger.rules import AccountKind
from fairground.payments.life import AMOUNT_MAX_MINOR, LINE_MAX_MINOR, RefundState
from fairground.payments.models import PaymentRefund, ProviderLine
from fairground.payments.notices import note_notice
from fairground.payments.providers.keys import ProviderKeys, StripeKeys
from fairground.payments.providers.provider import FileKind, FileLine, ProviderUnreachable
from tests.books import hot_rows
from tests.factories import NOW, NOW_MS
from tests.payments.paying import Till, balance_of, make_till, stopped_at
from tests.payments.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer, stripe_server
from tests.payments.test_paying_by_stripe import give_back, pay, stripe
from tests.payments.wire_server import Fault

pytestmark = pytest.mark.usefixtures("two_writers")
DAY = NOW.date()
WHY = By(user_id=None, now=NOW, reason="the books of that day")


@pytest.fixture
def server(settings: Settings) -> Iterator[StripeServer]:
    with stripe_server() as running:
        running.clock_s = NOW_MS // 1000
        settings.PROVIDER_KEYS = ProviderKeys(stripe=StripeKeys(SECRET_KEY, (WEBHOOK_SECRET,), base_url=running.url))
        yield running


@pytest.fixture
def till() -> Till:
    return make_till()


def line(kind: FileKind, amount_minor: int, line_id: str, *, currency: str = "EUR", ref: str = "") -> FileLine:
    return FileLine(kind, ref or line_id, "", amount_minor, currency, datetime(2026, 11, 11, 12, tzinfo=UTC), line_id)


def money(currency: str = "EUR", provider: str = "stripe") -> dict[str, int]:
    """Return what the provider has, and what went elsewhere, each as an asset or a cost is counted: debits."""
    addresses = {
        "clearing": f"provider:{provider}:clearing:{currency}",
        "bank": f"platform:bank:{currency}",
        "fees": f"platform:provider_fees:{currency}",
        "tax": f"platform:provider_fee_tax:{currency}",
        "exchange": f"platform:exchange:{currency}",
        "disputes": f"platform:disputes:{currency}",
    }
    return {name: found for name, address in addresses.items() if (found := -balance_of(address))}


def check(key: str) -> tuple[int, int, int]:
    """Return how many rows a check looks at, how many are wrong, and by how much."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("rehearsal", f"check_{key}"))
        rows, wrong, off, _ = cursor.fetchone()
    return rows, wrong, int(off)


def test_a_days_books_are_booked_once_and_the_clearing_account_is_what_stripe_has(
    till: Till, server: StripeServer
) -> None:
    pay(till, server)
    give_back(till, server)
    server.book("payout", -500)
    server.book("payout_reversal", 200)
    server.book("fee", -30)
    server.book("dispute_reversal", 7, fee=12, tax=2)
    found = reconcile_with(code="stripe", day=DAY)

    first = book_provider_lines(provider="stripe", lines=found.to_book, by=WHY)
    again = book_provider_lines(provider="stripe", lines=found.to_book[::-1], by=WHY)

    assert (first, again) == (LinesBooked(7, 0, 0), LinesBooked(0, 7, 0))
    assert money() == {
        "clearing": 2_000 - 1_000 - 25 - 500 + 200 - 30 + 7 - 12,
        "bank": 300,
        "fees": 25 + 30 + 10,
        "tax": 2,
        "disputes": -7,
    }
    after = reconcile_with(code="stripe", day=DAY)
    assert (after.agreed, after.booked, after.to_book, after.differences) == (9, 7, (), ())
    assert accounts_that_disagree() == []
    entry = AuditEntry.objects.get(verb="booked-lines")
    assert (entry.subject_id, entry.facts, entry.reason) == ("stripe", {"lines": [None, 7]}, WHY.reason)


def test_an_account_from_before_may_stand_below_nothing_after_the_migration(till: Till, server: StripeServer) -> None:
    pay(till, server)
    own = Account.objects.filter(address="provider:stripe:clearing:EUR")
    own.update(kind=AccountKind.DEBIT_NORMAL.value)
    others = Account.objects.exclude(address="provider:stripe:clearing:EUR").order_by("id")
    before = list(others.values_list("id", "kind"))

    with connection.cursor() as cursor:
        cursor.execute(import_module("fairground.ledger.migrations.0014_what_providers_tell").FREE)
    assert list(others.values_list("id", "kind")) == before
    book_provider_lines(provider="stripe", lines=[line(FileKind.PAYOUT, 5_000, "1")], by=WHY)

    assert money()["clearing"] == -3_000


def test_what_is_paid_in_another_currency_than_our_balance_is_exchanged_there(till: Till, server: StripeServer) -> None:
    pay(till, server)
    charge = next(one for one in server.objects.values() if one["object"] == "charge")
    booked = next(one for one in server.objects.values() if one["object"] == "balance_transaction")
    assert charge["currency"] == "eur"
    booked |= {"currency": "usd", "amount": 2_310, "fee": 30}

    book_provider_lines(provider="stripe", lines=reconcile_with(code="stripe", day=DAY).to_book, by=WHY)

    assert money() == {"exchange": 2_000}
    assert money("USD") == {"clearing": 2_280, "exchange": -2_310, "fees": 30}
    assert check("clearing") == (5, 0, 0)


def test_a_line_that_says_something_else_now_is_told_and_not_booked_again(till: Till) -> None:
    fee = line(FileKind.FEE, 25, "txn_1:fee")
    book_provider_lines(provider="stripe", lines=[fee], by=WHY)

    for other in (replace(fee, amount_minor=26), replace(fee, currency="USD"), replace(fee, kind=FileKind.PAYOUT)):
        assert book_provider_lines(provider="stripe", lines=[other], by=WHY) == LinesBooked(0, 0, 1)
    both = [line(FileKind.FEE, 3, "txn_2:fee"), line(FileKind.FEE, 4, "txn_2:fee"), line(FileKind.FEE, 3, "txn_2:fee")]

    assert book_provider_lines(provider="stripe", lines=both, by=WHY) == LinesBooked(1, 1, 1)
    assert money() == {"clearing": -28, "fees": 28}


def test_another_provider_has_lines_of_its_own(till: Till) -> None:
    fee = line(FileKind.FEE, 25, "1")

    for provider in ("stripe", "alipay_plus"):
        assert book_provider_lines(provider=provider, lines=[fee], by=WHY) == LinesBooked(1, 0, 0)

    assert money()["fees"] == 50


def test_what_both_know_or_nobody_can_name_is_not_booked(till: Till) -> None:
    lines = [
        line(FileKind.CAPTURE, 5, "1"),
        line(FileKind.REFUND, 5, "2"),
        line(FileKind.REFUND_FAILED, 5, "3"),
        line(FileKind.OTHER, 5, "4"),
        line(FileKind.FEE, 5, ""),
    ]

    assert book_provider_lines(provider="stripe", lines=lines, by=WHY) == LinesBooked(0, 0, 0)
    assert not ProviderLine.objects.exists()


@pytest.mark.parametrize(
    "unfit",
    [
        line(FileKind.PAYOUT, 0, "2"),
        line(FileKind.PAYOUT, LINE_MAX_MINOR + 1, "2"),
        line(FileKind.PAYOUT, -LINE_MAX_MINOR - 1, "2"),
        line(FileKind.FEE, 1, "x" * 256),
    ],
)
def test_a_line_that_fits_no_books_is_told_and_stops_no_other(till: Till, unfit: FileLine) -> None:
    before = Transfer.objects.count()
    lines = [line(FileKind.FEE, 1, "1"), unfit, line(FileKind.FEE, 2, "3")]

    assert book_provider_lines(provider="stripe", lines=lines, by=WHY) == LinesBooked(2, 0, 0, unfit=1)
    assert book_provider_lines(provider="stripe", lines=lines, by=WHY) == LinesBooked(0, 2, 0, unfit=1)

    assert (ProviderLine.objects.count(), Transfer.objects.count()) == (2, before + 2)


def test_a_payout_is_the_sum_of_many_payments_and_so_may_be_larger_than_any(till: Till) -> None:
    # 100,000,000 USD in dong, which has no minor unit.
    dong = 2_600_000_000_000
    assert dong > AMOUNT_MAX_MINOR

    lines = [line(FileKind.PAYOUT, dong, "1", currency="VND"), line(FileKind.PAYOUT, LINE_MAX_MINOR, "2")]
    assert book_provider_lines(provider="stripe", lines=lines, by=WHY) == LinesBooked(2, 0, 0)

    assert sorted(ProviderLine.objects.values_list("amount_minor", flat=True)) == [dong, LINE_MAX_MINOR]
    with pytest.raises(IntegrityError, match="inv_36_line_in_range"), transaction.atomic():
        ProviderLine.objects.create(
            provider="stripe",
            line_id="3",
            kind=FileKind.PAYOUT.value,
            amount_minor=LINE_MAX_MINOR + 1,
            currency="EUR",
            at=NOW,
            booked_at=NOW,
            transfer_id=1,
        )


def test_an_amount_that_overflows_makes_the_whole_day_unreadable(till: Till, server: StripeServer) -> None:
    server.book("payout", -(10**15) - 1)

    with pytest.raises(ProviderUnreachable):
        list(stripe(server).file_of(day=DAY))


def test_a_page_that_fails_halfway_books_nothing(till: Till, server: StripeServer) -> None:
    for _ in range(5):
        server.book("fee", -10)
    pages = iter(stripe(server).file_of(day=DAY))
    next(pages)
    server.fail_next("/balance_transactions", Fault.DOWN)

    with pytest.raises(ProviderUnreachable):
        list(pages)

    found = reconcile_with(code="stripe", day=DAY)
    assert len(found.to_book) == 5
    assert not ProviderLine.objects.exists()


def test_what_stripe_calls_otherwise_waits_for_a_person(till: Till, server: StripeServer) -> None:
    server.book("risk_reserved_funds", -70)
    server.book("charge", 70)

    found = reconcile_with(code="stripe", day=DAY)

    assert found.to_book == ()
    assert [one.theirs.kind for one in found.differences if one.theirs] == [FileKind.OTHER, FileKind.OTHER]


def test_a_refund_that_came_back_is_no_difference(till: Till, server: StripeServer) -> None:
    pay(till, server)
    give_back(till, server)
    server.fail_refund(PaymentRefund.objects.get().ref)
    now = datetime.now(tz=UTC)
    notice = stripe(server).read_notice(headers=server.told[-1].headers, body=server.told[-1].body, now=now)
    assert notice is not None
    note_notice(provider="stripe", notice=notice, now=NOW)
    attend_refund(
        refund_id=PaymentRefund.objects.get().id, providers={"stripe": stripe(server)}, clock_ms=stopped_at(NOW_MS)
    )

    found = reconcile_with(code="stripe", day=DAY)

    assert PaymentRefund.objects.get().state == RefundState.UNDONE
    assert (found.agreed, found.differences) == (3, ())
    assert found.agreed_minor[FileKind.REFUND_FAILED, "EUR"] == 1_000


@pytest.mark.parametrize("reason", ["", "x" * (REASON_MAX + 1)])
def test_nothing_is_booked_without_a_reason(till: Till, reason: str) -> None:
    before = hot_rows()

    with pytest.raises(ReasonMissing):
        book_provider_lines(provider="stripe", lines=[line(FileKind.FEE, 25, "1")], by=replace(WHY, reason=reason))
    with pytest.raises(click.ClickException, match="say why in at most 200 letters; nothing was booked"):
        book_told(code="stripe", lines=[line(FileKind.FEE, 25, "1")], reason=reason)

    assert hot_rows() == before
    assert not ProviderLine.objects.exists()


@pytest.mark.parametrize("reason", [[], ["--reason", " "]], ids=["none", "a blank"])
def test_the_command_asks_for_the_reason_before_it_asks_anybody(reason: list[str]) -> None:
    said = CliRunner().invoke(payments, ["reconcile", "stripe", "--day", str(DAY), "--book", *reason])

    assert (said.exit_code, "say why it is booked: --reason" in said.output) == (2, True)


def test_a_line_stays_as_it_was_booked(till: Till) -> None:
    book_provider_lines(provider="stripe", lines=[line(FileKind.FEE, 25, "1")], by=WHY)
    row = ProviderLine.objects.get()

    for change in (lambda: ProviderLine.objects.update(amount_minor=26), lambda: ProviderLine.objects.all().delete()):
        with pytest.raises(IntegrityError, match="INV-36"), transaction.atomic():
            change()
    row.pk, row.transfer_id = None, uuid4().int >> 70
    with pytest.raises(IntegrityError, match="inv_36_line_booked_once"), transaction.atomic():
        row.save(force_insert=True)


def test_the_check_sees_what_was_booked_otherwise_than_the_lines_say(till: Till, server: StripeServer) -> None:
    pay(till, server)
    book_provider_lines(provider="stripe", lines=reconcile_with(code="stripe", day=DAY).to_book, by=WHY)
    assert check("clearing") == (2, 0, 0)

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_providerline DISABLE TRIGGER USER")
        cursor.execute("UPDATE payments_providerline SET amount_minor = amount_minor + 5")
    assert check("clearing") == (2, 2, 5 + 30)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM payments_providerline")
    assert check("clearing") == (1, 2, 25 + 25)
