"""Statements of payouts for merchants: a file for programs, and a document to read and keep."""
