"""A closed day can be had as the bytes that were hashed, is verified alone, and is never emptied."""

import hashlib
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.ledger import queries
from fairground.ledger.closed_days import NO_HASH, DayNotClosed, closed_days, written_day
from fairground.ledger.models import Day, DayBalance, DaySeal, Transfer, TransferEnd
from fairground.ledger.queries import Statement, StatementsTooSlow, statement
from fairground.ledger.verification import verify_day
from tests.ledger.days_making import FIRST, SECOND, THIRD, close_all, later, make_days, move, past_the_triggers

FROZEN = (Transfer, TransferEnd, DaySeal, Day, DayBalance)


@pytest.mark.django_db
def test_a_closed_day_is_written_as_the_bytes_that_have_its_hash() -> None:
    make_days()
    close_all()

    files = [b"".join(written_day(day=one.day)) for one in closed_days()]

    assert [hashlib.sha256(file).hexdigest() for file in files] == [one.hash for one in closed_days()]
    chained = [file.split(b"\n")[0].split(b"\t") for file in files]
    assert [(head[1].decode(), head[2].decode()) for head in chained] == [
        ("2026-11-11", NO_HASH),
        ("2026-11-12", closed_days()[0].hash),
        ("2026-11-13", closed_days()[1].hash),
    ]
    assert [file.count(b"\ntransfer\t") for file in files] == [2, 0, 1]


@pytest.mark.django_db
def test_a_day_that_is_not_closed_is_not_written() -> None:
    make_days()
    close_all(until=FIRST)
    with pytest.raises(DayNotClosed):
        written_day(day=SECOND)
    with pytest.raises(DayNotClosed):
        verify_day(day=SECOND)


@pytest.mark.django_db
def test_a_day_is_verified_alone() -> None:
    scene = make_days()
    close_all()
    assert [verify_day(day=day).told for day in (FIRST, SECOND, THIRD)] == [[], [], []]

    past_the_triggers("UPDATE ledger_transfer SET amount_minor = 51 WHERE id = %s", scene.last_id)

    assert [verify_day(day=day).ok for day in (FIRST, SECOND)] == [True, True]
    told = [one.what for one in verify_day(day=THIRD).told]
    assert [what.split(",")[0][:30] for what in told] == [
        f"account {scene.wallet.id} has a balance"[:30],
        f"account {scene.other.id} has a balance"[:30],
        "it was closed with the hash " + closed_days()[-1].hash[:2],
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", FROZEN)
def test_what_is_frozen_is_not_emptied(model: type[Transfer | TransferEnd | DaySeal | Day | DayBalance]) -> None:
    make_days()
    close_all()
    before = [frozen.objects.count() for frozen in FROZEN]

    refused = pytest.raises(IntegrityError, match=r"INV-(7|26): ledger_\w+ is only ever added to")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")

    assert [frozen.objects.count() for frozen in FROZEN] == before == [3, 1, 3, 3, 5]


def read(lane: int, address: str, *, opens_at: datetime, closes_at: datetime) -> Statement:
    return statement(lane=lane, address=address, opens_at=opens_at, closes_at=closes_at)


@pytest.mark.django_db
@pytest.mark.parametrize("days_at_once", [1, 2, 31])
def test_a_long_time_is_read_by_the_days_on_which_the_account_moved(
    monkeypatch: pytest.MonkeyPatch, days_at_once: int
) -> None:
    monkeypatch.setattr(queries, "SPAN_DAYS_MAX", days_at_once)
    scene = make_days()
    for day in (3, 4, 5, 7):
        move(scene, at=later(day), amount_minor=day)
    asked = [(later(-300), later(300)), (later(2), later(5)), (later(0), datetime(2026, 11, 16, tzinfo=UTC))]
    whole = [read(5, scene.other.address, opens_at=opens_at, closes_at=closes_at) for opens_at, closes_at in asked]

    close_all(until=date(2026, 11, 16), now=later(9))

    assert [
        read(5, scene.other.address, opens_at=opens_at, closes_at=closes_at) for opens_at, closes_at in asked
    ] == whole
    assert [line.balance_minor for line in whole[0].lines] == [400, 450, 453, 457, 462, 469]
    # The transfer of the third day lies in the second one now, of which nothing is known.
    past_the_triggers("UPDATE ledger_transfer SET at = '2026-11-12 12:00+00' WHERE id = %s", scene.last_id)
    skipped = read(5, scene.other.address, opens_at=later(-300), closes_at=later(300))
    assert [line.balance_minor for line in skipped.lines] == [400, 403, 407, 412, 419]


@pytest.mark.django_db
def test_a_statement_that_takes_too_long_in_all_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = make_days()
    close_all()
    monkeypatch.setattr(queries, "STATEMENTS_MAX_MS", 0)
    with pytest.raises(StatementsTooSlow):
        read(3, scene.wallet.address, opens_at=later(-1), closes_at=later(5))
