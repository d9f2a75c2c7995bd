"""Settlement: what becomes of the money of completed orders, and the reports that tell of all money.

Owns `due` (completed, not released yet), `release` (what was released of an order, and by which terms), `depositdue`
(deposits that ended, in no statement yet), `entry` (each change of what a merchant is owed, with its reasons),
`setoff` (what is owed in one currency and paid a debt in another), `payout`, and each merchant's `terms` and `feerate`.
`reports` owns no table: it reads the ledger, orders, refunds and merchants, a statement each.
A release posts the `target` of its order; what is refunded afterwards posts the difference of two targets.
States of a payout: proposed -> approved -> sent -> confirmed | failed; a failed one may be proposed again.
INV-29: an order is released once, and its parts add up: nothing of it appears or is lost.
INV-30: a payout is the sum of its statement's lines, to the minor unit; no line is paid twice.
INV-35: what a deposit that ended leaves between merchant and platform is settled once, to whom it belongs; and no more
is set off between currencies than is owed in each.
"""
