"""The kernel knows no business: money, ids, clock, refusals, signed tokens, the writer and its batches, the outbox.

It owns the rows `writer` (one a stream of batches), `ticketline` (numbers given to those who wait),
`outbox` and `outboxcursor`, the facts of a realm, and `setaside` (rows on which chores failed).
INV-9 (ids and outbox numbers never go backwards) is kept here.
"""
