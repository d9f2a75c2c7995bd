"""Withdrawing from a contract in two steps and without signing in, and the letter that acknowledges it."""
