"""The rain: rounds of red packets, the button that grabs one, and the packets that a shopper has."""
