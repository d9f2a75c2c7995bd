"""The PostgreSQL that Fairground runs on: its own, out of the wheel, or one named by DATABASE_URL.

INV-10: peer authentication over a Unix socket in a 0700 directory; nothing listens on a network.
INV-11: PostgreSQL never runs as root, and never with more rights than an ordinary account.
INV-12: a data directory is complete or not there; a half-made one is `data.new`, and thrown away.
"""
