"""Checkout: the journeys that place and pay purchases, in batches, across inventory, festivals, orders and ledger."""
