"""Payments: the wallet, which holds what the platform owes a shopper, as an account of the ledger.

A guest that went into another shopper has that one's wallet: what was in its own is moved, what comes in goes there.
"""
