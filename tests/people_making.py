"""People for tests: who is signed up, and how they sign in."""

import re
from datetime import UTC, datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.test import Client

from fairground.identity.models import User

PASSWORD = "lanterns-at-night"


def make_user(*, email: str, password: str = PASSWORD, verified: bool = True, **fields: Any) -> User:
    """Make a user who signed up with this address, and has proved it unless told otherwise."""
    proved_at = datetime(2026, 11, 1, tzinfo=UTC) if verified else None
    user = User.objects.create_user(email, password, email_verified_at=proved_at, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
    return user


def sign_in(client: Client, *, email: str, password: str = PASSWORD, next: str = "") -> Any:  # noqa: A002 - its name
    """Sign in as the form does, and return the answer."""
    return client.post("/sign/login/", {"login": email, "password": password, **({"next": next} if next else {})})


def code_in(letter: EmailMessage) -> str:
    """Return the code that a letter brings."""
    found = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", str(letter.body), re.MULTILINE)
    assert found, letter.body
    return found[0]
