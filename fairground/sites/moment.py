"""What changes seldom and every page asks for: read once a second at most."""

import time
from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

KEPT_FOR_S = 1.0
KEPT_MAX = 64
_FORGET: list[Callable[[], None]] = []


class ForAMoment(Generic[Parameters, Result]):
    """A query whose answers are kept for a second, each by its arguments.

    For few answers that are small: the festival, its halls, the markets. Two threads may ask at once: no harm is done.
    """

    def __init__(self, read: Callable[Parameters, Result]) -> None:
        self._read = read
        self._kept: dict[tuple[object, ...], tuple[float, Result]] = {}
        _FORGET.append(self._kept.clear)

    def __call__(self, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        """Return what the query answered within the last second, or ask it."""
        key = (*args, *sorted(kwargs.items()))
        found = self._kept.get(key)
        if found is None or found[0] <= time.monotonic():
            if len(self._kept) >= KEPT_MAX:
                self._kept.clear()
            found = self._kept[key] = (time.monotonic() + KEPT_FOR_S, self._read(*args, **kwargs))
        return found[1]


def forget_everything() -> None:
    """Let every query be asked anew: a test has changed what there is."""
    for forget in _FORGET:
        forget()
