"""The catalogue: categories, brands, attributes, products, SKUs, their texts and their prices per market.

A SKU belongs to one merchant and is the offer; equal goods of several merchants meet by GTIN.
INV-13 (no price is forgotten that was asked before) is kept here, by a trigger.
"""
