"""Festivals: a dated event with halls and declared deals.

Owns `festival`, `festivalrate` (exchange rates pinned for the event), `hall`, `hallblock` (what a hall's page is
composed of), `deal`, `dealprice` and `dealbuyer` (what a shopper took of a deal). INV-2: no shopper takes more of a
deal than its per-buyer limit.
"""
