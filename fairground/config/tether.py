"""A small program that runs another one and never lets it outlive the supervisor, not even after kill -9.

    python tether.py PROGRAM ARGUMENT...

Its standard input is a pipe from the supervisor: T asks the program to end, K ends it at once, and the
end of the pipe (the supervisor is gone) does first the one, then the other. Whatever the program leaves
behind (its own workers) goes with it. A pipe and not only the kernel's parent-death signal, since that
follows the thread that forked, does not reach grandchildren, and exists on Linux only.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time

# A server needs about a second to finish what it has in hand; the next start must not wait long for the port.
GRACE_S = 5.0

POLL_S = 0.1

# From <linux/prctl.h>.
PR_SET_PDEATHSIG = 1


def run(argv: list[str]) -> int:
    """Run a program until it ends or is ended, and return the exit code a shell would."""
    child = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=_end_with_tether if _is_linux() else None,  # noqa: PLW1509 - this program has one thread
    )
    kill_at: float | None = None
    listening = True
    while child.poll() is None and (kill_at is None or time.monotonic() < kill_at):
        if not listening:
            time.sleep(POLL_S)
            continue
        if not select.select([0], [], [], POLL_S)[0]:
            continue
        order = os.read(0, 1)
        if order == b"K":
            break
        child.terminate()
        if not order:
            listening = False
            kill_at = time.monotonic() + GRACE_S
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    code = child.wait()
    return code if code >= 0 else 128 - code


def _end_with_tether() -> None:
    """In the child, before it becomes the program: should even the tether be killed, it is asked to end."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _is_linux() -> bool:
    return sys.platform == "linux"


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
