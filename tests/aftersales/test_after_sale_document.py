"""The tables of docs/algorithms/after-sale.md, performed."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from fairground.aftersales.deadlines import CaseDays, due_after
from fairground.aftersales.rules import TRANSITIONS, CaseReason, CaseState, asked_until, plans_back
from fairground.checkout.rules.refunding import LineSold
from fairground.fulfilment.rules import withdrawal_ends_at
from fairground.orders.rules import RefundReason
from fairground.promotions.rules.refunding import SoldLine
from fairground.promotions.rules.terms import Discount, DiscountStep
from tests.books import units_of
from tests.cases import accept, again, ask, confirm, exchange, lose, make_variant, receive, send_other, ship
from tests.factories import NOW, make_market
from tests.refunding import make_scene

DOCUMENT = (Path(__file__).parents[2] / "docs/algorithms/after-sale.md").read_text("utf-8")


def rows(heading: str, table: int = 0) -> list[list[str]]:
    """Return the cells of a table below a heading, without its head."""
    section = DOCUMENT.split(f"## {heading}")[1].split("\n## ")[0]
    section = [part for part in section.split("\n\n") if part.startswith("|")][table]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def numbers(heading: str) -> list[list[int]]:
    """Return the same where all cells are numbers."""
    return [[int(cell) for cell in row] for row in rows(heading)]


def test_states_follow_each_other_as_written() -> None:
    written = {CaseState[state.upper()]: (days, then) for state, _, days, _, then in rows("States")}

    assert set(written) == {state for state, then in TRANSITIONS.items() if then}
    for state, (days, then) in written.items():
        assert due_after(state, now=NOW, days=CaseDays()) == NOW + timedelta(days=int(days))
        assert {CaseState[one.strip().upper()] for one in then.split(",")} == TRANSITIONS[state]


@pytest.mark.parametrize("row", rows("Until when"), ids=str)
def test_it_is_asked_as_long_as_written(row: list[str]) -> None:
    reason, days = CaseReason[row[0].upper()], int(row[1])
    until = NOW + timedelta(days=days)
    if reason is CaseReason.CHANGED_MIND:
        until = withdrawal_ends_at(delivered_at=NOW, days=days, zone="Europe/Madrid")

    assert asked_until(reason, delivered_at=NOW, days=14, zone="Europe/Madrid", claim_days=CaseDays().claim) == until


@pytest.mark.parametrize("row", numbers("What is paid"), ids=str)
def test_money_goes_back_as_written(row: list[int]) -> None:
    units, sellable, as_new, others, together = row
    given = (Discount(DiscountStep.MERCHANT_DISCOUNT, "promotion:1", "merchant:1", 701),)
    line = LineSold(1, 1, 1, 1, None, SoldLine(4, 999, given, tax_minor=477))

    plans = plans_back(line, units=units, sellable=sellable, reason=RefundReason.FAULTY)

    paid = {plan.restocked: plan.paid_minor for plan in plans}
    assert (paid.get(True, 0), paid.get(False, 0), sum(paid.values())) == (as_new, others, together)


@pytest.mark.parametrize("row", numbers("What is held"), ids=str)
def test_what_is_held_is_not_free_as_written(row: list[int]) -> None:
    units, refunded, held, free = row
    line = LineSold(1, 1, 1, 1, None, SoldLine(units, 999), refunded_units=refunded, held_units=held)

    assert line.kept_units - line.held_units == free


@pytest.mark.usefixtures("lone_writer")
def test_stock_moves_in_an_exchange_as_written() -> None:
    make_market()
    scene = make_scene()
    ship(scene.lamps)
    other = make_variant(scene.lamp)
    found = {}

    def note(step: str) -> None:
        there = units_of(other.stock_id)
        # The scene's purchase has two lamps, of which one is asked about.
        found[step] = [units_of(scene.lamp.stock_id).sold - 1, there.reserved, there.sold]

    case_id = ask(scene, scene.lamps, 1, swap_sku_id=other.id).case_id
    note("opened")
    accept(case_id)
    note("accepted")
    receive(case_id, 1, sellable=1)
    note("received")
    send_other(case_id)
    note("sent")
    confirm(scene, case_id)
    note("arrived")

    assert found == {step: [int(cell) for cell in cells] for step, *cells in rows("Exchange", 0)}


@pytest.mark.usefixtures("lone_writer")
def test_stock_moves_as_written_where_a_replacement_is_lost() -> None:
    make_market()
    scene = make_scene()
    ship(scene.lamps)
    other = make_variant(scene.lamp, units=2)
    case_id = exchange(scene, scene.lamps, 1, swap_sku_id=other.id)
    steps: dict[str, Callable[[int], object]] = {
        "sent": lambda number: send_other(case_id, tracking=f"R{number}"),
        "lost": lambda _: lose(case_id),
        "again": lambda _: again(case_id),
    }

    for number, (step, *cells) in enumerate(rows("Exchange", 1)):
        steps[step](number)

        there = units_of(other.stock_id)
        assert [str(there.reserved), str(there.sold)] == cells, (number, step)
