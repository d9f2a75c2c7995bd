"""Writes of after-sale cases, one file a verb."""
