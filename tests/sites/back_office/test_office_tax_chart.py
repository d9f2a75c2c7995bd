"""Tax by market, drawn in euro."""

import re

from fairground.settlement.reports.taxes import TaxRow, TaxSum
from fairground.sites.back_office.money.tax_chart import tax_chart


def tax_sum(market: str, currency: str, *, tax_minor: int, duty_tax_minor: int = 0) -> TaxSum:
    row = TaxRow(market, currency, market, 1_000, True, 0, tax_minor, 0, 0, 0, 0, 0, duty_tax_minor)
    return TaxSum(market, currency, (row,))


def parts_of(chart: object) -> list[str]:
    return re.findall(r"office-chart-part office-chart-part-(\d)", str(chart))


def test_markets_stand_side_by_side_in_euro_at_the_rates_that_come_with_the_program(db: None) -> None:
    sums = [tax_sum("EU", "EUR", tax_minor=1_900, duty_tax_minor=57), tax_sum("JP", "JPY", tax_minor=3_740)]

    found = tax_chart(sums)

    assert parts_of(found["chart"]) == ["1", "2", "1"]
    assert re.findall(r"<title>([^<]+)</title>", str(found["chart"])) == ["EU, EUR: 19.57 EUR", "JP, JPY: 20.00 EUR"]
    assert found["chart_rows"] == [
        ("EU", ["19.00 EUR", "0.57 EUR"], "19.57 EUR"),
        ("JP", ["3,740 JPY", "0 JPY"], "20.00 EUR"),
    ]
    assert found["not_drawn"] == ""


def test_a_market_whose_currency_has_no_rate_is_named_and_not_drawn(db: None) -> None:
    sums = [tax_sum("EU", "EUR", tax_minor=1_900), tax_sum("XX", "XXX", tax_minor=1)]

    found = tax_chart(sums)

    assert (parts_of(found["chart"]), found["not_drawn"]) == (["1"], "XXX")


def test_every_market_has_its_label(db: None) -> None:
    codes = [chr(ord("A") + number) * 2 for number in range(14)]

    chart = str(tax_chart([tax_sum(code, "EUR", tax_minor=100) for code in codes])["chart"])

    assert re.findall(r">([A-N]{2})</text>", chart) == codes


def test_one_market_alone_or_no_tax_is_not_drawn(db: None) -> None:
    assert tax_chart([tax_sum("EU", "EUR", tax_minor=1_900)]) == {"chart": None}
    assert tax_chart([tax_sum("EU", "EUR", tax_minor=0), tax_sum("GB", "GBP", tax_minor=-5)]) == {"chart": None}
    assert tax_chart([]) == {"chart": None}
