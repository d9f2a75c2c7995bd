"""Identity: shoppers, guest or signed in, and the users who sign in. Owns `shopper`, `savedaddress`, `user`.

A shopper is a row of its own, never a foreign key to the user; its id carries its lane. A guest becomes a shopper with
the first thing that is put in a cart; at sign-in the guest goes into the user's shopper. At most one of a
shopper's saved addresses is the default.
"""
