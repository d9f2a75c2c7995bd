"""Many threads check one wallet and spend from it: real threads, real commits, with the turn and without."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.kernel.writer import Turn
from fairground.ledger.actions import post_transfers
from fairground.ledger.models import Transfer
from fairground.ledger.queries import accounts_that_disagree
from fairground.ledger.rules import AccountKind, AccountState
from tests.ledger.making import NOW_MS, make_account, make_transfer, one_turn, sums_of

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 12
ATTEMPTS = 15
PRICE_MINOR = 7


def in_threads(attempt: Callable[[int], bool]) -> int:
    """Run `attempt(0)`, `attempt(1)`, … in every thread at once, and return how many came true."""

    def run() -> int:
        try:
            return sum(attempt(number) for number in range(ATTEMPTS))
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(future.result() for future in [pool.submit(run) for _ in range(THREADS)])


def wallet_with(amount_minor: int) -> tuple[AccountState, AccountState]:
    with one_turn() as turn:
        world = make_account(turn=turn, address="world", kind=AccountKind.FREE)
        wallet = make_account(turn=turn, address="wallet")
        post_transfers(
            turn=turn,
            now_ms=NOW_MS,
            transfers=[make_transfer(debit=world, credit=wallet, amount_minor=amount_minor)],
        )
    return world, wallet


def available_minor(wallet: AccountState) -> int:
    debits, credits_, held, _ = sums_of(wallet)
    return credits_ - debits - held


def spend(*, turn: Turn, wallet: AccountState, world: AccountState) -> None:
    transfer = make_transfer(debit=wallet, credit=world, amount_minor=PRICE_MINOR)
    post_transfers(turn=turn, now_ms=NOW_MS, transfers=[transfer])


def test_threads_that_check_and_spend_under_the_turn_spend_what_there_is_and_no_more() -> None:
    world, wallet = wallet_with(1_000)

    def attempt(number: int) -> bool:
        with one_turn() as turn:
            if available_minor(wallet) < PRICE_MINOR:
                return False
            spend(turn=turn, wallet=wallet, world=world)
            return True

    assert in_threads(attempt) == 142
    assert sums_of(wallet) == (994, 1_000, 0, 0)
    assert Transfer.objects.count() == 143
    assert accounts_that_disagree() == []


@pytest.fixture
def unguarded_wallet() -> Iterator[None]:
    """A wallet of 50 without a CHECK."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE unguarded_wallet (balance_minor bigint)")
        cursor.execute("INSERT INTO unguarded_wallet VALUES (50)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE unguarded_wallet")


def unguarded_balance_minor() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT balance_minor FROM unguarded_wallet")
        return int(cursor.fetchone()[0])


def spend_unguarded() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE unguarded_wallet SET balance_minor = balance_minor - %s", [PRICE_MINOR])


@pytest.mark.usefixtures("unguarded_wallet")
def test_the_turn_alone_guards_a_wallet_without_a_check() -> None:
    def attempt(number: int) -> bool:
        with one_turn():
            if unguarded_balance_minor() < PRICE_MINOR:
                return False
            spend_unguarded()
            return True

    assert in_threads(attempt) == 7
    assert unguarded_balance_minor() == 1


@pytest.mark.usefixtures("unguarded_wallet")
def test_without_the_turn_and_without_a_check_the_wallet_goes_below_zero() -> None:
    """The negative control: the harness sees the race. All threads check before the first one spends."""
    all_have_checked = Barrier(THREADS, timeout=60)

    def attempt(number: int) -> bool:
        with transaction.atomic():
            enough = unguarded_balance_minor() >= PRICE_MINOR
            if number == 0:
                all_have_checked.wait()
            if enough:
                spend_unguarded()
            return enough

    in_threads(attempt)
    assert unguarded_balance_minor() <= 50 - THREADS * PRICE_MINOR


def test_without_the_turn_the_database_still_refuses_to_go_below_zero() -> None:
    world, wallet = wallet_with(50)
    ended_turns = []
    for _ in range(THREADS):
        with one_turn() as turn:
            ended_turns.append(turn)
    all_have_checked = Barrier(THREADS, timeout=60)

    def attempt(number: int) -> bool:
        if number > 0:
            return False
        try:
            with transaction.atomic():
                assert available_minor(wallet) == 50
                all_have_checked.wait()
                spend(turn=ended_turns.pop(), wallet=wallet, world=world)
        except IntegrityError as refused:
            assert "inv_6_credit_account_not_below_zero" in str(refused)  # noqa: PT017
            return False
        return True

    assert in_threads(attempt) == 7
    assert sums_of(wallet) == (49, 50, 0, 0)
    assert accounts_that_disagree() == []
