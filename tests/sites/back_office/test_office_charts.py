"""Columns over time: where each stands and how high its parts are, to the tenth of a unit of the drawing."""

import re

from fairground.sites.back_office.money.columns import Column, column_chart
from fairground.sites.back_office.money_words import currency_text


def rects(drawn: str) -> list[tuple[str, ...]]:
    return re.findall(r'office-chart-part-(\d)" x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)"', drawn)


def test_parts_stand_on_each_other_from_the_floor_up_and_nothing_is_drawn_as_nothing() -> None:
    columns = [Column("11-09", "2.00", (100, 100)), Column("11-10", "0.00", (0, -5)), Column("11-11", "4.00", (0, 400))]

    drawn = column_chart(title="<Refunds>", columns=columns, amount=lambda minor: str(minor // 100))

    # Between 18 (a figure and what is beside it) and 456 each has 146, of which 105.1 are drawn; 186 are 400 high.
    assert rects(drawn) == [
        ("1", "38.4", "159.5", "105.1", "46.5"),
        ("2", "38.4", "113.0", "105.1", "46.5"),
        ("2", "330.4", "20.0", "105.1", "186.0"),
    ]
    assert re.findall(r">([^<>]+)</text>", drawn) == ["0", "2", "4", "11-09", "11-10", "11-11"]
    assert 'aria-label="&lt;Refunds&gt;"' in drawn
    assert re.findall(r"<title>([^<]+)</title>", drawn) == ["2.00", "0.00", "4.00"]


def test_of_many_columns_a_few_are_labelled_the_last_one_among_them() -> None:
    columns = [Column(f"11-{day:02}", "", (day,)) for day in range(1, 32)]

    drawn = column_chart(title="Refunds", columns=columns, amount=str)

    assert re.findall(r">(11-\d\d)</text>", drawn) == ["11-03", "11-10", "11-17", "11-24", "11-31"]
    assert len(rects(drawn)) == 31
    assert rects(column_chart(title="Refunds", columns=[], amount=str)) == []


def test_a_currency_has_its_name_beside_its_code() -> None:
    assert [currency_text(one) for one in ("EUR", "VND")] == ["EUR (Euro)", "VND (Vietnamese Dong)"]
