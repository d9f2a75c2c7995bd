"""Some days with transfers, for tests of closing them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection

from fairground.ledger.actions import end_transfers, post_transfers
from fairground.ledger.closing import close_days
from fairground.ledger.rules import AccountKind, AccountState, TransferEnding, TransferOutcome
from tests.ledger.making import NOW_MS, make_account, make_transfer, one_turn

FIRST, SECOND, THIRD = date(2026, 11, 11), date(2026, 11, 12), date(2026, 11, 13)
DAY_MS = 86_400_000
OVER = datetime(2026, 11, 14, 3, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scene:
    """A provider that filled two wallets, and what was held on the first day and posted on the third."""

    provider: AccountState
    wallet: AccountState
    other: AccountState
    held_id: int
    last_id: int


def make_days(*, from_ms: int = NOW_MS) -> Scene:
    """Move money on the first and the third day, none on the second."""
    with one_turn(now_ms=from_ms) as turn:
        provider = make_account(turn=turn, address="provider:demo:clearing:EUR", kind=AccountKind.DEBIT_NORMAL)
        wallet = make_account(turn=turn, address="shopper:7:wallet:EUR", lane=3)
        other = make_account(turn=turn, address="shopper:8:wallet:EUR", lane=5)
        _, held_id = post_transfers(
            turn=turn,
            now_ms=from_ms,
            transfers=[
                make_transfer(debit=provider, credit=wallet, amount_minor=1_000),
                make_transfer(debit=wallet, credit=other, amount_minor=400, pending=True),
            ],
        )
    third_ms = from_ms + 2 * DAY_MS
    with one_turn(now_ms=third_ms) as turn:
        end_transfers(turn=turn, ends=[TransferEnding(held_id, TransferOutcome.POSTED)], now_ms=third_ms)
        [last_id] = post_transfers(
            turn=turn, now_ms=third_ms + 5, transfers=[make_transfer(debit=wallet, credit=other, amount_minor=50)]
        )
    return Scene(provider, wallet, other, held_id, last_id)


def close_all(*, until: date = THIRD, now: datetime = OVER) -> list[date]:
    """Close the days up to `until`, and return which ones were closed by that."""
    return [one.day for one in close_days(until=until, now=now)]


def move(scene: Scene, *, at: datetime, amount_minor: int = 1) -> int:
    """Move a little from the first wallet to the second at a moment, and return the transfer's id."""
    at_ms = round(at.timestamp() * 1000)
    with one_turn(now_ms=at_ms) as turn:
        transfer = make_transfer(debit=scene.wallet, credit=scene.other, amount_minor=amount_minor)
        [transfer_id] = post_transfers(turn=turn, now_ms=at_ms, transfers=[transfer])
    return transfer_id


def past_the_triggers(statement: str, *parameters: date | int | str) -> int:
    """Run a statement as somebody who got round every trigger; return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, parameters)
        touched = cursor.rowcount
        cursor.execute("RESET session_replication_role")
        return int(touched)


def later(days: int) -> datetime:
    """Return a moment so many days after the first day's beginning, at noon."""
    return datetime(2026, 11, 11, 12, tzinfo=UTC) + timedelta(days=days)
