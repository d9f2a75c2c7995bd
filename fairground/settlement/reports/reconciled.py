"""A provider's books against ours, as the table that its files have."""

from collections.abc import Mapping

from fairground.kernel.money import Money
from fairground.payments.providers.provider import FileLine
from fairground.payments.reconciling import OurLine, Reconciliation, sums_of
from fairground.settlement.reports.tables import Cell, Table

_COLUMNS = ("what", "kind", "key", "payment")
_SIDE = ("ref", "at", "currency")


def reconciliation_table(found: Reconciliation, *, provider: str, payments: Mapping[str, int]) -> Table:
    """Return the sums of both sides, then what is to be booked and the differences, a row each.

    A side without a line has no time.

    `payments` has the ids of our payments by key.
    """
    rows: list[tuple[Cell, ...]] = [
        (
            "sum",
            one.kind.name.lower(),
            *(None, None),
            *(None, None, one.currency, Money(one.theirs_minor, one.currency)),
            *(None, None, one.currency, Money(one.ours_minor, one.currency)),
        )
        for one in sums_of(found)
    ]
    rows += [
        ("to_book", line.kind.name.lower(), line.key, None, *_side(line, line.currency), *_side(None, line.currency))
        for line in found.to_book
    ]
    for one in found.differences:
        line = one.theirs or one.ours
        assert line is not None, one
        payment_id = payments.get(line.key)
        rows.append(
            (
                one.what.name.lower(),
                line.kind.name.lower(),
                line.key,
                None if payment_id is None else str(payment_id),
                *_side(one.theirs, line.currency),
                *_side(one.ours, line.currency),
            )
        )
    theirs, ours = (tuple(f"{whose}_{name}" for name in _SIDE) for whose in ("theirs", "ours"))
    return Table(f"reconciliation-{provider}-{found.day}", (*_COLUMNS, *theirs, "theirs", *ours, "ours"), rows)


def _side(line: FileLine | OurLine | None, currency: str) -> tuple[Cell, ...]:
    if line is None:
        return None, None, None, Money(0, currency)
    return line.ref, line.at, line.currency, Money(line.amount_minor, line.currency)
