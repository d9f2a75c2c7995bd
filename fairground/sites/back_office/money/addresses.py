"""Where the pages on money are, below the back office's address."""

from fairground.sites.back_office.money import (
    balances,
    duties,
    escrow,
    fees,
    given,
    glance,
    identities,
    income,
    owed,
    payouts,
    reconciliation,
    refunds,
    sellers,
    tax,
)
from fairground.sites.back_office.site import Page

MONEY_PAGES: tuple[tuple[str, str, Page], ...] = (
    ("money/glance/", "money", glance.glance),
    ("money/trial-balance/", "trial-balance", balances.trial_balance),
    ("money/income/", "income", income.income),
    ("money/accounts/", "accounts", balances.accounts),
    ("money/statement/", "statement", balances.account_statement),
    ("money/escrow/", "escrow", escrow.escrow),
    ("money/owed/", "owed", owed.owed),
    ("money/refunds/", "refunds", refunds.refunds),
    ("money/payouts/", "payouts-by-period", payouts.payouts_by_period),
    ("money/gift-cards/", "gift-cards-issued", given.gift_cards_issued),
    ("money/credit/", "credit-granted", given.credit_granted),
    ("money/fees/", "fees", fees.fees),
    ("money/fees/set/", "fee", fees.set_rate),
    ("money/reconciliation/", "reconciliation", reconciliation.reconciliation),
    ("money/tax/", "tax", tax.tax),
    ("money/duties/", "duties-owed", duties.duties),
    ("money/sellers/", "sellers", sellers.sellers),
    ("money/merchants/<int:merchant_id>/identity/", "legal-identity", identities.legal_identity),
)
