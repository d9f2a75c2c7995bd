"""The statement of an address, whichever lanes it lies in: some have a slice a lane, and are one to a reader."""

from dataclasses import replace
from datetime import datetime

from fairground.kernel.ids import LANES
from fairground.kernel.refusal import Refusal
from fairground.ledger.queries import Statement, StatementLine, statements


class NoSuchAddress(Refusal):
    """No account was ever opened at this address, in any lane."""


def statement_of_address(*, address: str, opens_at: datetime, closes_at: datetime) -> tuple[Statement, int]:
    """Return one statement of all accounts at an address, in the order of moments, and how many accounts those are.

    Its lane is that of the first. What went from one slice to another is there twice, once a side.

    :raises NoSuchAddress: there is none
    :raises StatementsTooSlow: as `statements`
    """
    places = [(lane, address) for lane in range(LANES)]
    slices = statements(addresses=places, opens_at=opens_at, closes_at=closes_at)
    if not slices:
        raise NoSuchAddress(address=address)
    if len(slices) == 1:
        return slices[0], 1
    # Each line with what it adds to its own slice, on the account's normal side: slices are all of one kind.
    steps: list[tuple[StatementLine, int]] = []
    for one in slices:
        before = one.opening_balance_minor
        for line in one.lines:
            steps.append((line, line.balance_minor - before))
            before = line.balance_minor
    steps.sort(key=lambda step: (step[0].at, step[0].transfer_id))
    balance = opening = sum(one.opening_balance_minor for one in slices)
    lines = []
    for line, added in steps:
        balance += added
        lines.append(replace(line, balance_minor=balance))
    whole = replace(slices[0], opening_balance_minor=opening, lines=tuple(lines), closing_balance_minor=balance)
    return whole, len(slices)
