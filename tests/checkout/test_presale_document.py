"""The tables of docs/algorithms/presale.md, performed."""

from pathlib import Path

import pytest

from fairground.checkout.rules.presales import (
    Failure,
    PresaleFacts,
    PresaleTerms,
    balance_due,
    deposit_due,
    deposit_end,
)
from fairground.markets.rules import DepositMode
from fairground.promotions.rules.pricing import price_lines
from fairground.promotions.rules.terms import (
    DiscountStep,
    Packet,
    PricedLine,
    Promotion,
    PromotionKind,
    make_book,
)

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


@pytest.mark.parametrize("row", rows("Discounts"), ids=" ".join)
def test_discounts_come_out_as_written(row: list[str]) -> None:
    units, price, deposit, worth, threshold, gives, packet, law, *expected = map(int, row)
    counts, given, of_packet, today, *due = expected
    inflation = worth - deposit
    terms = PresaleTerms(deposit, inflation, DepositMode.EARNEST, law * 100, 1, 2)
    off = Promotion(
        1,
        DiscountStep.CROSS_SHOP,
        PromotionKind.AMOUNT_OFF,
        0,
        1,
        threshold_minor=threshold,
        off_minor=gives,
        repeats=True,
    )
    line = PricedLine(1, 1, units, price - inflation, kept_minor=terms.kept_minor(units))

    quote = price_lines([line], book=make_book([off]), now_ms=0, packets=[Packet(1, packet)] if packet else ())

    assert (quote.goods_minor, quote.used.get(1, 0), quote.packets.get(1, 0)) == (counts, given, of_packet)
    discount = quote.discount_minor
    presale = PresaleFacts(
        deposit_minor=deposit * units,
        mode=DepositMode.EARNEST,
        balance_opens_at_ms=1,
        balance_closes_at_ms=2,
        deposited_at_ms=0,
        deal_id=1,
        goods_minor=price * units,
        discount_minor=inflation * units + discount,
        given_minor=discount,
        platform_minor=discount,
        shipping_minor=0,
        quantity=units,
        tax_rate_bps=0,
        tax_included=True,
        today_minor=today,
    )
    total = quote.payable_minor
    first, last = deposit_due(presale, total_minor=total), balance_due(presale, total_minor=total)
    assert [first.amount_minor, last.amount_minor, last.back_minor, last.total_minor] == due


def test_what_becomes_of_a_deposit_is_as_written() -> None:
    found = [
        [deposit_end(mode=mode, failure=failure).name.lower() for mode in DepositMode]
        for failure in (Failure.NOT_PAID, Failure.CANCELLED, Failure.MERCHANT)
    ]

    assert found == [row[2:] for row in rows("When a presale comes to nothing")]
