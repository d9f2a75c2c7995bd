"""Payments: the wallet, which holds what the platform owes a shopper, and what comes into it and goes back outside.

A guest that went into another shopper has that one's wallet: what was in its own is moved, what comes in goes there.
Owns `payment`, `paymentnotice`, `paymentrefund`, `providerline`, `dispute`, `giftcard`, `giftcardissue`, `credit`
and `staffday`.
The ways to a payment and from it are in `checkout`, as they end in purchases; what a provider does is in `providers`,
what its answers lead to in `life`.
States of a payment: asking -> waiting -> capturing -> taken; voiding -> ended, where nothing is taken. Of a dispute:
noticed -> open -> contested | accepted -> won | lost -> borne.
INV-27: money that a provider took is booked once, into one wallet, and stays as it was booked; of a purchase one
payment at most is under way.
INV-28: no more goes back to a provider than it took; a return ends once (one that arrived may be undone, once), its
money never changes, and one that failed is asked for again once at most, as what of the same money no dispute took.
INV-36: a line of a provider's books is booked once, and stays as it was booked; no more of a dispute is covered than
was taken for it, nor out of a return that failed than it left in the wallet.
"""
