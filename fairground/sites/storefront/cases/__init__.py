"""Returns and problems: asking about goods of an order, a case with what comes next, its label, and all of mine."""
