"""Orders: purchases, the orders they consist of, lines, addresses, and what each freezes.

A *purchase* is what a shopper pays in one go; an *order* is the part of it that one merchant fulfils.
Owns `purchase`, `order`, `orderline`, `linediscount`, `orderaddress`, `erasure`, `purchasekey`, `refund`,
`refunddiscount`, `unitsheld`, and `shopperpurchase` to read.
States: placed -> paid | expired | cancelled; paid -> shipped | cancelled; shipped -> delivered -> completed. A presale:
placed -> deposited -> paid | expired | cancelled.
INV-3: the same key of a shopper has one effect.
INV-4: a purchase's total is the sum of its orders', an order's of its lines'.
INV-22: the deposit of a presale is paid once and ends once: counted, forfeited, returned, or returned doubled.
INV-23: what a shopper paid for a presale, deposit and balance, is its total; discounts when it is ordered leave a
balance.
INV-25: no line is refunded beyond its units, nor beyond what was paid for it; a refund never changes.
INV-31: what open cases are about of a line and what went back of it never exceed its units.
INV-34: the commission of a line and the share of an order's creator are frozen when it is placed, and never change.
INV-37: an order's shipping, line 0 of its discounts and refunds, goes back at most once, whole, with the last of it.
"""
