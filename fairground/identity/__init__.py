"""Identity: shoppers, guest or signed in. Owns `shopper`.

A shopper is a row of its own, never a foreign key to the auth user; its id carries its lane.
"""
