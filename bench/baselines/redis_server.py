"""A Redis of one's own on a private socket, killed and started again on the same data."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

STARTS_WITHIN_S = 60.0
# What Redis does when nothing is said about it: a snapshot now and then, and no log.
SNAPSHOTS = ("--appendonly", "no")
# The log, written with every command and brought to the disk once a second.
LOG_EVERY_SECOND = ("--appendonly", "yes", "--appendfsync", "everysec", "--save", "")


class RedisServer:
    """One server with its data in `directory`; `settings` says what it keeps."""

    def __init__(self, *, directory: Path, settings: tuple[str, ...]) -> None:
        # A socket's path must be short, which a working copy's need not be.
        self._place = tempfile.TemporaryDirectory()
        self.socket = Path(self._place.name) / "redis.sock"
        program = shutil.which("redis-server")
        assert program, "no redis-server is installed"
        self._argv = [program, "--port", "0", "--unixsocket", str(self.socket), "--dir", str(directory), *settings]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it has read its data."""
        self._process = subprocess.Popen(self._argv, stdout=subprocess.DEVNULL)
        give_up = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < give_up:
            try:
                self.client().ping()
            except redis.ConnectionError:
                assert self._process.poll() is None, "redis-server ended"
                time.sleep(0.02)
            else:
                return
        raise TimeoutError("redis-server does not answer")

    def kill(self) -> None:
        """End it as kill -9 does; nothing happens if it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self) -> redis.Redis:
        """Return a client."""
        return connect(self.socket)


def connect(socket: Path) -> redis.Redis:
    """Return a client that never repeats a command by itself: a sale sent twice would be two."""
    return redis.Redis(unix_socket_path=str(socket), retry=Retry(NoBackoff(), 0))
