"""Whatever moves, whenever days are closed: sums at a day's end are those of plain arithmetic, and all verifies."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairground.kernel.clock import from_unix_ms
from fairground.kernel.models import Writer
from fairground.ledger.actions import end_transfers, post_transfers
from fairground.ledger.closed_days import closed_days
from fairground.ledger.closing import close_days, last_day_over
from fairground.ledger.queries import statement, sums_at_day
from fairground.ledger.rules import AccountKind, AccountState, TransferEnding, TransferOutcome
from fairground.ledger.verification import verify_ledger
from tests.ledger.days_making import past_the_triggers
from tests.ledger.making import NOW_MS, make_account, make_transfer, one_turn

STEPS = st.lists(
    st.tuples(
        st.integers(0, 50),  # hours until it happens
        st.sampled_from(["post", "hold", "end", "close"]),
        st.integers(1, 1_000),
        st.sampled_from(TransferOutcome),
    ),
    min_size=1,
    max_size=14,
)
TABLES = "ledger_daybalance, ledger_day, ledger_dayseal, ledger_transferend, ledger_transfer, ledger_account"


@dataclass
class Books:
    """Two accounts, what is held between them, and their sums at each moment something changed."""

    left: AccountState
    right: AccountState
    held: list[tuple[int, int]] = field(default_factory=list)
    # Of the left account debited and of the right one credited: posted, then pending.
    posted: int = 0
    pending: int = 0
    after: list[tuple[datetime, int, int]] = field(default_factory=list)

    def move(self, at_ms: int, what: str, amount_minor: int, outcome: TransferOutcome) -> None:
        """Do one step, in the ledger and in plain arithmetic."""
        with one_turn(now_ms=at_ms) as turn:
            if what == "end":
                if not self.held:
                    return
                transfer_id, amount_minor = self.held.pop(0)
                end_transfers(turn=turn, ends=[TransferEnding(transfer_id, outcome)], now_ms=at_ms)
                self.pending -= amount_minor
                self.posted += amount_minor if outcome == TransferOutcome.POSTED else 0
            else:
                transfer = make_transfer(
                    debit=self.left, credit=self.right, amount_minor=amount_minor, pending=what == "hold"
                )
                [transfer_id] = post_transfers(turn=turn, transfers=[transfer], now_ms=at_ms)
                if what == "hold":
                    self.held.append((transfer_id, amount_minor))
                    self.pending += amount_minor
                else:
                    self.posted += amount_minor
        self.after.append((from_unix_ms(at_ms), self.posted, self.pending))

    def at_end_of(self, day: date) -> tuple[int, int]:
        """Return what was posted and pending when the day was over."""
        before = [(posted, pending) for at, posted, pending in self.after if at.date() <= day]
        return before[-1] if before else (0, 0)


@pytest.mark.django_db(transaction=True)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_closing_says_what_plain_arithmetic_says(steps: list[tuple[int, str, int, TransferOutcome]]) -> None:
    past_the_triggers(f"TRUNCATE {TABLES}")
    Writer.objects.all().delete()
    with one_turn() as turn:
        left = make_account(turn=turn, address="left", kind=AccountKind.FREE)
        right = make_account(turn=turn, address="right", kind=AccountKind.FREE, lane=7)
    books, at_ms = Books(left, right), NOW_MS
    for hours, what, amount_minor, outcome in steps:
        at_ms += hours * 3_600_000 + 1
        if what == "close":
            now = from_unix_ms(at_ms)
            close_days(until=last_day_over(now=now), now=now)
        else:
            books.move(at_ms, what, amount_minor, outcome)

    end = from_unix_ms(at_ms) + timedelta(days=2)
    moments = sorted({from_unix_ms(NOW_MS), *(at for at, _, _ in books.after), end})
    before = [statement(lane=7, address="right", opens_at=at, closes_at=end) for at in moments]
    close_days(until=last_day_over(now=end), now=end)

    for one in closed_days():
        posted, pending = books.at_end_of(one.day)
        sums = sums_at_day(day=one.day, account_ids=[left.id, right.id])
        assert sums.get(left.id, (0, 0, 0, 0)) == (posted, 0, pending, 0)
        assert sums.get(right.id, (0, 0, 0, 0)) == (0, posted, 0, pending)
    assert [statement(lane=7, address="right", opens_at=at, closes_at=end) for at in moments] == before
    assert verify_ledger().told == []
    assert bool(closed_days()) == bool(books.after)
    assert not books.after or closed_days()[-1].day == last_day_over(now=end)
