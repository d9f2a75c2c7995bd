"""Checkout on one page: where to, what, how to pay; and paying what was placed."""
