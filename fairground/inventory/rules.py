"""What is given for sale, what it costs at a moment, and what an import did, before and after it has ids."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fairground.catalog.rules import PassedOver
from fairground.festivals.guard import Finding

# As many rows passed over, or held, are kept as a person would read, so that a bad file can't fill memory; all are
# counted.
PASSED_OVER_KEPT_MAX = 1_000
PLACE_CITY_LENGTH_MAX = 80


@dataclass(frozen=True, slots=True)
class StockLine:
    """All units of a SKU that a place was ever given; where they are not `stated`, what it starts with."""

    sku_id: int
    lane: int
    place_id: int
    units: int
    stated: bool


@dataclass(frozen=True, slots=True)
class FrozenDeals:
    """How many deals got a stock row of their own, and the units in them."""

    deals: int
    units: int


@dataclass(frozen=True, slots=True)
class DealRun:
    """A deal on a SKU in a market: its price, from when until when, and the units that are left of it.

    `prior_minor` is the lowest price of the thirty days before it; None where nobody compares.
    """

    price_minor: int
    opens_at: datetime
    closes_at: datetime
    units_left: int
    prior_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """What one unit costs at a moment. `prior_minor` and `until` are None unless it is the price of an open deal."""

    price_minor: int
    prior_minor: int | None
    until: datetime | None
    in_stock: bool


def asking_price(*, usual_minor: int, units_left: int, deal: DealRun | None, now: datetime) -> Asking:
    """Return what can be bought at `now`: the deal's units while it is open, has some and is not dearer, else others.

    `prior_minor` of the answer is a price that was true before, so it is there only where the deal is below it.
    """
    if deal and deal.opens_at <= now < deal.closes_at and deal.units_left > 0 and deal.price_minor <= usual_minor:
        prior_minor = usual_minor if deal.prior_minor is None else deal.prior_minor
        before = prior_minor if deal.price_minor < prior_minor else None
        return Asking(deal.price_minor, before, deal.closes_at, in_stock=True)
    return Asking(usual_minor, None, None, in_stock=units_left > 0)


@dataclass(frozen=True, slots=True)
class HeldDeal:
    """A deal of a catalogue that waits to be decided: the merchant, its SKU by its own id, and what was found.

    Nothing was where the merchant does not take part in the festival.
    """

    merchant: str
    sku: str
    findings: Sequence[Finding]


@dataclass(slots=True)
class ImportReport:
    """What an import read and wrote. `…_changed` count rows that were there and differed.

    `deals_held` wait to be decided, as the price guard found something in them; `held` says what.
    Of `places_unstated`, from which goods are sent, nobody stated the country, so customs asks nothing of them.
    """

    products: int = 0
    skus: int = 0
    products_new: int = 0
    products_changed: int = 0
    skus_new: int = 0
    skus_changed: int = 0
    prices_written: int = 0
    stock_rows_written: int = 0
    places_unstated: int = 0
    deals_declared: int = 0
    deals_held: int = 0
    held: list[HeldDeal] = field(default_factory=list)
    passed_over_count: int = 0
    passed_over: list[PassedOver] = field(default_factory=list)

    def pass_over(self, row: PassedOver) -> None:
        """Count `row`, and keep it while there is room."""
        self.passed_over_count += 1
        if len(self.passed_over) < PASSED_OVER_KEPT_MAX:
            self.passed_over.append(row)

    def hold_back(self, held: Sequence[HeldDeal]) -> None:
        """Count deals that wait for two people, and keep them while there is room."""
        self.deals_held += len(held)
        self.held += held[: PASSED_OVER_KEPT_MAX - len(self.held)]
