"""After-sale: cases about goods that were bought, from what the shopper asks until money or goods have moved.

Owns `case`, `caseline`, `casemessage`, `caseevidence`, `caselabel`, `replacement`, `caseevent` and `marketdays`;
`rules.TRANSITIONS` says what follows what.
States: opened -> accepted | refused | refunded | replacing | escalated; accepted -> sent -> refunded | replacing |
refused; refused -> escalated; an operator decides what is escalated; replacing -> replaced -> exchanged | lost, lost ->
replacing | refunded. Withdrawn by the shopper, expired when nothing is sent back, closed when a refusal stands.
INV-31: what open cases are about of a line and what went back of it never exceed its units; a case pays once; its
history never changes.
INV-38: a line of a case gives money or other units, no more of these than are due; a case has one replacement that is
wanted, under way or arrived, and a parcel is written once.
"""
