"""A million transfers posted in batches, between many accounts and all through one; then their day is closed."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from bench.records import Goal, Result
from bench.stage import HOME
from bench.telling import say
from fairground.config.cluster.embedded import Cluster
from fairground.config.realms import make_realm
from fairground.kernel.ids import LANES
from fairground.kernel.writer import take_turn, writers_of_lanes
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.closing import close_days
from fairground.ledger.queries import statement
from fairground.ledger.rules import AccountKind, AccountState, AccountWanted, NewTransfer, TransferKind
from fairground.ledger.verification import verify_ledger

ACCOUNTS = 1_000
BATCH = 4_000
AMOUNT_MINOR = 1_234


def run_ledger(*, quick: bool) -> Result:
    """Post as many transfers over a thousand accounts as through one hot one, then close and verify their day."""
    count = 20_000 if quick else 1_000_000
    now = datetime.now(UTC)
    at_ms = round((now - timedelta(days=1)).timestamp() * 1000)
    with _empty_realm():
        accounts = _accounts(at_ms)
        hot, others = accounts[0], accounts[1:]
        spread_s = _post(count, at_ms, lambda i: (others[i % len(others)], others[(i * 7 + 1) % len(others)]))
        hot_s = _post(
            count, at_ms, lambda i: (others[i % len(others)], hot) if i % 2 else (hot, others[i % len(others)])
        )
        say(f"{count:,} transfers in {spread_s:.1f} s spread, {hot_s:.1f} s through one account")
        day = datetime.fromtimestamp(at_ms / 1000, UTC).date()
        read_s = _timed(lambda: _read(hot, now))
        close_s = _timed(lambda: close_days(until=day, now=now + timedelta(hours=1)))
        closed_read_s = _timed(lambda: _read(hot, now))
        found = []
        verify_s = _timed(lambda: found.append(verify_ledger()))
        differences = found[0].differences + (found[0].transfers != 2 * count)
    say(f"the day of {2 * count:,} transfers closed in {close_s:.1f} s and verified in {verify_s:.1f} s")
    figures = {
        "transfers": count,
        "accounts": ACCOUNTS,
        "batch": BATCH,
        "spread_s": round(spread_s, 2),
        "hot_s": round(hot_s, 2),
        "hot_to_spread": round(spread_s / hot_s, 3),
        "close_s": round(close_s, 2),
        "verify_s": round(verify_s, 2),
        "statement_ms_open": round(read_s * 1000, 1),
        "statement_ms_closed": round(closed_read_s * 1000, 1),
    }
    return Result(
        "ledger",
        figures,
        (
            Goal("seconds for a million transfers, spread", round(spread_s * 1_000_000 / count, 1), at_most=60),
            Goal("seconds for a million transfers, one hot account", round(hot_s * 1_000_000 / count, 1), at_most=60),
            Goal("rate with the hot account to that without", round(spread_s / hot_s, 3), at_least=0.8),
            Goal("seconds to close their day, both millions", round(close_s, 2)),
            Goal("seconds to verify everything", round(verify_s, 2)),
            Goal("statement of today before the day is closed, ms", round(read_s * 1000, 1)),
            Goal("statement of today after, ms", round(closed_read_s * 1000, 1)),
            Goal("differences that verifying found", differences, at_most=0),
        ),
    )


@contextmanager
def _empty_realm() -> Iterator[None]:
    cluster, database = Cluster(HOME), str(settings.DATABASES["default"]["NAME"])
    connection.close()
    try:
        make_realm(server=cluster, realm=settings.REALM, catalogue=None)
        yield
    finally:
        connection.close()
        cluster.drop_database(database)


def _accounts(at_ms: int) -> list[AccountState]:
    wanted = [
        AccountWanted(number % LANES, f"bench:{number}:EUR", AccountKind.FREE, "EUR") for number in range(ACCOUNTS)
    ]
    with transaction.atomic():
        turn = take_turn(writer_ids=writers_of_lanes(range(LANES)), now_ms=at_ms, ids_max=BATCH, outbox_rows=0)
        states = open_accounts(turn=turn, wanted=wanted)
    return [states[one.lane, one.address] for one in wanted]


def _post(count: int, at_ms: int, sides: Callable[[int], tuple[AccountState, AccountState]]) -> float:
    """Post in batches, each a transaction under the turn that waits for the disk; return the seconds."""
    writer_ids = writers_of_lanes(range(LANES))
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    started = time.perf_counter()
    for first in range(0, count, BATCH):
        transfers = _transfers([sides(i) for i in range(first, min(first + BATCH, count))])
        with transaction.atomic():
            turn = take_turn(writer_ids=writer_ids, now_ms=at_ms, ids_max=BATCH, outbox_rows=0)
            post_transfers(turn=turn, transfers=transfers, now_ms=at_ms)
    return time.perf_counter() - started


def _transfers(pairs: Sequence[tuple[AccountState, AccountState]]) -> list[NewTransfer]:
    return [
        NewTransfer(debit.id, credit.id, AMOUNT_MINOR, "EUR", TransferKind.ADJUSTMENT, None, False, debit.lane)
        for debit, credit in pairs
    ]


def _read(account: AccountState, now: datetime) -> None:
    statement(lane=account.lane, address=account.address, opens_at=now, closes_at=now + timedelta(minutes=1))


def _timed(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started
