"""What those share who race and lose.

They wait for each other as long as a busy machine makes them, unless a test is about waiting.
"""

from collections.abc import Iterator

import pytest
from django.db import connection

from fairground.inventory import imports
from fairground.kernel import edits
from tests.concurrency.proxy import Wire
from tests.concurrency.racing import PATIENCE_S


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is refused because the others took long, as on a machine of two busy cores they do."""
    for module in (edits, imports):
        monkeypatch.setattr(module, "LOCK_TIMEOUT_MS", 1_000 * PATIENCE_S)


@pytest.fixture
def impatient(_patient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever does not get the turn is refused soon: a test holds it."""
    for module in (edits, imports):
        monkeypatch.setattr(module, "LOCK_TIMEOUT_MS", 50)


@pytest.fixture
def wire(writer: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """What threads connect through from now on; this thread's own connection is older and goes straight."""
    connection.ensure_connection()
    settings = connection.settings_dict
    made = Wire(host=settings["HOST"] or "127.0.0.1", port=int(settings["PORT"] or 5432))
    monkeypatch.setitem(settings, "HOST", "127.0.0.1")
    monkeypatch.setitem(settings, "PORT", str(made.port))
    yield made
    made.close()
