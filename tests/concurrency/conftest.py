"""How long those who race wait for each other: as long as a busy machine makes them, unless a test is about waiting."""

import pytest

from fairground.inventory import imports
from fairground.kernel import edits
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
