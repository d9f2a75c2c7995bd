"""Draws: prizes that chance gives away, so that everybody can reckon afterwards that nobody chose the winners.

Owns `prizepool`, `draw`, `prize`, `entry`, `winner` and `award`. The method is `docs/algorithms/draws.md`.
States of a draw: draft -> open -> closed (the list of entries is published) -> drawn -> paid out.
INV-20: a pool never awards more than its cap.
INV-21: a place of a draw is won by one person and its prize is awarded once; a person wins one prize of a draw.
"""
