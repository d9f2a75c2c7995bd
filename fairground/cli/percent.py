"""A percentage on the command line: what the tables keep as basis points."""

from decimal import Decimal, InvalidOperation

import click

from fairground.merchants.rules import COMMISSION_MAX_BPS


class Percent(click.ParamType[int]):
    """A percentage with up to two decimals, as basis points."""

    name = "percent"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return basis points, or say how a percentage is written."""
        try:
            bps = Decimal(str(value)) * 100
        except InvalidOperation:
            bps = Decimal("NaN")
        if not (bps.is_finite() and 0 <= bps <= COMMISSION_MAX_BPS and bps == bps.to_integral_value()):
            self.fail(f"{value!r} is no percentage such as 8.5, from 0 to 100 with two decimals", param, ctx)
        return int(bps)


class PercentOrNone(click.ParamType[int | None]):
    """A percentage, or `none`, which is None."""

    name = "percent"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        """Return basis points or None, or say how a percentage is written."""
        return None if value == "none" else PERCENT.convert(value, param, ctx)


PERCENT = Percent()
