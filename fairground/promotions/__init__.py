"""Promotions: what makes a cart cheaper, coupons that shoppers collect, and the price engine that says what is due.

Owns `promotion`, `promotionterms` (its amounts and limits a market), `promotionscope` (what it is for), `allowance`
(what a promotion may still give, in slices), `shopperuse` and `coupon`.
INV-14: no promotion gives more, or more often, than its budget and its limits say, nor more coupons than there are.
INV-15: no shopper uses a promotion more often than one may, nor a coupon that is not held.
"""
