"""Payment providers: who takes money outside for us. `provider.py` says what each must do; each is a file beside it.

A provider knows no purchase and writes nothing: it is asked, and says how a payment stands there.
"""
