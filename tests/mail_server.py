"""A mail server on this machine: what it took is kept, and it can be made to hang, to refuse, or to break off."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import cast

from pytest_django import Settings

# What hangs is let go by the test; nothing waits longer than this.
HANGS_S = 120.0


@dataclass(slots=True)
class MailServer:
    """What a server does, and what was done with it: connections it met, and letters it took with their recipients."""

    port: int = 0
    hangs: bool = False
    let_go: threading.Event = field(default_factory=threading.Event)
    met: threading.Event = field(default_factory=threading.Event)
    connections: int = 0
    refuses: str = ""
    breaks_off_for: str = ""
    taken: list[tuple[str, str]] = field(default_factory=list)

    def use(self, settings: Settings, *, timeout_s: float) -> None:
        """Let letters of the real shop go there."""
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", self.port, timeout_s
        settings.MAIL_LEAVES = True


class _Listening(ThreadingTCPServer):
    daemon_threads = True
    state: MailServer


class _Talk(StreamRequestHandler):
    def handle(self) -> None:
        state = cast(_Listening, self.server).state
        state.connections += 1
        state.met.set()
        if state.hangs:
            state.let_go.wait(HANGS_S)
            return
        self._say("220 here")
        to = ""
        while line := self.rfile.readline().decode().strip():
            verb, _, rest = line.partition(" ")
            if verb.upper() == "QUIT":
                self._say("221 gone")
                return
            if verb.upper() == "RCPT":
                to = rest.partition("<")[2].partition(">")[0]
                if to == state.breaks_off_for:
                    return
                self._say("550 nobody" if to == state.refuses else "250 yes")
            elif verb.upper() == "DATA":
                self._say("354 go on")
                text = b"".join(iter(self.rfile.readline, b".\r\n")).decode()
                state.taken.append((to, text))
                self._say("250 taken")
            else:
                self._say("250 yes")

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


@contextmanager
def serving_mail() -> Iterator[MailServer]:
    """Run a mail server until the end of the block."""
    with _Listening(("127.0.0.1", 0), _Talk) as server:
        server.state = MailServer(port=server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.state
        finally:
            server.state.let_go.set()
            server.shutdown()
            thread.join()
