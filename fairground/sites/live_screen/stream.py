"""What the live screen is told twice a second."""

import time
from collections import Counter

from fairground.dashboard.minutes import ghost_per_second
from fairground.dashboard.models import TallyKind
from fairground.dashboard.queries import Figures, RunningFigures, current_festival, merchant_names
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.money import minor_digits
from fairground.sites.switches import Part, is_on

SECONDS_SHOWN = 120
COUNTRIES_SHOWN = 12
ARCS_SHOWN = 40
MERCHANTS_SHOWN = 8
# How often to look whether another festival is the current one now.
FESTIVAL_EVERY_S = 10.0


class LiveFigures:
    """The source of `/live/stream`. All amounts are in the festival's currency, at the rates pinned for it."""

    event = "figures"

    def __init__(self, *, realm: str) -> None:
        self._realm = realm
        self._running: RunningFigures | None = None
        self._names: dict[int, str] = {}
        self._ghost: dict[int, float] = {}
        self._looked_at = -FESTIVAL_EVERY_S
        self._last: dict[str, object] = {}

    def poll(self) -> object:
        """Return the whole state of the screen; an empty one while there is no festival.

        While the figures are turned off it is the last one, at its own moment, and `rests` says so.
        """
        now_ms = time.time_ns() // 1_000_000
        if is_on(Part.LIVE_SCREEN) or not self._last:
            self._last = self._read(now_ms)
            return self._last
        return {**self._last, "rests": True}

    def _read(self, now_ms: int) -> dict[str, object]:
        if time.monotonic() - self._looked_at >= FESTIVAL_EVERY_S:
            festival = current_festival(now_ms=now_ms)
            self._looked_at = time.monotonic()
            if festival is None:
                self._running = None
            elif self._running is None or self._running.festival != festival:
                self._running, self._ghost = RunningFigures(festival), ghost_per_second(festival=festival)
        if self._running is None:
            return {"realm": self._realm, "now": _moment(now_ms), "festival": None}
        self._running.catch_up()
        return self._state(self._running, now_ms)

    def _state(self, running: RunningFigures, now_ms: int) -> dict[str, object]:
        festival, placed = running.festival, running.by_kind[TallyKind.PLACED]
        countries = sorted(
            ((running.total_minor(sums.amount_minor), code, sums.orders) for code, sums in running.countries.items()),
            reverse=True,
        )
        seconds = range(now_ms // 1000 - SECONDS_SHOWN, now_ms // 1000 + 1)
        return {
            "realm": self._realm,
            "now": _moment(now_ms),
            "festival": {
                "slug": festival.slug,
                "names": festival.name,
                "opens_at": _moment(festival.opens_at_ms),
                "closes_at": _moment(festival.closes_at_ms),
                "zone": festival.zone,
            },
            "currency": festival.currency,
            "currency_digits": minor_digits(festival.currency),
            "placed": _figures(running, placed),
            "paid": _figures(running, running.by_kind[TallyKind.PAID]),
            "per_second": [[second, running.per_second[second]] for second in seconds if running.per_second[second]],
            "countries": [
                {"code": code, "orders": orders, "amount_minor": amount_minor}
                for amount_minor, code, orders in countries[:COUNTRIES_SHOWN]
            ],
            "arcs": [
                {"from": seller, "to": buyer, "orders": orders}
                for (seller, buyer), orders in running.arcs.most_common(ARCS_SHOWN)
            ],
            "merchants": self._merchants(running),
            "mobile_share_bps": running.mobile_orders * 10_000 // placed.orders if placed.orders else 0,
            "last_year_per_second": self._last_year(festival.opens_at_ms, seconds),
            "buyers_countries": len(running.countries),
        }

    def _last_year(self, opens_at_ms: int, seconds: range) -> list[list[float]]:
        """The seconds shown that had orders as long after the opening a year ago, as the mean of their minute."""
        first_minute = opens_at_ms // 60_000
        rates = [(second, self._ghost.get(second // 60 - first_minute, 0.0)) for second in seconds if self._ghost]
        return [[second, rate] for second, rate in rates if rate]

    def _merchants(self, running: RunningFigures) -> list[dict[str, object]]:
        totals = Counter({one: running.total_minor(amounts) for one, amounts in running.merchants.items()})
        top = totals.most_common(MERCHANTS_SHOWN)
        unnamed = [one for one, _ in top if one not in self._names]
        if unnamed:
            self._names |= merchant_names(unnamed)
        return [{"name": self._names.get(one, ""), "amount_minor": amount_minor} for one, amount_minor in top]


def _figures(running: RunningFigures, sums: Figures) -> dict[str, int]:
    amount_minor = running.total_minor(sums.amount_minor)
    return {"orders": sums.orders, "units": sums.units, "amount_minor": amount_minor}


def _moment(unix_ms: int) -> str:
    return from_unix_ms(unix_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
