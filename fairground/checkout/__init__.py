"""Checkout: the journeys that place, pay and refund purchases, in batches, across inventory, festivals, orders, ledger."""
