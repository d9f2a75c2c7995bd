"""The benchmarks: what the shop does a second on this machine, against its goals, its limit and the textbook ways.

They are no tests: a test never depends on how fast a machine is. README.md says what each one measures.
"""
