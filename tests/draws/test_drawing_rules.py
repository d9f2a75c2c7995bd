"""The drawing by numbers: known values, the order of the list, who wins once."""

import hashlib

import pytest

from fairground.draws.rules.drawing import commitment_of, list_entries, pick_entries, pseudonym, seed_of

SEED = bytes(32)


def test_a_commitment_is_the_sha256_of_the_secret() -> None:
    # FIPS 180-4: the hash of 32 zero bytes.
    assert commitment_of(bytes(32)) == "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"


def test_a_pseudonym_is_an_hmac_of_the_number_in_digits() -> None:
    # RFC 4231, test case 2, has a key and a message of letters; ours is the same function of digits.
    known = hashlib.sha256(
        bytes(byte ^ 0x5C for byte in b"k" * 32 + bytes(32))
        + hashlib.sha256(bytes(byte ^ 0x36 for byte in b"k" * 32 + bytes(32)) + b"1001").digest()
    ).hexdigest()

    assert pseudonym(salt=b"k" * 32, shopper_id=1001) == known


def test_another_salt_gives_the_same_shopper_another_pseudonym() -> None:
    assert pseudonym(salt=b"a" * 32, shopper_id=1001) != pseudonym(salt=b"b" * 32, shopper_id=1001)


def test_the_list_is_in_the_order_of_pseudonyms_then_kinds_then_what_they_are_for() -> None:
    entries = [(2, 3, 5), (1, 3, 4), (1, 1, 9), (1, 1, 8)]
    names = {shopper: pseudonym(salt=b"k" * 32, shopper_id=shopper) for shopper in (1, 2)}
    first, second = sorted(names, key=lambda shopper: names[shopper])
    of = {1: [(1, 1, 8), (1, 1, 9), (1, 3, 4)], 2: [(2, 3, 5)]}

    listed = list_entries(salt=b"k" * 32, entries=entries)

    assert [entry[1:] for entry in listed] == [*of[first], *of[second]]
    assert [entry[0] for entry in listed] == [names[first]] * len(of[first]) + [names[second]] * len(of[second])


def test_the_seed_is_of_secret_root_and_beacon_in_this_order() -> None:
    secret, root = b"s" * 32, b"r" * 32

    assert seed_of(secret=secret, root=root, beacon="ab") == hashlib.sha256(secret + root + b"ab").digest()


def test_the_first_winner_is_the_first_block_modulo_the_entries() -> None:
    block = int.from_bytes(hashlib.sha256(SEED + bytes(8)).digest()[:8], "big")

    assert pick_entries(seed=SEED, entrants=["a", "b", "c"], places=1) == [block % 3 + 1]


def test_who_won_is_passed_over_however_many_entries_they_have() -> None:
    entrants = ["a"] * 97 + ["b", "c", "d"]

    picked = pick_entries(seed=SEED, entrants=entrants, places=4)

    assert sorted(entrants[number - 1] for number in picked) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(("entrants", "places", "won"), [([], 3, 0), (["a", "a"], 3, 1), (["a", "b"], 0, 0)])
def test_no_more_win_than_there_are_entrants_and_places(entrants: list[str], places: int, won: int) -> None:
    assert len(pick_entries(seed=SEED, entrants=entrants, places=places)) == won
