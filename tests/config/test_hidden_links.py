"""Logs say that something was wrong with a link, and not which link it was."""

import logging
from logging.config import dictConfig

import pytest
from django.conf import settings

from fairground.config.hidden_links import HiddenLinks


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("Unprocessable Entity: /merchant/cases/AQQBaw-_x", "Unprocessable Entity: /merchant/cases/…"),
        ("Not Found: /merchant/cases/AQQBaw/pictures/1", "Not Found: /merchant/cases/…/pictures/1"),
        ("refused: POST /merchant/cases/AQQ?lang=es asked", "refused: POST /merchant/cases/…?lang=es asked"),
        ("Not Found: /purchases/0CYVFAP1EFM9Q0KDBEHP", "Not Found: /purchases/0CYVFAP1EFM9Q0KDBEHP"),
    ],
)
def test_the_secret_part_of_a_link_is_left_out(said: str, logged: str) -> None:
    first, _, rest = said.partition(" ")
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, "%s %s", (first, rest), None)

    assert HiddenLinks().filter(record)

    assert record.getMessage() == logged


def test_every_line_of_the_shop_goes_through_it(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("django.request")
    kept = logging.root.handlers[:]
    try:
        dictConfig(settings.LOGGING)
        logger.warning("%s: %s", "Gone", "/merchant/cases/AQQBaw")
    finally:
        logging.root.handlers[:] = kept

    assert "Gone: /merchant/cases/…" in capsys.readouterr().err
