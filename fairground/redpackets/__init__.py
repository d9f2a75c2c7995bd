"""Red packets: a campaign's budget, given away in rounds; a shopper grabs one packet a round and spends it later.

Owns `packetcampaign` and `packetround` (cold), `packetslice` (what a writer gives of a round) and `packet` (hot). A
personal campaign is one long round; rain is many short ones. A round's packets are drawn before it opens and numbered;
each writer gives the numbers of its slice, one after the other. A round is open, then over, then closed: what nobody
took went back to its campaign, once.

INV-16: a shopper has one packet of a round at most, and no packet of it is given twice. INV-17: packets never exceed
their round's budget, nor rounds their campaign's.
"""
