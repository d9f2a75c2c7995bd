"""Markets: regions with their currency, languages, tax display, time zone and switches of law.

Owns `market`, `marketregion` (in which market a country buys) and `taxrate`. A region belongs to one market.
"""
