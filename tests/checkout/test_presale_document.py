"""The tables of docs/algorithms/presale.md, performed."""

from pathlib import Path

import pytest

from fairground.checkout.rules.presales import Failure, PresaleFacts, balance_due, deposit_due, deposit_end
from fairground.markets.rules import DepositMode

DOCUMENT = (Path(__file__).parents[2] / "docs/algorithms/presale.md").read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its head."""
    section = DOCUMENT.split(f"## {heading}")[1].split("\n## ")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


@pytest.mark.parametrize("row", rows("What is due"), ids=" ".join)
def test_what_is_due_comes_out_as_written(row: list[str]) -> None:
    units, price, deposit, worth, today, *expected = map(int, row)
    inflation = worth - deposit
    total = (price - inflation) * units
    presale = PresaleFacts(
        deposit_minor=deposit * units,
        mode=DepositMode.ADVANCE,
        balance_opens_at_ms=1,
        balance_closes_at_ms=2,
        deposited_at_ms=0,
        deal_id=1,
        goods_minor=price * units,
        discount_minor=inflation * units,
        shipping_minor=0,
        quantity=units,
        tax_rate_bps=0,
        tax_included=True,
        today_minor=today,
    )

    first, last = deposit_due(presale, total_minor=total), balance_due(presale, total_minor=total)

    assert [first.amount_minor, last.amount_minor, last.back_minor, last.total_minor] == expected
    assert first.amount_minor + last.amount_minor - last.back_minor == last.total_minor


def test_what_becomes_of_a_deposit_is_as_written() -> None:
    found = [
        [deposit_end(mode=mode, failure=failure).name.lower() for mode in DepositMode]
        for failure in (Failure.NOT_PAID, Failure.CANCELLED, Failure.MERCHANT)
    ]

    assert found == [row[2:] for row in rows("When a presale comes to nothing")]
