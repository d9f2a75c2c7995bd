"""The numbers that people see: they lead back to their purchase, and rubbish leads nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairground.kernel.ids import EPOCH_MS, make_id
from fairground.orders.rules import NumberParts, parse_purchase_number, purchase_number

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_BITS = st.integers(0, (1 << 60) - 1)


@given(
    unix_ms=st.integers(EPOCH_MS, EPOCH_MS + (1 << 41) - 1000),
    lane=st.integers(0, 63),
    sequence=st.integers(0, 4095),
    random_bits=RANDOM_BITS,
)
def test_a_number_leads_back_to_the_second_and_the_lane_of_its_id(
    unix_ms: int, lane: int, sequence: int, random_bits: int
) -> None:
    purchase_id = make_id(unix_ms=unix_ms, lane=lane, sequence=sequence)

    number = purchase_number(purchase_id, random_bits)
    parts = parse_purchase_number(number)

    assert len(number) == 20
    assert set(number) <= set(ALPHABET)
    assert parts is not None
    assert (parts.lane, parts.random_bits) == (lane, random_bits)
    assert parts.first_id <= purchase_id < parts.end_id
    first_ms = unix_ms - (unix_ms - EPOCH_MS) % 1000
    assert parts.first_id == make_id(unix_ms=first_ms, lane=lane, sequence=0)
    assert parts.end_id == make_id(unix_ms=first_ms + 1000, lane=lane, sequence=0)


def test_a_number_is_what_it_was_yesterday() -> None:
    purchase_id = make_id(unix_ms=1_794_355_200_000, lane=42, sequence=7)

    assert purchase_number(purchase_id, 0x0123456789ABCDE) == "0CWZ7G1A04HMASW9NF6Y"
    assert parse_purchase_number("0CWZ7G1A04HMASW9NF6Y") == NumberParts(
        lane=42,
        first_id=purchase_id - 7,
        end_id=make_id(unix_ms=1_794_355_201_000, lane=42, sequence=0),
        random_bits=0x0123456789ABCDE,
    )


@given(unix_ms=st.integers(EPOCH_MS, EPOCH_MS + (1 << 40)), data=st.data())
def test_a_number_may_be_typed_as_people_type(unix_ms: int, data: st.DataObject) -> None:
    number = purchase_number(make_id(unix_ms=unix_ms, lane=1, sequence=0), 5)
    written = [[letter, letter.lower(), f" {letter}", f"-{letter}"] for letter in number]
    typed = "".join(data.draw(st.sampled_from(ways)) for ways in written)
    typed = typed.replace("0", "O").replace("1", data.draw(st.sampled_from("1IilL")))

    assert parse_purchase_number(typed) == parse_purchase_number(number)


@pytest.mark.parametrize(
    "rubbish",
    ["", "1", "0" * 19, "0" * 21, "U" * 20, "0" * 19 + "!", "0" * 19 + "٣", "0" * 19 + "é", "\0" * 20, "Z" * 20],
)
def test_rubbish_is_no_number(rubbish: str) -> None:
    assert parse_purchase_number(rubbish) is None


@given(text=st.text(max_size=40))
def test_whatever_is_typed_breaks_nothing(text: str) -> None:
    parts = parse_purchase_number(text)

    assert parts is None or 0 <= parts.first_id < parts.end_id < 1 << 63


@given(text=st.text(alphabet=ALPHABET, min_size=20, max_size=20))
def test_twenty_letters_lead_to_ids_that_fit_a_bigint_or_nowhere(text: str) -> None:
    parts = parse_purchase_number(text)

    assert parts is None or 0 <= parts.first_id < parts.end_id < 1 << 63
