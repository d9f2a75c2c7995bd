"""What a demo would have sent by e-mail, to be read at its machine: the codes are in it."""

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from fairground.sites.private_demo import require_private_demo

# As many as somebody looks through who tries the shop.
LETTERS_SHOWN = 20
# What the file backend puts between the letters of a file.
_BETWEEN = b"\n" + b"-" * 79 + b"\n"


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it would have been read."""

    recipient: str
    subject: str
    sent: str
    text: str


@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    """Show the last letters of the demo, the newest first."""
    require_private_demo(request)
    return render(request, "people/letters.html", {"letters": _last_letters(Path(settings.EMAIL_FILE_PATH))})


def _last_letters(folder: Path) -> list[Letter]:
    files = sorted(folder.glob("*.log"), key=lambda one: one.stat().st_mtime_ns, reverse=True)[:LETTERS_SHOWN]
    read = [_read(part) for file in files for part in reversed(file.read_bytes().split(_BETWEEN)) if part.strip()]
    return read[:LETTERS_SHOWN]


def _read(text: bytes) -> Letter:
    message = email.message_from_bytes(text, _class=EmailMessage, policy=email.policy.default)
    body = message.get_body(("plain",))
    return Letter(
        recipient=str(message["To"]),
        subject=str(message["Subject"]),
        sent=str(message["Date"]),
        text=str(body.get_content()) if body else "",
    )
