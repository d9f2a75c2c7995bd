"""What waits for others outside: in a thread of its own beside the chores, which must never wait for it."""

import threading

from django.db import connection

from fairground.checkout.payment_tasks import attend_due_payments
from fairground.config.rota import Failures

# Somebody who came back from a provider sees a page that looks by itself; this is for who did not come back.
EVERY_S = 2.0


def start(*, stopping: threading.Event) -> threading.Thread:
    """Begin to ask payment providers about what stands still, until `stopping` is set, and return the thread.

    It ends with the process wherever it is: what it asked for is written down before and looked at again after.
    """
    thread = threading.Thread(target=_run, args=(stopping,), name="payments", daemon=True)
    thread.start()
    return thread


def _run(stopping: threading.Event) -> None:
    more, failures = False, Failures("payments")
    try:
        while not stopping.wait(0 if more else EVERY_S):
            # What kills a pass was put off before it was attended, so the next pass attends the others.
            more = bool(failures.attempt(attend_due_payments))
    finally:
        # Whatever ended it ends the process, which is started again: nobody would see that a thread is gone.
        stopping.set()
        connection.close()
