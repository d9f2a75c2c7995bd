"""Rates on pages are decimals that people read."""

import pytest
from django.utils import translation

from fairground.sites.exchange_words import exchange_text


@pytest.mark.parametrize(
    ("numerator", "denominator", "said"),
    [
        (1_864_300, 11_711, "1 USD = 159.192 JPY"),
        (1, 1, "1 USD = 1 JPY"),
        (11_711, 1_864_300, "1 USD = 0.00628171 JPY"),
        (25_345_678, 10, "1 USD = 2,534,568 JPY"),
    ],
)
def test_a_rate_has_six_significant_digits(numerator: int, denominator: int, said: str) -> None:
    assert exchange_text(numerator, denominator, source="USD", target="JPY") == said


def test_a_rate_is_written_as_the_language_does() -> None:
    with translation.override("es"):
        assert exchange_text(1_864_300, 11_711, source="USD", target="JPY") == "1 USD = 159,192 JPY"
