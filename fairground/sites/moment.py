"""What changes seldom and every page asks for: read once a second at most, or when it has changed."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

KEPT_FOR_S = 1.0
KEPT_MAX = 64
# A query of a third of a second, asked in every market of fourteen, then takes a quarter of a core at most.
USED_TIMES = 50
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


class UntilChanged(Generic[Parameters, Result]):
    """A slow query whose answers are kept while `version` answers the same, each by its arguments.

    Where that keeps changing, as in an import, an answer is used for `USED_TIMES` as long as it took. One thread at a
    time asks; the others go on with the answer that they have, or wait where they have none.
    """

    def __init__(
        self, read: Callable[Parameters, Result], *, version: Callable[[], object], kept_max: int = KEPT_MAX
    ) -> None:
        self._read = read
        self._version = version
        self._kept_max = kept_max
        self._kept: dict[tuple[object, ...], _Kept[Result]] = {}
        self._reading = threading.Lock()
        _FORGET.append(self._kept.clear)

    def __call__(self, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        """Return what the query answered, asked anew where it would answer otherwise by now."""
        key = (*args, *sorted(kwargs.items()))
        found = self._kept.get(key)
        if found is not None and self._is_fresh(found):
            return found.result
        if not self._reading.acquire(blocking=found is None):
            assert found is not None, "who has no answer waits for one"
            return found.result
        try:
            found = self._kept.get(key)
            if found is None or not self._is_fresh(found):
                if len(self._kept) >= self._kept_max:
                    self._kept.clear()
                # The version first: what changes while the query runs is then seen as changed.
                version, asked_at = self._version(), time.monotonic()
                result, answered_at = self._read(*args, **kwargs), time.monotonic()
                until = answered_at + USED_TIMES * (answered_at - asked_at)
                found = self._kept[key] = _Kept(result, version, until)
        finally:
            self._reading.release()
        return found.result

    def _is_fresh(self, kept: "_Kept[Result]") -> bool:
        return time.monotonic() < kept.used_until or kept.version == self._version()


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Result]):
    result: Result
    version: object
    used_until: float


def forget_with(forget: Callable[[], None]) -> None:
    """Let `forget` be called too when everything is to be forgotten."""
    _FORGET.append(forget)


def forget_everything() -> None:
    """Let every query be asked anew: a test has changed what there is."""
    for forget in _FORGET:
        forget()
