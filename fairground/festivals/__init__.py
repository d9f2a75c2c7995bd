"""Festivals: a dated event with halls and declared deals.

Owns `festival`, `festivalrate` (exchange rates pinned for the event), `hall`, `deal`, `dealprice`,
`presale` and `presaleprice` (a deal that is paid in two parts) and `dealbuyer` (what a shopper took of a deal).
INV-2: no shopper takes more of a deal than its per-buyer limit.
"""
