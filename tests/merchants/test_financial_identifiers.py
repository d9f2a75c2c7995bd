"""To which account a merchant is paid: an IBAN whose check digits are right, or the number or name of another."""

import pytest

from fairground.merchants.rules import is_financial_identifier, is_iban, written_identifier


# The examples of the IBAN registry, the shortest and the longest among them.
@pytest.mark.parametrize(
    "iban", ["NO9386011117947", "DE89370400440532013000", "GB29NWBK60161331926819", "MT84MALT011000012345MTLCAST001S"]
)
def test_an_iban_has_right_check_digits_and_no_other_is_one(iban: str) -> None:
    assert is_iban(iban)
    assert is_financial_identifier(iban)
    for other in range(10):
        changed = f"{iban[:-3]}{other}{iban[-2:]}"
        assert is_financial_identifier(changed) is (changed == iban), changed


def test_two_letters_that_changed_places_are_seen() -> None:
    assert not is_iban("DE89370400440532103000")


@pytest.mark.parametrize("text", ["12-34-56 12345678", "021000021/1234567890", "wallet@shop.example", "0490"])
def test_an_account_elsewhere_is_taken_as_it_is_written(text: str) -> None:
    assert is_financial_identifier(text)
    assert not is_iban(text)
    assert written_identifier(f" {text} ") == text


@pytest.mark.parametrize("text", ["", "123", "=1+1", "@SUM(A1)", "+4912345", "x" * 61, "a\nbcd", "DE89", "GB00 1"])
def test_what_names_no_account_is_refused(text: str) -> None:
    assert not is_financial_identifier(written_identifier(text))


def test_an_iban_is_kept_in_capitals_and_without_its_spaces() -> None:
    assert written_identifier("de89 3704 0044 0532 0130 00") == "DE89370400440532013000"
