"""Where the pages on money are, below the back office's address."""

from fairground.sites.back_office.money import (
    balances,
    closed_days,
    duties,
    escrow,
    fees,
    given,
    glance,
    identities,
    owed,
    payouts,
    reconciliation,
    refunds,
    sellers,
    statements,
    tax,
    terms,
)
from fairground.sites.back_office.site import Page

MONEY_PAGES: tuple[tuple[str, str, Page], ...] = (
    ("money/glance/", "money", glance.glance),
    ("money/trial-balance/", "trial-balance", balances.trial_balance),
    ("money/accounts/", "accounts", balances.accounts),
    ("money/closed-days/", "closed-days", closed_days.closed_days_page),
    ("money/statement/", "statement", statements.account_statement),
    ("money/escrow/", "escrow", escrow.escrow),
    ("money/owed/", "owed", owed.owed),
    ("money/terms/", "terms", terms.terms),
    ("money/merchants/<int:merchant_id>/terms/", "merchant-terms", terms.merchant_terms),
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
