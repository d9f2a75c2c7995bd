"""What a benchmark says while it runs: on standard error, with the time since the start."""

import sys
import time

_STARTED = time.monotonic()


def say(text: str) -> None:
    """Tell a person what happens now."""
    print(f"{time.monotonic() - _STARTED:7.1f} s  {text}", file=sys.stderr, flush=True)
