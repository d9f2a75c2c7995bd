"""The ledger: accounts and transfers, double entry. It is mechanism and knows nobody.

Owns `account`, `transfer` and `transferend` (the posting, voiding or expiry of a pending transfer); `dayseal`, `day`
and `daybalance`: a day that is over is sealed, then closed, with a hash that holds that of the day before.
INV-5: debits equal credits.
INV-6: an account's row equals the sum of its transfers, and stays within its kind.
INV-7: a transfer never changes; a pending one ends once.
INV-26: what lies in a closed day never changes, and nothing is written into it any more.
"""
