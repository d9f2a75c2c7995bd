"""The commissions, and the tax on them, as the tables that their files have."""

from collections.abc import Sequence

from fairground.kernel.money import Money
from fairground.settlement.reports.fee_taxes import FeeTaxSum
from fairground.settlement.reports.fees import FeeNow, FeeSet, OwnFee, SetBy
from fairground.settlement.reports.tables import Cell, Table


def fees_table(holding: Sequence[FeeNow], own: Sequence[OwnFee]) -> Table:
    """Return what holds with a row a category and merchant; without a category a merchant's own, without one all."""
    rows: list[tuple[Cell, ...]] = [
        (one.category, one.slug or None, one.commission_bps, one.since, *_who(one.set_by)) for one in holding
    ]
    rows += [(None, one.slug, one.commission_bps, None, None, None) for one in own]
    return Table("fees", ("category", "merchant", "commission_bps", "since", "set_by", "reason"), rows)


def fee_history_table(history: Sequence[FeeSet]) -> Table:
    """Return how commissions were set with a row each, the last first."""
    rows = [
        (
            one.at,
            one.category or None,
            one.slug or None,
            one.before_bps,
            one.commission_bps,
            *_who(one.set_by),
        )
        for one in history
    ]
    columns = ("at", "category", "merchant", "before_bps", "commission_bps", "set_by", "reason")
    return Table("fee-history", columns, rows)


def fee_tax_table(sums: Sequence[FeeTaxSum]) -> Table:
    """Return the tax on commissions with a row a month, merchant's country and rate."""
    names = ("commission", "tax", "commission_back", "tax_back", "commission_left", "tax_left")
    rows: list[tuple[Cell, ...]] = [
        (
            row.month,
            row.market or None,
            row.country,
            row.currency,
            row.rate_bps,
            *(Money(int(getattr(row, f"{name}_minor")), row.currency) for name in names),
        )
        for one in sums
        for row in one.rows
    ]
    return Table("fee-tax", ("month", "market", "merchant_country", "currency", "rate_bps", *names), rows)


def _who(by: SetBy) -> tuple[Cell, Cell]:
    return by.email or (str(by.user_id) if by.user_id else None), by.reason or None
