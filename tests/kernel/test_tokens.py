"""Signed tokens: nobody makes one, changes one, or uses one for what it is not."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairground.kernel.tokens import TokenExpired, TokenForged, TokenKey, TokenOfOtherPurpose

EXPIRES_AT_S = 2_000_000_000
NOW_S = EXPIRES_AT_S - 1
PAYLOAD = b"who and what"
SECRET = "secret"


def key(*, secret: str = SECRET, audience: str = "real", purpose: int = 1, number: int = 1) -> TokenKey:
    return TokenKey.derive(secret=secret, audience=audience, purpose=purpose, number=number)


def raw(token: str) -> bytes:
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def text(token: bytes) -> str:
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


@given(payload=st.binary(max_size=60))
def test_a_token_brings_back_what_was_signed(payload: bytes) -> None:
    token = key().sign(payload, expires_at_s=EXPIRES_AT_S)

    assert key().open(token, now_s=NOW_S) == payload
    assert key().open(token.encode(), now_s=NOW_S) == payload


def test_a_token_is_good_until_the_second_it_expires() -> None:
    token = key().sign(PAYLOAD, expires_at_s=EXPIRES_AT_S)

    assert key().open(token, now_s=EXPIRES_AT_S - 0.001) == PAYLOAD
    with pytest.raises(TokenExpired):
        key().open(token, now_s=EXPIRES_AT_S)


@pytest.mark.parametrize(
    "other", [key(secret="other"), key(audience="rehearsal"), key(number=2)], ids=["secret", "realm", "key number"]
)
def test_a_token_of_another_secret_realm_or_key_is_forged(other: TokenKey) -> None:
    token = other.sign(PAYLOAD, expires_at_s=EXPIRES_AT_S)

    with pytest.raises(TokenForged):
        key().open(token, now_s=NOW_S)


def test_a_token_for_something_else_says_so() -> None:
    token = key(purpose=2).sign(PAYLOAD, expires_at_s=EXPIRES_AT_S)

    with pytest.raises(TokenOfOtherPurpose):
        key().open(token, now_s=NOW_S)


def test_a_token_that_only_claims_another_purpose_is_forged_there() -> None:
    body = bytearray(raw(key(purpose=2).sign(PAYLOAD, expires_at_s=EXPIRES_AT_S)))
    body[1] = 1

    with pytest.raises(TokenForged):
        key().open(text(bytes(body)), now_s=NOW_S)


@given(data=st.data())
def test_a_token_with_any_one_bit_flipped_is_refused(data: st.DataObject) -> None:
    token = bytearray(raw(key().sign(PAYLOAD, expires_at_s=EXPIRES_AT_S)))
    bit = data.draw(st.integers(0, len(token) * 8 - 1))
    token[bit // 8] ^= 1 << bit % 8

    with pytest.raises((TokenForged, TokenOfOtherPurpose)):
        key().open(text(bytes(token)), now_s=NOW_S)


@given(length=st.integers(0, 60))
def test_a_token_cut_short_is_forged(length: int) -> None:
    token = key().sign(PAYLOAD, expires_at_s=EXPIRES_AT_S)

    with pytest.raises(TokenForged):
        key().open(token[: length % len(token)], now_s=NOW_S)


@given(token=st.one_of(st.text(max_size=80), st.binary(max_size=80)))
def test_whatever_is_shown_is_refused_and_breaks_nothing(token: str | bytes) -> None:
    with pytest.raises((TokenForged, TokenOfOtherPurpose)):
        key().open(token, now_s=NOW_S)


@given(data=st.data())
def test_a_changed_text_never_brings_back_another_payload(data: st.DataObject) -> None:
    token = key().sign(PAYLOAD, expires_at_s=EXPIRES_AT_S)
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters(min_codepoint=33, max_codepoint=126))
    try:
        payload = key().open(token[:at] + letter + token[at + 1 :], now_s=NOW_S)
    except (TokenForged, TokenOfOtherPurpose):
        return

    assert payload == PAYLOAD
