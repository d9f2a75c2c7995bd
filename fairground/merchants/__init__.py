"""Merchants: who sells, and who they are by law. Owns `merchant`, `merchantshipping`, `legalidentity`.

A merchant's lane is fixed at its birth and is part of its id. A legal identity is personal data where it is a person's;
nothing that sells reads it, and who reads it whole is written down.
"""
