"""Days are closed once, in order, and nothing is written into them any more (INV-26)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.ledger.actions import end_transfers, post_transfers
from fairground.ledger.closed_days import NO_HASH, DayNotClosed, balance_groups, closed_days, hash_day, last_closed_day
from fairground.ledger.closing import DayNotOver, close_days, close_next_day, last_day_over, seal_days
from fairground.ledger.models import Day, DayBalance, DaySeal, Transfer
from fairground.ledger.queries import statement, sums_at_day, trial_balance
from fairground.ledger.rules import TransferEnding, TransferOutcome
from tests.ledger.days_making import FIRST, OVER, SECOND, THIRD, close_all, later, make_days, move
from tests.ledger.making import make_account, make_transfer, one_turn, sums_of

pytestmark = pytest.mark.django_db


def test_days_are_closed_in_order_from_the_first_transfer_on_and_empty_ones_too() -> None:
    make_days()

    assert close_all() == [FIRST, SECOND, THIRD]

    first, second, third = closed_days()
    assert [(one.transfers, one.ends, one.balances) for one in (first, second, third)] == [
        (2, 0, 3),
        (0, 0, 0),
        (1, 1, 2),
    ]
    assert (first.previous_hash, second.previous_hash, third.previous_hash) == (NO_HASH, first.hash, second.hash)
    assert last_closed_day() == third
    assert last_closed_day(before=THIRD) == second
    assert last_closed_day(before=FIRST) is None


def test_closing_twice_is_closing_once() -> None:
    make_days()
    close_all()
    before = closed_days()

    assert close_all(now=OVER + timedelta(hours=5)) == []
    assert closed_days() == before


def test_nothing_is_closed_where_nothing_ever_moved() -> None:
    assert close_all() == []
    assert (DaySeal.objects.count(), Day.objects.count()) == (0, 0)


def test_a_day_is_closed_ten_minutes_after_its_end_and_not_before() -> None:
    make_days()
    midnight = datetime(2026, 11, 14, tzinfo=UTC)
    assert last_day_over(now=midnight + timedelta(minutes=10)) == THIRD
    with pytest.raises(DayNotOver) as refused:
        close_days(until=THIRD, now=midnight + timedelta(minutes=9, seconds=59))

    assert refused.value.facts == {"day": THIRD}
    assert (DaySeal.objects.count(), Day.objects.count(), DayBalance.objects.count()) == (0, 0, 0)


def test_the_balances_of_a_day_are_those_of_the_accounts_that_moved_on_it() -> None:
    scene = make_days()
    close_all()

    rows = DayBalance.objects.order_by("day", "account_id").values_list(
        "day",
        "account_id",
        "debits_posted_minor",
        "credits_posted_minor",
        "debits_pending_minor",
        "credits_pending_minor",
    )
    ids = [scene.provider.id, scene.wallet.id, scene.other.id]
    assert list(rows) == [
        (FIRST, ids[0], 1_000, 0, 0, 0),
        (FIRST, ids[1], 0, 1_000, 400, 0),
        (FIRST, ids[2], 0, 0, 0, 400),
        (THIRD, ids[1], 450, 1_000, 0, 0),
        (THIRD, ids[2], 0, 450, 0, 0),
    ]
    assert sums_at_day(day=SECOND, account_ids=ids) == {
        ids[0]: (1_000, 0, 0, 0),
        ids[1]: (0, 1_000, 400, 0),
        ids[2]: (0, 0, 0, 400),
    }
    assert [sums_at_day(day=THIRD, account_ids=ids)[one.id] for one in (scene.provider, scene.wallet, scene.other)] == [
        sums_of(one) for one in (scene.provider, scene.wallet, scene.other)
    ]


def test_a_transfer_dated_into_a_sealed_day_is_refused_and_nothing_changes() -> None:
    scene = make_days()
    seal_days(until=THIRD, now=OVER)
    before = sums_of(scene.wallet), Transfer.objects.count()

    for day in (FIRST, SECOND, THIRD):
        last_moment = datetime(day.year, day.month, day.day, 23, 59, 59, 999_000, tzinfo=UTC)
        with pytest.raises(IntegrityError, match="INV-26: ledger_transfer of before"), transaction.atomic():
            move(scene, at=last_moment)

    assert (sums_of(scene.wallet), Transfer.objects.count()) == before
    move(scene, at=datetime(2026, 11, 14, tzinfo=UTC))
    assert Transfer.objects.count() == before[1] + 1


def test_an_ending_dated_into_a_sealed_day_is_refused_and_nothing_changes() -> None:
    scene = make_days()
    at_ms = round(later(0).timestamp() * 1000)
    with one_turn(now_ms=at_ms) as turn:
        transfer = make_transfer(debit=scene.wallet, credit=scene.other, amount_minor=9, pending=True)
        [held] = post_transfers(turn=turn, transfers=[transfer], now_ms=at_ms)
    close_all()
    before = sums_of(scene.wallet)

    late = [TransferEnding(held, TransferOutcome.POSTED)]
    with pytest.raises(IntegrityError, match="INV-26: ledger_transferend of before"), one_turn(now_ms=at_ms) as turn:
        end_transfers(turn=turn, ends=late, now_ms=at_ms + 1)

    assert sums_of(scene.wallet) == before


@pytest.mark.parametrize("table", ["ledger_dayseal", "ledger_day", "ledger_daybalance"])
@pytest.mark.parametrize("statement_text", ["DELETE FROM {}", "UPDATE {} SET day = day"])
def test_what_is_closed_is_neither_changed_nor_deleted(table: str, statement_text: str) -> None:
    make_days()
    close_all()

    refused = pytest.raises(IntegrityError, match=f"INV-26: {table} is only ever added to")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement_text.format(table))


def test_no_balance_is_added_to_a_closed_day() -> None:
    scene = make_days()
    close_all()

    with pytest.raises(IntegrityError, match="INV-26: a balance of a day that is closed"), transaction.atomic():
        DayBalance.objects.create(
            account_id=scene.provider.id,
            day=SECOND,
            currency="EUR",
            debits_posted_minor=1,
            credits_posted_minor=0,
            debits_pending_minor=0,
            credits_pending_minor=0,
        )

    assert not DayBalance.objects.filter(day=SECOND).exists()


def test_the_database_seals_no_day_before_it_is_over() -> None:
    ends_at = datetime(2026, 11, 12, tzinfo=UTC)
    with pytest.raises(IntegrityError, match="inv_26_only_a_day_that_is_over"), transaction.atomic():
        DaySeal.objects.create(day=FIRST, ends_at=ends_at, sealed_at=ends_at - timedelta(milliseconds=1))


def test_no_second_day_is_chained_to_the_same_one() -> None:
    make_days()
    close_all()
    [first, *_] = closed_days()
    seal = DaySeal.objects.create(day=later(3).date(), ends_at=datetime(2026, 11, 15, tzinfo=UTC), sealed_at=later(5))

    with pytest.raises(IntegrityError, match="inv_26_one_day_after_another"), transaction.atomic():
        Day.objects.create(
            seal=seal,
            previous_hash=first.hash,
            hash="f" * 64,
            transfers=0,
            ends=0,
            balances=0,
            closed_at=later(5),
        )


def test_what_is_sealed_is_closed_one_day_after_another() -> None:
    make_days()
    assert seal_days(until=SECOND, now=OVER) == 2
    assert seal_days(until=SECOND, now=OVER) == 0

    first, second = close_next_day(now=OVER), close_next_day(now=OVER)

    assert first is not None
    assert second is not None
    assert (first.day, second.day, close_next_day(now=OVER)) == (FIRST, SECOND, None)


def test_the_hash_depends_on_the_day_the_one_before_and_all_that_lies_in_it() -> None:
    make_days()
    close_all()
    first, second, third = closed_days()

    assert hash_day(day=FIRST, previous_hash=NO_HASH).hash == first.hash
    assert hash_day(day=THIRD, previous_hash=second.hash).hash == third.hash
    assert len({first.hash, second.hash, third.hash, hash_day(day=THIRD, previous_hash=first.hash).hash}) == 4


def test_a_statement_says_the_same_with_days_closed_and_without() -> None:
    scene = make_days()
    move(scene, at=later(3), amount_minor=7)
    asked = [
        (opens_at, closes_at)
        for opens_at in (later(-1), later(0), later(1), later(2), later(3), later(4))
        for closes_at in (later(1), later(2), later(4))
        if opens_at <= closes_at
    ]

    def told() -> list[object]:
        return [
            statement(lane=account.lane, address=account.address, opens_at=opens_at, closes_at=closes_at)
            for account in (scene.provider, scene.wallet, scene.other)
            for opens_at, closes_at in asked
        ]

    before = told()
    close_all()
    assert told() == before


def test_a_statement_reads_nothing_of_before_the_last_closed_day() -> None:
    scene = make_days()
    close_all()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE ledger_transfer SET amount_minor = 1 WHERE at < '2026-11-14'")
        cursor.execute("SET LOCAL session_replication_role = origin")

    told = statement(lane=3, address=scene.wallet.address, opens_at=later(3), closes_at=later(4))

    assert (told.opening_balance_minor, told.lines, told.closing_balance_minor) == (550, (), 550)


def test_the_trial_balance_at_the_end_of_a_closed_day_equals_its_transfers() -> None:
    make_days()
    close_all()

    first = [(one.name, one.accounts, one.sums.debits_posted_minor, one.sums.credits_posted_minor)
             for one in balance_groups(day=FIRST)]  # fmt: skip
    third, now = balance_groups(day=THIRD), balance_groups()

    assert first == [("provider:demo:clearing:EUR", 1, 1_000, 0), ("shopper:*:wallet:EUR", 2, 0, 1_000)]
    assert third == now
    assert sum(one.sums.debits_posted_minor for one in third) == trial_balance()[0].debits_posted_minor == 1_450
    assert sum(one.sums.credits_posted_minor for one in third) == 1_450


def test_there_is_no_trial_balance_of_a_day_that_is_not_closed() -> None:
    make_days()
    close_all(until=FIRST)
    with pytest.raises(DayNotClosed):
        balance_groups(day=SECOND)


def test_an_account_that_is_opened_later_begins_with_nothing() -> None:
    scene = make_days()
    close_all()
    with one_turn(now_ms=round(later(3).timestamp() * 1000)) as turn:
        late = make_account(turn=turn, address="shopper:9:wallet:EUR", lane=9)

    told = statement(lane=9, address=late.address, opens_at=later(3), closes_at=later(4))

    assert (told.opening_balance_minor, told.closing_balance_minor) == (0, 0)
    assert sums_at_day(day=THIRD, account_ids=[late.id, scene.provider.id]).keys() == {scene.provider.id}
