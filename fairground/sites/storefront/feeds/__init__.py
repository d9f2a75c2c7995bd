"""Product feeds: what other sites are given to show, a file a market and language."""
