"""Across borders: customs areas, and the duties that a market asks for what is sent into one.

Owns `customsarea` (countries between which nothing is asked) and `dutyrule` (what a market asks of goods that come into
its area). A *consignment* is what of an order is sent from one place; a *heading* is the first six digits of a tariff
code, which all countries share. What an order was asked is frozen with it (`orders_orderduty`).
INV-40: what customs asks is paid once a consignment and heading, goes back whole and once with the last units it was
asked for, and is no merchant's.
"""
