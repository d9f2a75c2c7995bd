"""After-sale: cases about goods that were bought, from what the shopper asks until money or goods have moved.

Owns `case`, `caseline`, `casemessage`, `caseevidence` and `caseevent`; `rules.TRANSITIONS` says what follows what.
States: opened -> accepted | refused | refunded | exchanged | escalated; accepted -> sent -> refunded | exchanged |
refused; refused -> escalated; an operator decides what is escalated. Withdrawn by the shopper, expired when nothing is
sent back, closed when a refusal stands.
INV-31: what open cases are about of a line and what went back of it never exceed its units; a case pays once; its
history never changes.
"""
