"""Which commission holds, as a rule without a database."""

import pytest

from fairground.settlement.rules.fees import FeeHolding, categories_above, fee_holding

RATES: dict[tuple[str, int | None], int | None] = {
    ("home", None): 700,
    ("home.chairs", None): None,
    ("home", 5): 300,
    ("home.chairs", 6): 0,
}


def test_a_category_lies_in_those_whose_codes_begin_its_own() -> None:
    assert categories_above("home.chairs.office") == ["home", "home.chairs", "home.chairs.office"]


@pytest.mark.parametrize(
    ("category", "merchant_id", "expected"),
    [
        ("home.chairs", None, FeeHolding("home", None, 700)),
        ("home.chairs", 5, FeeHolding("home", 5, 300)),
        ("home.chairs", 6, FeeHolding("home.chairs", 6, 0)),
        ("home.lamps", 6, FeeHolding("home", None, 700)),
        ("homes", 5, None),
    ],
)
def test_what_is_agreed_with_the_merchant_holds_first_then_the_nearest_category(
    category: str, merchant_id: int | None, expected: FeeHolding | None
) -> None:
    assert fee_holding(RATES, category=category, merchant_id=merchant_id) == expected
