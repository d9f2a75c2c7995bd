"""Hot statements live in `sql/*.sql` beside their app; the first line is a sentence, then what it locks."""

from collections.abc import Iterable
from functools import cache
from importlib import resources


@cache
def load_sql(app: str, name: str) -> str:
    """Return the text of `fairground/<app>/sql/<name>.sql`."""
    return resources.files(f"fairground.{app}").joinpath("sql", f"{name}.sql").read_text("utf-8")


def array_text(values: Iterable[int | str]) -> str:
    """Return numbers or plain words as an array's text, for a parameter that is cast: a seventh of a list's time."""
    return "{" + ",".join(map(str, values)) + "}"
