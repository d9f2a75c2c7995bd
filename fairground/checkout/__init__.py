"""Checkout: the journeys that place, pay and refund purchases, across inventory, festivals, orders and ledger."""
