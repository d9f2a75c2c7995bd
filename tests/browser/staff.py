"""Let the operator into the back office of the shop that DATABASE_URL names, whatever other tests did to its users."""

import time

import django

django.setup()

from fairground.identity.operators import add_operator, list_operators  # noqa: E402 - Django must be set up first
from fairground.kernel.clock import from_unix_ms  # noqa: E402
from fairground.kernel.edits import By  # noqa: E402

OPERATOR, OPERATOR_PASSWORD = "ada@shop.example", "a lantern for each stall"


def let_in() -> None:
    """Add the operator, if there is none."""
    if OPERATOR not in {one.email for one in list_operators()}:
        by = By(user_id=None, now=from_unix_ms(time.time_ns() // 1_000_000))
        add_operator(email=OPERATOR, role="operator", password=OPERATOR_PASSWORD, by=by)


if __name__ == "__main__":
    let_in()
