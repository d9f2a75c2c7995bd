"""Letters that are to be written: a row an event and reader, in the transaction of the event, until it was sent.

Owns `letter`. A row names what happened and no words and no address: who writes the letter reads what is true then.
It is sent at least once: who is stopped between the mail server and the mark sends it again.
INV-39: of one event one reader is written to once.
"""
