"""Carts: what a shopper means to buy, has set aside for later, or wishes for. Owns `cartentry` and `wish`.

No trade data, so no lanes: a row is personal data of one shopper, keyed (shopper, SKU), written by one person at a time
and forgotten with that person (`forget_carts`). Past one machine it stays where the catalogue is, beside its SKU.
Nothing is promised by it; units are reserved at checkout alone. Whoever changes how many rows a shopper has holds the
shopper's row, so that the bounds are kept from two tabs as well.
"""
