"""Past sales: what merchants sold elsewhere before they came to us, kept apart from our orders and our money.

Owns `pastsale`. A customer is a number that leads nowhere: the merchant's own one, hashed with the realm's key and the
merchant, so that nobody reads it back and the same person at two merchants is two.
The line of an invoice is there once, however often its file is imported.
"""
