"""The reports on money: trial balance, escrow by age, refunds, tax by market, and what sellers earned.

Each is one set-wise statement with a time limit over committed rows; nothing is kept, so a report is never behind.
Amounts are minor units; what they add up to equals the ledger or the orders to the last of them.
"""
