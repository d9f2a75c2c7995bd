"""Payments: the wallet, which holds what the platform owes a shopper, as an account of the ledger."""
