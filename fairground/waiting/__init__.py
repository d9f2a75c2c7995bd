"""The waiting room: who came before an opening comes in by lot, at the rate that the lanes take, and nobody twice.

It owns `room` (one an opening: when it was drawn, and by which secret), `entrant` (a shopper in a room, and after the
draw the rank in it) and `block` (the numbers of the line that a room got from a writer).

A room takes entrants until `CLOSES_BEFORE_MS` before its opening, is drawn once, and is forgotten a day later.
INV-24 (a shopper has one place in a room, and no two have the same) is kept here: the primary key of
`waiting_entrant`, and `inv_24_one_rank`.
"""
