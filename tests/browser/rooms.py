"""Draw a waiting room once it is due, as the background process does, in the shop that DATABASE_URL names."""

import time

import django

django.setup()

from fairground.waiting.tasks import draw_rooms  # noqa: E402 - Django must be set up first

PATIENCE_S = 60.0


def draw() -> None:
    """Look until there is a room to draw."""
    give_up_at = time.monotonic() + PATIENCE_S
    while not draw_rooms():
        assert time.monotonic() < give_up_at, "no room is due"
        time.sleep(0.1)


if __name__ == "__main__":
    draw()
