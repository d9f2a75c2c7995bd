"""Cases as a table: what the back office's queue has, without a word that anybody wrote."""

from datetime import datetime

from fairground.aftersales.queries import STATES_OF_PARTS, QueuePart
from fairground.aftersales.rules import CaseReason, CaseState, Wish
from fairground.kernel.money import Money
from fairground.orders.rules import purchase_number
from fairground.settlement.reports.listed import EVER, Span, read_listed
from fairground.settlement.reports.tables import Cell, Table


def cases_listed(
    *,
    span: Span = EVER,
    part: QueuePart | None = None,
    due_before: datetime | None = None,
    merchant_id: int | None = None,
) -> Table:
    """Return cases that were opened in a span, a row each, the last first: all, or a part of the queue.

    `due_before` is what the part that is due is due before. Raises as `read_listed`.
    """
    assert (part is QueuePart.DUE) is (due_before is not None), (part, due_before)
    columns = ("case", "order", "opened_at", "due_at", "closed_at", "reason", "wish", "state", "market", "merchant")
    states = sorted(STATES_OF_PARTS[part] if part else CaseState)
    found = read_listed(
        "cases_listed", span, app="aftersales", states=states, merchant_id=merchant_id, due_before=due_before
    )
    rows: list[tuple[Cell, ...]] = [
        (
            f"{purchase_number(row[12], row[13])}-{row[11]}-{row[1]}",
            str(row[2]),
            *row[3:6],
            CaseReason(row[6]).name.lower(),
            Wish(row[7]).name.lower(),
            CaseState(row[8]).name.lower(),
            row[9],
            row[14],
            int(row[15]),
            row[10],
            Money(int(row[16]), row[10]),
        )
        for row in found
    ]
    return Table("cases", (*columns, "units", "currency", "paid"), rows)
