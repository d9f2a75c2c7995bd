"""Merchants: who sells. Owns `merchant`. A merchant's lane is fixed at its birth and is part of its id."""
