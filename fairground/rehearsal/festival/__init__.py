"""The rehearsal of a whole festival: an act a phase, on the real clock, with phases that last seconds.

Acts do what people do by the doors that people use: shoppers over HTTP, operators and merchants by the actions that
their commands call. What a phase begins or ends is left to the background program, and waited for. Each act counts what
it did (`counts`) and keeps what it was told (`told`), which is compared with the database at the end.
"""
