"""Festivals: a dated event with phases, halls and declared deals.

Owns `festival`, `phase`, `transition` (what happens when a phase begins or ends), `festivalrate` (exchange rates pinned
for the event), `hall`, `deal`, `dealprice` and `dealbuyer` (what a shopper took of a deal).
INV-2: no shopper takes more of a deal than its per-buyer limit.
INV-18: what a phase's beginning or end sets off happens once, and not before its time.
"""
