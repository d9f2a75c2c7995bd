"""The tax of a period by market as a chart, in euro, so that markets with other currencies stand side by side."""

from collections.abc import Sequence

from django.utils.translation import gettext

from fairground.kernel.money import Rounding
from fairground.markets.conversion import convert_minor
from fairground.markets.queries import reference_rates
from fairground.markets.rules import ReferenceRates
from fairground.settlement.reports.taxes import TaxSum
from fairground.sites.back_office.money.columns import Column, column_chart, whole_text
from fairground.sites.back_office.money_words import currency_text
from fairground.sites.back_office.promotion_words import amount_text

# A column for each currency that markets have: so many codes of two letters fit below their columns.
MARKETS_LABELLED_MAX = 16
_EURO = "EUR"
_PARTS = ("tax_left_minor", "duty_tax_left_minor")


def tax_chart(sums: Sequence[TaxSum]) -> dict[str, object]:
    """Return the chart of what tax is left in each market, its words and table, and which currency has no rate.

    Nothing of it where no market has any tax, or only one market is asked for: its own table says more.
    """
    rates = reference_rates()
    known = [one for one in sums if one.currency in rates.per_euro]
    euros = [(one, _euros(one, rates)) for one in known]
    is_one = all(one.market == sums[0].market for one in sums)
    if is_one or not any(part > 0 for _, parts in euros for part in parts):
        return {"chart": None}
    title = gettext("Tax left by market, in %(currency)s") % {"currency": currency_text(_EURO)}
    columns = [
        Column(one.market, f"{one.market}, {one.currency}: {amount_text(sum(parts), _EURO)}", parts)
        for one, parts in euros
    ]
    return {
        "chart": column_chart(
            title=title,
            columns=columns,
            amount=lambda minor: whole_text(minor, _EURO),
            labels_max=MARKETS_LABELLED_MAX,
        ),
        "chart_title": title,
        "legend": [(1, gettext("Tax")), (2, gettext("Tax on duties"))],
        "chart_rows": [
            (
                one.market,
                [amount_text(one.sum_minor(name), one.currency) for name in _PARTS],
                amount_text(sum(parts), _EURO),
            )
            for one, parts in euros
        ],
        "not_drawn": ", ".join(sorted({one.currency for one in sums} - {one.currency for one in known})),
    }


def _euros(one: TaxSum, rates: ReferenceRates) -> tuple[int, ...]:
    rate = rates.between(source=one.currency, target=_EURO)
    return tuple(
        convert_minor(one.sum_minor(name), source=one.currency, target=_EURO, rate=rate, rounding=Rounding.HALF_UP)
        for name in _PARTS
    )
