"""Paying by a provider of the tests' own as a browser does it: the button, the way back, and how it stands."""

import pytest
from django.core.cache import cache

from fairground.checkout.rules.placing import Placed
from fairground.orders.models import Purchase
from fairground.orders.rules import Step
from fairground.payments.models import Payment
from tests.factories import make_market
from tests.payments.local_provider import LocalProvider
from tests.people_making import Guest


def set_up_provider(monkeypatch: pytest.MonkeyPatch) -> LocalProvider:
    """Set the shop up with a provider, and return it."""
    make_market()
    provider = LocalProvider()
    for place in ("fairground.payments.providers.configured", "fairground.checkout.payment_tasks"):
        monkeypatch.setattr(f"{place}.configured_providers", lambda: {"local": provider})
    return provider


def step() -> Step:
    """Return where the only purchase stands."""
    return Step(Purchase.objects.get().state)


def begin(guest: Guest, placed: Placed, *, due: int = 2_000, **fields: str) -> str:
    """Press the button, and return where that leads."""
    form = {"provider": "local", "due": str(due), **fields}
    answer = guest.client.post(f"/purchases/{placed.number}/payment", form)
    assert answer.status_code == 303, answer
    return str(answer["Location"])


def key_of_newest() -> str:
    """Return the key of the payment that was begun last."""
    payment = Payment.objects.order_by("-id").first()
    assert payment is not None, "nothing was begun"
    return payment.key.hex


def look(guest: Guest, placed: Placed) -> str:
    """Come back from the provider, as a browser does, and return where that ends."""
    cache.clear()
    answer = guest.client.get(f"/purchases/{placed.number}/payment/return", follow=True)
    return answer.redirect_chain[-1][0]
