"""The PostgreSQL that Fairground runs on: its own, out of the wheel, or one named by DATABASE_URL.

INV-cluster-1: peer authentication over a Unix socket in a 0700 directory; nothing listens on a network.
INV-cluster-2: PostgreSQL never runs as root, and never with more rights than an ordinary account.
INV-cluster-3: a data directory is complete or not there; a half-made one is `data.new`, and thrown away.
"""
