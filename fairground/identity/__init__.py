"""Identity: shoppers, guest or signed in, and their addresses. Owns `shopper` and `savedaddress`.

A shopper is a row of its own, never a foreign key to the auth user; its id carries its lane. At most one of a shopper's
saved addresses is the default.
"""
