"""Pages of payments with providers, and of the wallet: what is in it, filling it, gift cards."""
