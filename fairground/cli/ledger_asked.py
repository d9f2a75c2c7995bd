"""How days, moments and hashes are written on the command line of `fairground ledger`."""

from datetime import UTC, date, datetime

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class DayHash(click.ParamType[tuple[date, str]]):
    """A day and its hash, as in 2026-11-11=5f0c….

    The hash is written whole: 64 hexadecimal digits.
    """

    name = "day=hash"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[date, str]:
        """Return both, or say how they are written."""
        day, _, known = str(value).partition("=")
        try:
            return date.fromisoformat(day), f"{int(known, 16):064x}"
        except ValueError:
            self.fail(f"{value!r} is no day and hash such as 2026-11-11=5f0c…", param, ctx)


class Day(click.ParamType[date]):
    """A day in UTC, as in 2026-11-11."""

    name = "day"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return it, or say how it is written."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no day such as 2026-11-11", param, ctx)


class Moment(click.ParamType[datetime]):
    """A day in UTC, or a moment with its zone; a day is its first moment."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return it aware, or say how it is written."""
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no moment such as 2026-11-11 or 2026-11-11T20:00+01:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
