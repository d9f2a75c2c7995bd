"""Fairground runs a shopping festival: many merchants, one opening second, every country."""
