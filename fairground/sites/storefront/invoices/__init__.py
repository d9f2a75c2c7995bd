"""Invoices: the same words as a page to print and as a PDF, one invoice for each merchant of a purchase."""
