"""Where letters go: to the operator's SMTP server in the real realm, into files in a demo or a rehearsal."""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

# A page waits for the server to take its letter; who doesn't answer by then won't.
TIMEOUT_S = 10
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server, and the address in whose name it is given letters."""

    host: str
    port: int
    user: str
    password: str
    sender: str
    starts_tls: bool
    within_tls: bool


def mail_server(address: str) -> MailServer | None:
    """Return the server that `FAIRGROUND_MAIL` names, or None where it names none.

    `smtp://user:password@host:587?from=shop@shop.example` speaks TLS once it is connected (STARTTLS), with `&tls=no`
    never; `smtps://…` speaks it from the first byte. What is special in user and password is percent-encoded.

    :raises ValueError: it is no such address
    """
    if not address:
        return None
    parts = urlsplit(address)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    sender = asked.get("from", "")
    if parts.scheme not in _PORTS or not parts.hostname or "@" not in sender or not asked.keys() <= {"from", "tls"}:
        raise ValueError("FAIRGROUND_MAIL is smtp://user:password@host:port?from=shop@shop.example, or smtps://…")
    return MailServer(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        sender=sender,
        starts_tls=parts.scheme == "smtp" and asked.get("tls") != "no",
        within_tls=parts.scheme == "smtps",
    )
