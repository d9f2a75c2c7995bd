"""A budget that is split at random over packets: exact, nobody gets nothing, and nobody gets it all."""

import random
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from fairground.redpackets.rules import split_at_random

PACKETS = st.integers(1, 300)
SEEDS = st.integers(0, 2**32)


def draws(seed: int) -> Callable[[int], int]:
    """Return chance that comes out the same each time."""
    return random.Random(seed).randrange  # noqa: S311 - a test, and repeatable


@given(packets=PACKETS, each=st.integers(0, 10**12), seed=SEEDS)
def test_the_packets_add_up_to_the_budget_and_each_has_a_unit(packets: int, each: int, seed: int) -> None:
    budget_minor = packets + each
    amounts = split_at_random(budget_minor=budget_minor, packets=packets, below=draws(seed))

    assert len(amounts) == packets
    assert sum(amounts) == budget_minor
    assert min(amounts) >= 1


def shares(packets: int, below: Callable[[int], int]) -> list[Fraction]:
    """Return what each packet has beside its unit, against what it would have if all were equal."""
    rest_minor = packets * 10**9
    amounts = split_at_random(budget_minor=packets + rest_minor, packets=packets, below=below)
    return [Fraction(amount - 1, 10**9) for amount in amounts]


@given(packets=st.integers(2, 300), seed=SEEDS)
def test_whatever_is_drawn_a_packet_has_a_tenth_of_its_equal_part_at_least_and_five_times_that_at_most(
    packets: int, seed: int
) -> None:
    drawn = [
        shares(packets, draws(seed)),
        shares(packets, lambda n: 0),
        shares(packets, lambda n: n - 1),
    ]

    for some in drawn:
        assert Fraction(1, 10) - Fraction(1, 10**8) < min(some)
        assert max(some) < 5


@given(packets=st.integers(20, 300), seed=SEEDS)
def test_there_are_small_packets_and_large_ones_in_every_round(packets: int, seed: int) -> None:
    some = shares(packets, draws(seed))

    assert min(some) < Fraction(1, 4)
    assert max(some) > 2


def test_every_number_has_the_same_chance_of_the_luckiest_packet() -> None:
    below = draws(11)
    luckiest: Counter[int] = Counter()
    for _ in range(6_000):
        amounts = split_at_random(budget_minor=6_000, packets=6, below=below)
        luckiest[amounts.index(max(amounts))] += 1

    # Chi squared with five degrees of freedom: 20.5 is passed once in a thousand times.
    assert sum((count - 1_000) ** 2 / 1_000 for count in luckiest.values()) < 20.5
    assert set(luckiest) == set(range(6))
