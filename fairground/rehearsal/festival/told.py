"""What the acts were told, and the checks that compare it with the database: each a statement of its own."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from fairground.kernel.sql import array_text
from fairground.rehearsal.checks import CheckPlan, ToldPlan
from fairground.rehearsal.opening import Payment

COUPONS = CheckPlan("festival_coupons", "Every coupon that was told of is there, and no more", "coupons_that_differ")
PACKETS = CheckPlan(
    "festival_packets", "Every red packet that was told of is there, all of them within the cap", "packets_that_differ"
)
DEALS = CheckPlan(
    "festival_deals", "Every deal is as it was declared and decided, and sold at that price", "deals_that_differ"
)
BUDGETS = CheckPlan(
    "festival_budgets", "No promotion gave more than its budget; those that ran out gave all", "budget_difference_minor"
)
PRESALES = CheckPlan("festival_presales", "Every presale ended as its shopper was told", "presale_ends_that_differ")
DISCOUNTS = CheckPlan(
    "festival_discounts", "Every order was given the discount that its shopper saw", "discount_difference_minor"
)
WALLETS = CheckPlan(
    "festival_wallets", "Wallets hold what came in less what was paid, to the minor unit", "wallet_difference_minor"
)
DRAW = CheckPlan("festival_draw", "The draw is the one published, and paid what it promised", "prizes_that_differ")
AFTER_SALE = CheckPlan(
    "festival_after_sale", "Every parcel, receipt and case ended as who asked was told", "after_sale_ends_that_differ"
)
SETTLEMENT = CheckPlan(
    "festival_settlement",
    "All that was completed was released, reserves came back, payouts were paid, and the days are closed",
    "settlement_steps_that_differ",
)
EDGES = CheckPlan("festival_edges", "What each phase set off was done, once and in time", "edges_that_differ")


@dataclass(slots=True)
class Told:
    """What the acts of one festival were told; money in minor units by currency, purchases and orders by id.

    `gone` are the promotions whose coupons ran out, `exhausted` those whose budget did. `fates` say what became of
    presales: `paid`, `late`, `withdrawn`, `broken` off by their merchant, or `dropped` before the deposit. `parcels`
    are the numbers by order, `cases` how they ended (`refunded`, `exchanged`, `closed`), `payouts` what was confirmed.
    """

    festival: str
    coupons: set[tuple[int, int]] = field(default_factory=set)
    gone: list[int] = field(default_factory=list)
    exhausted: list[int] = field(default_factory=list)
    packets: list[tuple[int, int, int, int]] = field(default_factory=list)
    approved: int = 0
    declined: int = 0
    fates: dict[int, str] = field(default_factory=dict)
    discounts_minor: dict[int, int] = field(default_factory=dict)
    topped_up_minor: Counter[str] = field(default_factory=Counter)
    paid_minor: Counter[str] = field(default_factory=Counter)
    refunded_minor: Counter[str] = field(default_factory=Counter)
    cancelled_orders: list[int] = field(default_factory=list)
    parcels: dict[int, str] = field(default_factory=dict)
    confirmed: list[int] = field(default_factory=list)
    cases: dict[int, str] = field(default_factory=dict)
    shipped: list[int] = field(default_factory=list)
    reserves: int = 0
    payouts: dict[int, int] = field(default_factory=dict)
    payouts_failed: int = 0
    payouts_waiting: int = 0
    days_closed: int = 0
    draw: str = ""
    draw_root: str = ""
    draw_entries: int = 0

    def add_paid(self, payments: Iterable[Payment]) -> None:
        """Count payments that the shop took."""
        for one in payments:
            self.paid_minor[one.purchase.currency] += one.amount_minor

    def plans(self) -> tuple[ToldPlan, ...]:
        """Return the checks with what they compare the database with."""
        currencies = sorted({*self.topped_up_minor, *self.paid_minor})
        festival = {"festival": self.festival}
        return (
            ToldPlan(
                COUPONS, _columns(("promotion_ids", "shopper_ids"), self.coupons) | {"gone": array_text(self.gone)}
            ),
            ToldPlan(PACKETS, _columns(("ids", "round_ids", "shopper_ids", "amounts_minor"), self.packets) | festival),
            ToldPlan(DEALS, {"approved": self.approved, "declined": self.declined, **festival}),
            ToldPlan(BUDGETS, {"exhausted": array_text(self.exhausted)}),
            ToldPlan(PRESALES, _columns(("ids", "fates"), self.fates.items())),
            ToldPlan(DISCOUNTS, _columns(("ids", "amounts_minor"), self.discounts_minor.items())),
            ToldPlan(
                WALLETS,
                {
                    "currencies": array_text(currencies),
                    "topped_up": array_text([self.topped_up_minor[one] for one in currencies]),
                    "paid": array_text([self.paid_minor[one] for one in currencies]),
                    "refunded": array_text([self.refunded_minor[one] for one in currencies]),
                    "order_ids": array_text(self.cancelled_orders),
                },
            ),
            ToldPlan(DRAW, {"slug": self.draw, "root": self.draw_root, "entries": self.draw_entries}),
            ToldPlan(AFTER_SALE, self._after_sale()),
            ToldPlan(SETTLEMENT, self._settlement()),
            ToldPlan(EDGES, festival),
        )

    def _after_sale(self) -> dict[str, str]:
        parcels = _columns(("order_ids", "numbers"), self.parcels.items())
        return parcels | _columns(("case_ids", "ends"), self.cases.items()) | {"confirmed": array_text(self.confirmed)}

    def _settlement(self) -> dict[str, str | int]:
        return {
            **_columns(("payout_ids", "amounts_minor"), self.payouts.items()),
            "shipped": array_text(self.shipped),
            "reserves": self.reserves,
            "failed": self.payouts_failed,
            "waiting": self.payouts_waiting,
            "days": self.days_closed,
        }


def _columns(names: Sequence[str], rows: Collection[tuple[int | str, ...]]) -> dict[str, str]:
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return {name: array_text(column) for name, column in zip(names, columns, strict=True)}
