"""Fulfilment: the parcels in which orders leave, when a shipped order goes on by itself, and withdrawals.

Owns `shipment` and `shipmentline`, `awaitedreceipt` (when something happens to a shipped order if nobody says
anything), `postedwithdrawal` (what somebody sent from the page, until it is matched) and `withdrawal`.
A *withdrawal* is the word of a shopper that an order is not wanted any more, by law without a reason; it is recorded
once an order, and told to the e-mail of the purchase.
INV-32: no more units of a line are shipped than were ordered, less those that went back before they were shipped; a
parcel is written once.
INV-33: an order is withdrawn from once.
"""
