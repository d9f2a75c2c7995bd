"""One web process: uvicorn with the door's protocol. `fairground up` runs one a core, the kernel spreads them."""

import asyncio
import logging
import os
import resource
import socket
import threading

import uvicorn
import uvloop

from fairground.sites.api.protocol import DoorProtocol

logger = logging.getLogger(__name__)

# The opening second brings connections by the thousand; the kernel keeps them until they are accepted.
BACKLOG = 4096
# Longer than a load balancer keeps its connections, so that it is never the shop that closes one in use.
KEEP_ALIVE_S = 75
GRACE_S = 8


def _end_process(failed: threading.ExceptHookArgs) -> None:
    """A thread that ended would leave a process that answers nothing: it keeps nothing, so it starts again instead."""
    logger.critical("thread %s ended", failed.thread and failed.thread.name, exc_info=failed.exc_value)
    os._exit(1)


def serve(*, host: str, port: int) -> None:
    """Serve until SIGTERM, beside other processes on the same port (SO_REUSEPORT)."""
    threading.excepthook = _end_process
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    config = uvicorn.Config(
        "fairground.config.asgi:application",
        http=DoorProtocol,
        ws="none",
        lifespan="on",
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
    )
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    with listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.bind((host, port))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(uvicorn.Server(config).serve(sockets=[listening]))
