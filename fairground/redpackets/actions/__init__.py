"""The verbs of red packets: make a campaign, open its rounds and close them, grab packets, use what lies in them."""
