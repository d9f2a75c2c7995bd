"""Lucky draws: what can be won, how to enter, one's own entries, and the proof."""
