"""Merchants: who sells, who they are by law, and where they are told of what happens.

Owns `merchant`, `merchantshipping`, `legalidentity` and `contact`. A merchant's lane is fixed at its birth and is part
of its id. A legal identity is personal data where it is a person's; nothing that sells reads it, and who reads it whole
is written down. So is a contact; a change of one ends the links of letters that were sent before.
"""
