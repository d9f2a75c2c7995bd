"""The web processes: granian, one worker a core."""

import os
import resource
from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels


# Streams stay open, so a worker must be able to hold far more connections than it has requests in hand;
# what there is too much of in orders gets a ticket from the door, not a refused connection.
CONNECTIONS_A_WORKER_MAX = 16_384
BACKLOG = 4096
STATIC = Path(__file__).resolve().parents[1] / "sites" / "static"


def serve(*, host: str, port: int, workers: int | None = None) -> None:
    """Serve until SIGTERM; failed workers start again."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    Granian(
        "fairground.config.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers or os.cpu_count() or 1,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        websockets=False,
        backlog=BACKLOG,
        backpressure=CONNECTIONS_A_WORKER_MAX,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
        static_path_route=["/static"],
        static_path_mount=[STATIC],
        static_path_expires=3600,
    ).serve()
