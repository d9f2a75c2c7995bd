"""Each report as the table that its files have."""

from collections.abc import Sequence

from fairground.kernel.money import Money
from fairground.ledger.closed_days import BalanceGroup, ClosedDay
from fairground.ledger.queries import Statement
from fairground.ledger.rules import AccountKind, AccountState
from fairground.orders.rules import Step
from fairground.settlement.reports.duties import DutySum
from fairground.settlement.reports.escrow import EscrowAged
from fairground.settlement.reports.refunded import RefundRow
from fairground.settlement.reports.rules import AGES
from fairground.settlement.reports.sellers import SellerYear
from fairground.settlement.reports.tables import Cell, Table
from fairground.settlement.reports.taxes import TaxSum
from fairground.settlement.reports.trial_balance import CurrencyBalance


def trial_balance_table(balances: Sequence[CurrencyBalance]) -> Table:
    """Return the trial balance with a row a family, after those of a currency one without a family: their sum."""
    rows = [
        (
            one.currency,
            one.family,
            one.accounts,
            Money(one.debits_posted_minor, one.currency),
            Money(one.credits_posted_minor, one.currency),
            Money(one.balance_minor, one.currency),
            Money(one.debits_pending_minor, one.currency),
            Money(one.credits_pending_minor, one.currency),
        )
        for balance in balances
        for one in (*balance.families, balance.total)
    ]
    names = ("debits_posted", "credits_posted", "balance", "debits_pending", "credits_pending")
    return Table("trial-balance", ("currency", "family", "accounts", *names), rows)


def groups_table(groups: Sequence[BalanceGroup]) -> Table:
    """Return the trial balance with a row a group of accounts, whose ids are written as *."""
    rows = [
        (
            one.sums.currency,
            one.name,
            one.accounts,
            Money(one.sums.debits_posted_minor, one.sums.currency),
            Money(one.sums.credits_posted_minor, one.sums.currency),
            Money(one.sums.debits_pending_minor, one.sums.currency),
            Money(one.sums.credits_pending_minor, one.sums.currency),
        )
        for one in groups
    ]
    names = ("debits_posted", "credits_posted", "debits_pending", "credits_pending")
    return Table("balance", ("currency", "accounts_of", "accounts", *names), rows)


def days_table(days: Sequence[ClosedDay]) -> Table:
    """Return closed days with a row each; `balances` counts the accounts that moved."""
    rows = [
        (one.day, one.transfers, one.ends, one.balances, one.previous_hash, one.hash, one.closed_at) for one in days
    ]
    return Table("closed-days", ("day", "transfers", "ends", "balances", "previous_hash", "hash", "closed_at"), rows)


def accounts_table(accounts: Sequence[AccountState]) -> Table:
    """Return accounts with a row each; balances are on its normal side, `account` is its number in a closed day."""
    rows = [
        (
            one.address,
            one.lane,
            AccountKind(one.kind).name.lower(),
            one.currency,
            Money(one.balance_minor, one.currency),
            Money(one.available_minor, one.currency),
            str(one.id),
        )
        for one in accounts
    ]
    return Table("accounts", ("address", "lane", "kind", "currency", "balance", "available", "account"), rows)


def statement_table(statement: Statement) -> Table:
    """Return an account's statement with a row a transfer, and what it opens and closes with before and after them."""
    currency = statement.currency
    none = Money(0, currency)
    opening = (statement.opens_at, "opening", None, None, none, none, Money(statement.opening_balance_minor, currency))
    closing = (statement.closes_at, "closing", None, None, none, none, Money(statement.closing_balance_minor, currency))
    rows: list[tuple[Cell, ...]] = [
        (
            one.at,
            one.kind.name.lower(),
            str(one.transfer_id),
            str(one.order_id) if one.order_id else None,
            Money(one.debit_minor, currency),
            Money(one.credit_minor, currency),
            Money(one.balance_minor, currency),
        )
        for one in statement.lines
    ]
    return Table(
        "statement", ("at", "kind", "transfer", "order", "debit", "credit", "balance"), [opening, *rows, closing]
    )


def escrow_table(escrows: Sequence[EscrowAged]) -> Table:
    """Return the escrow accounts with a row each, by age and by state."""
    ages = tuple(f"days_{age.replace('-', '_to_').replace('60+', 'over_60')}" for age in AGES)
    rows: list[tuple[Cell, ...]] = [
        (
            one.slug,
            one.currency,
            one.orders,
            *(Money(amount, one.currency) for amount in one.by_age_minor),
            *(Money(one.by_state_minor.get(state, 0), one.currency) for state in _STATES),
            Money(one.total_minor, one.currency),
            Money(one.balance_minor, one.currency),
            Money(one.difference_minor, one.currency),
        )
        for one in escrows
    ]
    states = tuple(state.name.lower() for state in _STATES)
    return Table("escrow", ("merchant", "currency", "orders", *ages, *states, "total", "account", "difference"), rows)


_STATES = (Step.DEPOSITED, Step.PAID, Step.SHIPPED, Step.DELIVERED, Step.COMPLETED)


def refunds_table(refunds: Sequence[RefundRow]) -> Table:
    """Return refunds with a row each."""
    rows = [
        (
            one.at,
            one.purchase_number,
            str(one.order_id),
            one.line_no,
            one.reason.name.lower(),
            one.market,
            one.merchant,
            one.title if one.line_no > 0 else "duty" if one.line_no else "shipping",
            one.units,
            one.currency,
            Money(one.paid_minor, one.currency),
            Money(one.tax_minor, one.currency),
        )
        for one in refunds
    ]
    names = ("at", "purchase", "order", "line", "reason", "market", "merchant", "title", "units", "currency")
    return Table("refunds", (*names, "paid", "tax"), rows)


def tax_table(sums: Sequence[TaxSum]) -> Table:
    """Return the tax report with a row a region and rate."""
    duties = ("duty", "duty_tax", "duty_back", "duty_tax_back", "duty_left", "duty_tax_left")
    names = ("net", "tax", "funded", "net_back", "tax_back", "funded_back", "net_left", "tax_left", *duties)
    rows: list[tuple[Cell, ...]] = [
        (
            row.market,
            row.currency,
            row.region,
            row.rate_bps,
            row.tax_included,
            *(Money(int(getattr(row, f"{name}_minor")), row.currency) for name in names),
        )
        for one in sums
        for row in one.rows
    ]
    return Table("tax", ("market", "currency", "region", "rate_bps", "tax_included", *names), rows)


def duties_table(sums: Sequence[DutySum]) -> Table:
    """Return what customs is owed with a row a month, way and heading."""
    rows: list[tuple[Cell, ...]] = [
        (
            row.month,
            row.market,
            row.currency,
            row.to_country,
            row.from_country,
            row.heading,
            row.consignments,
            Money(row.value_minor, row.currency),
            Money(row.duty_minor, row.currency),
            Money(row.tax_minor, row.currency),
            row.consignments_back,
            Money(row.value_back_minor, row.currency),
            Money(row.duty_back_minor, row.currency),
            Money(row.tax_back_minor, row.currency),
            Money(row.owed_minor, row.currency),
        )
        for one in sums
        for row in one.rows
    ]
    names = ("month", "market", "currency", "to", "from", "heading", "consignments", "value", "duty", "tax")
    return Table("duties", (*names, "consignments_back", "value_back", "duty_back", "tax_back", "owed"), rows)


def sellers_table(sellers: Sequence[SellerYear], *, year: int) -> Table:
    """Return what sellers earned with a row a seller and currency, and every number whole: personal data."""
    quarters = tuple(
        f"{name}_q{quarter}" for name in ("consideration", "activities", "fees", "taxes") for quarter in (1, 2, 3, 4)
    )
    rows = [
        (
            year,
            one.slug,
            one.is_reportable,
            one.is_excluded,
            *_identity_cells(one),
            one.currency,
            *(Money(quarter.consideration_minor, one.currency) for quarter in one.quarters),
            *(quarter.activities for quarter in one.quarters),
            *(Money(quarter.fees_minor, one.currency) for quarter in one.quarters),
            *(Money(quarter.taxes_minor, one.currency) for quarter in one.quarters),
        )
        for one in sellers
    ]
    return Table(
        "sellers", ("year", "merchant", "reportable", "excluded", *_IDENTITY_COLUMNS, "currency", *quarters), rows
    )


_IDENTITY_COLUMNS = (
    "seller_is",
    "name",
    "street",
    "post_code",
    "city",
    "country",
    "residences",
    "tins",
    "vat_number",
    "registration_number",
    "birth_date",
    "birth_place",
    "establishments",
    "financial_identifier",
    "financial_holder",
)


def _identity_cells(seller: SellerYear) -> tuple[Cell, ...]:
    known = seller.identity
    if known is None:
        return (None, *([None] * (len(_IDENTITY_COLUMNS) - 1)))
    return (
        "person" if known.is_person else "entity",
        known.name,
        known.street,
        known.post_code,
        known.city,
        known.country,
        " ".join(known.residences),
        " ".join(f"{country}:{number}" for country, number in sorted(known.tins.items())),
        known.vat_number,
        known.registration_number,
        known.birth_date,
        ", ".join(filter(None, (known.birth_city, known.birth_country))),
        " ".join(known.establishments),
        known.financial_identifier,
        known.financial_holder,
    )
