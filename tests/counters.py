"""A process's door with its counter, for tests of pages that place and pay."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from fairground.intake.counter import Counter, open_counter
from fairground.intake.door import Door
from fairground.intake.tokens import DoorKeys
from fairground.sites.api.door import encode

KEYS = DoorKeys.of_realm(secret="secret", realm="real")


@contextmanager
def counter_open() -> Iterator[Counter]:
    """Open a door and its counter as a web process does; commits are real, so the test needs `writer`."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="loop of a door")
    thread.start()
    door = Door(keys=KEYS, encode=encode, loop=loop)
    door.open()
    counter = Counter(door=door, loop=loop)
    open_counter(counter)
    try:
        yield counter
    finally:
        open_counter(None)
        door.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        connection.close_if_unusable_or_obsolete()
