"""What runs in the background for red packets."""

import time

from fairground.redpackets.actions.give_rounds import ROUNDS_A_SWEEP_MAX, close_rounds


def close_rounds_that_are_over() -> bool:
    """Give back what nobody took of rounds that are over; True while there may be more of them."""
    return close_rounds(now_ms=time.time_ns() // 1_000_000) == ROUNDS_A_SWEEP_MAX
