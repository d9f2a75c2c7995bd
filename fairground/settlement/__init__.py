"""Settlement: what becomes of the money of completed orders, and the reports that tell of all money.

Owns no table of its own for the reports: they read the ledger, orders, refunds and merchants, a statement each.
"""
