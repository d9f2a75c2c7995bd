"""People of the staff for tests, and a browser's requests by them."""

from datetime import UTC, datetime

from django.test import Client

from fairground.identity.models import User
from fairground.identity.operators import add_operator
from fairground.kernel.edits import By

PASSWORD = "a lantern for each stall"
EARLY = By(user_id=None, now=datetime(2026, 11, 1, tzinfo=UTC))


def sign_in(role: str | None = "operator", *, staff: bool = True) -> Client:
    """Return a client in which somebody of a role has signed in; None of the staff without a role, or a shopper."""
    email = f"{role or 'nobody'}@shop.example"
    if role:
        user = User.objects.get(id=add_operator(email=email, role=role, password=PASSWORD, by=EARLY))
    else:
        user = User.objects.create_user(email, PASSWORD, is_staff=staff)
    client = Client()
    client.force_login(user)
    return client
