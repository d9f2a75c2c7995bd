"""Idempotency keys: UUIDs of version 7, made within a day of now."""

from uuid import UUID, uuid1, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairground.intake.codec import BadKey, parse_key
from tests.factories import NOW_MS, next_key

DAY_MS = 24 * 3_600_000
V7 = str(UUID(bytes=next_key()))


@pytest.mark.parametrize("text", [V7, V7.upper(), V7.replace("-", "")])
def test_a_uuid_of_version_7_is_a_key_however_it_is_written(text: str) -> None:
    assert parse_key(text, now_ms=NOW_MS) == UUID(V7).bytes


@pytest.mark.parametrize("off_ms", [-DAY_MS, 0, DAY_MS])
def test_a_key_made_within_a_day_is_good(off_ms: int) -> None:
    key = next_key(unix_ms=NOW_MS + off_ms)

    assert parse_key(str(UUID(bytes=key)), now_ms=NOW_MS) == key


@pytest.mark.parametrize("off_ms", [-DAY_MS - 1, DAY_MS + 1], ids=["too old", "in the future"])
def test_a_key_made_further_away_is_refused(off_ms: int) -> None:
    key = next_key(unix_ms=NOW_MS + off_ms)

    with pytest.raises(BadKey) as refused:
        parse_key(str(UUID(bytes=key)), now_ms=NOW_MS)

    assert refused.value == BadKey(reason="its time is more than 24 hours from now")


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6, 8])
def test_another_version_is_refused(version: int) -> None:
    key = bytearray(next_key())
    key[6] = version << 4

    with pytest.raises(BadKey) as refused:
        parse_key(key.hex(), now_ms=NOW_MS)

    assert refused.value == BadKey(reason="not a UUID of version 7")


@pytest.mark.parametrize("variant", [0x00, 0x40, 0xC0, 0xE0])
def test_another_variant_is_refused(variant: int) -> None:
    key = bytearray(next_key())
    key[8] = variant

    with pytest.raises(BadKey):
        parse_key(key.hex(), now_ms=NOW_MS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "null",
        V7[:-1],
        V7 + "0",
        f"{{{V7}}}",
        f"urn:uuid:{V7}",
        "\u0660" * 32,
        *map(str, (uuid1(), uuid4())),
        "0" * 10_000,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadKey):
        parse_key(text, now_ms=NOW_MS)


@given(text=st.text(max_size=60))
def test_whatever_is_sent_breaks_nothing(text: str) -> None:
    with pytest.raises(BadKey):
        parse_key(text, now_ms=NOW_MS)
