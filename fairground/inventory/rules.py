"""What is given for sale, and what an import did, before and after it has ids."""

from dataclasses import dataclass, field

from fairground.catalog.rules import PassedOver

# As many rows passed over are kept as a person would read, so that a bad file can't fill memory; all are counted.
PASSED_OVER_KEPT_MAX = 1_000


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


@dataclass(slots=True)
class ImportReport:
    """What an import read and wrote. `…_changed` count rows that were there and differed."""

    products: int = 0
    skus: int = 0
    products_new: int = 0
    products_changed: int = 0
    skus_new: int = 0
    skus_changed: int = 0
    prices_written: int = 0
    stock_rows_written: int = 0
    deals_declared: int = 0
    passed_over_count: int = 0
    passed_over: list[PassedOver] = field(default_factory=list)

    def pass_over(self, row: PassedOver) -> None:
        """Count `row`, and keep it while there is room."""
        self.passed_over_count += 1
        if len(self.passed_over) < PASSED_OVER_KEPT_MAX:
            self.passed_over.append(row)
