"""The live figures of a festival: sums of tallies, read a little at a time, equal to the orders to the minor unit."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min, Q

from fairground.dashboard.models import TallyKind
from fairground.festivals.models import Festival
from fairground.festivals.phase_plan import PhaseKind
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.models import Writer
from fairground.kernel.money import Rounding, minor_digits, scale_minor
from fairground.kernel.sql import array_text, load_sql
from fairground.merchants.models import Merchant
from fairground.orders.models import Device


@dataclass(slots=True)
class Figures:
    """What orders of one kind add up to; amounts by currency, so that nothing is lost by converting."""

    orders: int = 0
    units: int = 0
    amount_minor: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class FestivalFacts:
    """What the figures are figures of. Rates lead from minor units to the festival's: (numerator, denominator).

    `previous` is the festival that it was cloned from, with which it is compared. `own_sales` are the Unix milliseconds
    in which markets open and close that have a sale of their own.
    """

    slug: str
    name: dict[str, str]
    zone: str
    currency: str
    opens_at_ms: int
    closes_at_ms: int
    rates: dict[str, tuple[int, int]]
    previous: str | None = None
    own_sales: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def in_market(self, market: str) -> "FestivalFacts":
        """Return the festival as it opens and closes in a market."""
        if market not in self.own_sales:
            return self
        opens_at_ms, closes_at_ms = self.own_sales[market]
        return replace(self, opens_at_ms=opens_at_ms, closes_at_ms=closes_at_ms)


def current_festival(*, now_ms: int) -> FestivalFacts | None:
    """Return the festival that is open, else what is announced, else one that is not wholly over; else the next one.

    It is open as long as it is in any market. Where there are only past ones it is the last of them, and None where
    there is none at all. Of several it is the one that opens, or opened, nearest to now. So next year's may be made
    before this one's after-sale is over.
    """
    sales_end = Max("phases__ends_at", filter=Q(phases__kind=PhaseKind.SALE))
    found = Festival.objects.annotate(first=Min("phases__starts_at"), last=Max("phases__ends_at"), sales_end=sales_end)
    ordered = sorted(found, key=lambda one: (_rank(one, now_ms), abs(to_unix_ms(one.opens_at) - now_ms)))
    return _facts(ordered[0]) if ordered else None


def _rank(festival: Any, now_ms: int) -> int:
    """Open, announced, in what comes after the sale, not announced yet, over."""
    opens_ms, closes_ms = to_unix_ms(festival.opens_at), to_unix_ms(festival.sales_end or festival.closes_at)
    first_ms = to_unix_ms(festival.first) if festival.first else opens_ms
    last_ms = to_unix_ms(festival.last) if festival.last else closes_ms
    edges = ((opens_ms, closes_ms), (first_ms, opens_ms), (closes_ms, last_ms), (now_ms, first_ms))
    return next((rank for rank, (starts, ends) in enumerate(edges) if starts <= now_ms < ends), len(edges))


def festival_facts(*, slug: str) -> FestivalFacts | None:
    """Return a festival by its slug; None where there is none."""
    found = Festival.objects.filter(slug=slug).first()
    return _facts(found) if found else None


def _facts(festival: Festival) -> FestivalFacts:
    own = festival.phases.filter(kind=PhaseKind.SALE, market__isnull=False)
    return FestivalFacts(
        slug=festival.slug,
        name=festival.name,
        zone=festival.zone,
        currency=festival.currency,
        opens_at_ms=to_unix_ms(festival.opens_at),
        closes_at_ms=to_unix_ms(festival.closes_at),
        rates={
            rate.currency: _minor_rate(rate.currency, rate.numerator, rate.denominator, festival.currency)
            for rate in festival.rates.all()
        },
        previous=festival.previous_id,
        own_sales={
            market: (to_unix_ms(starts_at), to_unix_ms(ends_at))
            for market, starts_at, ends_at in own.values_list("market_id", "starts_at", "ends_at")
        },
    )


def _minor_rate(source: str, numerator: int, denominator: int, target: str) -> tuple[int, int]:
    """The pinned rate is between whole units; between minor units the currencies' decimals come in."""
    shift = minor_digits(target) - minor_digits(source)
    return (numerator * 10**shift, denominator) if shift >= 0 else (numerator, denominator * 10**-shift)


def in_festivals_currency(amounts: Mapping[str, int], *, festival: FestivalFacts) -> int:
    """Return minor units of several currencies in the festival's, at its pinned rates; each currency rounds once.

    What has no rate (`currencies_without_rate`) is left out.
    """
    total = 0
    for currency, amount_minor in amounts.items():
        if currency == festival.currency:
            total += amount_minor
        elif currency in festival.rates:
            total += scale_minor(amount_minor, *festival.rates[currency], Rounding.HALF_EVEN)
    return total


def currencies_without_rate(amounts: Mapping[str, int], *, festival: FestivalFacts) -> list[str]:
    """Return the currencies of amounts that no total holds: a market that came after the festival has no rate."""
    known = {festival.currency, *festival.rates}
    return sorted(currency for currency, amount_minor in amounts.items() if amount_minor and currency not in known)


class RunningFigures:
    """The figures of one festival, kept up to date by reading only what batches wrote since the last look.

    One a process, used by one thread. It can be lost at any time: a new one reads everything once.
    """

    def __init__(self, festival: FestivalFacts) -> None:
        self.festival = festival
        self.by_kind: dict[TallyKind, Figures] = {kind: Figures() for kind in TallyKind}
        self.per_second: Counter[int] = Counter()
        self.countries: dict[str, Figures] = defaultdict(Figures)
        self.arcs: Counter[tuple[str, str]] = Counter()
        self.merchants: dict[int, Counter[str]] = defaultdict(Counter)
        self.mobile_orders = 0
        self._seqs: dict[int, int] = {}

    def catch_up(self) -> None:
        """Add what was committed since the last call."""
        if not self._seqs:
            self._seqs = dict.fromkeys(Writer.objects.values_list("lane_from", flat=True), 0)
        asked: dict[str, str | int] = {
            "lanes": array_text(self._seqs),
            "seqs": array_text(self._seqs.values()),
            "since": self.festival.opens_at_ms // 1000,
        }
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute(load_sql("dashboard", "new_tallies"), asked)
            tallies = cursor.fetchall()
            cursor.execute(load_sql("dashboard", "new_merchant_tallies"), asked)
            merchant_tallies = cursor.fetchall()
            cursor.execute("SELECT lane_from, batch_seq FROM kernel_writer")
            marks = dict(cursor.fetchall())
        for row in tallies:
            self._add(*row[2:])
        for _, _, merchant_id, currency, kind, amount_minor in merchant_tallies:
            if kind == TallyKind.PLACED:
                self.merchants[merchant_id][currency] += int(amount_minor)
        self._seqs = marks

    def _add(
        self,
        kind: int,
        currency: str,
        buyer_country: str,
        merchant_country: str,
        device: int,
        second: int,
        orders: int,
        units: int,
        amount_minor: int,
    ) -> None:
        orders, units, amount_minor = int(orders), int(units), int(amount_minor)
        sums = [self.by_kind[TallyKind(kind)]]
        if kind == TallyKind.PLACED:
            sums.append(self.countries[buyer_country])
            self.arcs[merchant_country, buyer_country] += orders
            self.per_second[second] += orders
            self.mobile_orders += orders if device == Device.MOBILE else 0
        for one in sums:
            one.orders += orders
            one.units += units
            one.amount_minor[currency] += amount_minor

    def total_minor(self, amounts: Counter[str]) -> int:
        """Return amounts of several currencies in the festival's, at its pinned rates; each currency rounds once."""
        return in_festivals_currency(amounts, festival=self.festival)


def merchant_names(ids: list[int]) -> dict[int, str]:
    """Return the names of merchants by id."""
    return dict(Merchant.objects.filter(id__in=ids).values_list("id", "name"))
