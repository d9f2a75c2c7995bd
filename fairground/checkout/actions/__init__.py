"""The verbs of checkout: place purchases, pay them, let unpaid ones expire, cancel."""
