"""An OpenID Connect provider on this machine: it says of everybody who brings its code that it is Ana."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@contextmanager
def provider_of(person: dict[str, Any]) -> Iterator[str]:
    """Give the issuer of a provider that knows one person, while it runs."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer = f"http://{self.headers['Host']}"
            if self.path == "/.well-known/openid-configuration":
                names = {"token_endpoint": "token", "userinfo_endpoint": "who", "authorization_endpoint": "ask"}
                self._say({"issuer": issuer, **{name: f"{issuer}/{path}" for name, path in names.items()}})
            else:
                self._say(person)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._say({"access_token": "token", "token_type": "Bearer"})

        def log_message(self, *said: object) -> None:
            """Say nothing."""

        def _say(self, answer: dict[str, Any]) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
