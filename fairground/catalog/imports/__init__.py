"""Sources of a catalogue: each reads its own format and yields the records of `catalog.rules`, row by row."""
