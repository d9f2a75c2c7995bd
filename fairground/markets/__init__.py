"""Markets: regions with their currency, languages, tax display, time zone and switches of law.

Owns `market`, `marketregion` (in which market a country buys), `taxrate`, and `rate`: what a euro was on a day in a
currency, as its source published it. A region belongs to one market. A rate is stored once and never changes.
"""
