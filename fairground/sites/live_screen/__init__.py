"""The live screen: the figures of a festival as they happen."""
