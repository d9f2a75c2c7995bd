"""The ledger: accounts and transfers, double entry. It is mechanism and knows nobody.

Owns `account`, `transfer` and `transferend` (the posting, voiding or expiry of a pending transfer).
INV-5: debits equal credits.
INV-6: an account's row equals the sum of its transfers, and stays within its kind.
INV-7: a transfer never changes; a pending one ends once.
"""
