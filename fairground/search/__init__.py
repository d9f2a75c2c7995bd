"""Finding goods: a search document a product and language, and who matches it.

A document is made from the catalogue alone and can always be made again; a sweep finds what is missing or stale.
"""
