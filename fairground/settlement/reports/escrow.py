"""What lies in escrow for whom, since when, and how far its orders are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from fairground.ledger.rules import TransferOutcome
from fairground.orders.rules import Step
from fairground.settlement.reports.reading import read_rows
from fairground.settlement.reports.rules import AGE_DAYS, AGES


@dataclass(frozen=True, slots=True)
class EscrowPart:
    """What lies in an escrow of orders of one state and age; without a state it is of no order that is there."""

    state: Step | None
    age: int | None
    amount_minor: int
    orders: int


@dataclass(frozen=True, slots=True)
class EscrowAged:
    """A merchant's escrow in a currency: `balance_minor` is the account's row, the parts are sums of transfers."""

    merchant_id: int
    slug: str
    name: str
    currency: str
    balance_minor: int
    parts: tuple[EscrowPart, ...]

    @property
    def total_minor(self) -> int:
        """Return what the parts come to."""
        return sum(part.amount_minor for part in self.parts)

    @property
    def orders(self) -> int:
        """Return of how many orders it is."""
        return sum(part.orders for part in self.parts)

    @property
    def difference_minor(self) -> int:
        """Return by how much the account has more than its parts: 0 in sound books."""
        return self.balance_minor - self.total_minor

    @property
    def by_age_minor(self) -> tuple[int, ...]:
        """Return what lies there by `AGES`; what is of no paid order is in none."""
        return by_age_minor([self])

    @property
    def by_state_minor(self) -> Mapping[Step | None, int]:
        """Return what lies there by the state of its orders."""
        return by_state_minor([self])


def escrow_by_age(*, now: datetime) -> list[EscrowAged]:
    """Return every escrow in which something lies, by currency and merchant; days are counted since payment.

    Of a presale that is not paid in full the days count since its deposit.

    :raises ReportTooSlow: it took too long
    """
    first_days = [last + 1 for last in AGE_DAYS]
    asked = {"now": now, "first_days": first_days, "outcome_posted": TransferOutcome.POSTED.value}
    rows = read_rows("escrow_by_age", asked)
    return [
        _escrow(*key, tuple(_part(*row[5:]) for row in of_one if row[8]))
        for key, of_one in groupby(rows, key=lambda row: row[:5])
    ]


def _escrow(*facts: Any) -> EscrowAged:
    return EscrowAged(*facts)


def _part(state: int | None, age: int | None, amount_minor: int, orders: int) -> EscrowPart:
    return EscrowPart(Step(state) if state is not None else None, age, amount_minor, orders)


def by_age_minor(escrows: Sequence[EscrowAged]) -> tuple[int, ...]:
    """Return what lies in these escrows by `AGES`."""
    sums = [0] * len(AGES)
    for part in _parts(escrows):
        if part.age is not None:
            sums[part.age] += part.amount_minor
    return tuple(sums)


def by_state_minor(escrows: Sequence[EscrowAged]) -> dict[Step | None, int]:
    """Return what lies in these escrows by the state of its orders."""
    sums: dict[Step | None, int] = {}
    for part in _parts(escrows):
        sums[part.state] = sums.get(part.state, 0) + part.amount_minor
    return sums


def _parts(escrows: Sequence[EscrowAged]) -> list[EscrowPart]:
    return [part for one in escrows for part in one.parts]
