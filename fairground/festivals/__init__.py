"""Festivals: a dated event with phases, halls and deals, the merchants who enrol for it, and what they declare.

Owns `festival`, `phase`, `transition` (what happens when a phase begins or ends), `festivalrate` (exchange rates pinned
for the event), `hall`, `hallblock` (what a hall's page is composed of), `deal`, `dealprice`, `presale` and
`presaleprice` (a deal that is paid in two parts), and `dealbuyer` (what a shopper took of a deal).
INV-2: no shopper takes more of a deal than its per-buyer limit.
INV-18: what a phase's beginning or end sets off happens once, and not before its time.

Owns also `enrolment` (applied → admitted, declined or withdrawn), `declaration` with `declarationprice`
(draft → submitted → needs_second → approved → frozen, or declined; any change makes the next version, a draft) and
`approval`. What `guard` finds in a declaration asks for a second person. INV-19: what the guard found is no deal
before two people approved that very version, neither of whom declared it; of the rest, one.
"""
