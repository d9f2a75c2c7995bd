"""Writes of the catalogue: the words that products share, and products with their SKUs, texts and prices."""
