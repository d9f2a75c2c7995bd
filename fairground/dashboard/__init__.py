"""The dashboard: live figures of a festival. Owns `tally` and `merchanttally`, insert-only sums written in each batch.

INV-8: the tallies equal the orders to the minor unit.
"""
