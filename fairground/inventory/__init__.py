"""Inventory: places where stock is, and stock itself. Owns `place` and `stock`.

A place's country is what customs counts by: one that somebody stated, or empty, and then nothing is asked.
INV-1: no unit is sold twice; what is reserved and sold never exceeds the units, per stock row.
A deal's units stand in a row of their own, so a deal line locks exactly that row.
"""
