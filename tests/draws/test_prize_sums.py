"""What a prize comes to: capped by itself, the market, the pool, and what was spent."""

import pytest

from fairground.draws.rules.awards import PoolRate, PrizePaid, Win, minor_rate, prize_paid
from fairground.draws.rules.terms import PrizeKind

ONE_TO_ONE = PoolRate(1, 1)
PLENTY = 10**9


@pytest.mark.parametrize(
    ("kind", "prize", "ceiling", "spent", "left", "paid"),
    [
        (PrizeKind.WALLET, 500, None, None, PLENTY, 500),
        (PrizeKind.WALLET, 500, 300, None, PLENTY, 300),
        (PrizeKind.WALLET, 500, 300, None, 299, 299),
        (PrizeKind.WALLET, 500, None, None, 0, 0),
        (PrizeKind.WALLET, 500, None, 100, PLENTY, 500),
        (PrizeKind.EXEMPTION, 500, None, 120, PLENTY, 120),
        (PrizeKind.EXEMPTION, 500, None, 700, PLENTY, 500),
        (PrizeKind.EXEMPTION, 500, 90, 120, PLENTY, 90),
        (PrizeKind.EXEMPTION, 500, None, 0, PLENTY, 0),
        (PrizeKind.EXEMPTION, 500, None, None, PLENTY, 500),
    ],
)
def test_the_least_of_all_caps_is_paid(
    kind: PrizeKind, prize: int, ceiling: int | None, spent: int | None, left: int, paid: int
) -> None:
    win = Win(kind=kind, prize_minor=prize, ceiling_minor=ceiling, spent_minor=spent)

    assert prize_paid(win, left_minor=left, rate=ONE_TO_ONE) == PrizePaid(paid, paid)


def test_who_was_erased_has_no_wallet_and_gets_nothing() -> None:
    win = Win(kind=PrizeKind.WALLET, prize_minor=500, ceiling_minor=None, spent_minor=None, is_gone=True)

    assert prize_paid(win, left_minor=PLENTY, rate=ONE_TO_ONE) == PrizePaid(0, 0)


def test_the_pool_counts_a_part_of_its_minor_unit_as_a_whole_one() -> None:
    # A yen is 0.00617 euros: 1,000 yen are 6.17 euros.
    yen = minor_rate(numerator=617, denominator=100_000, currency="JPY", pool_currency="EUR")

    assert yen.charge_minor(1_000) == 617
    assert yen.charge_minor(1) == 1


@pytest.mark.parametrize("left", [0, 1, 2, 99, 100, 101, 616, 617, 618, 10_000])
def test_what_is_left_pays_for_no_more_than_it_has(left: int) -> None:
    for rate in (
        minor_rate(numerator=617, denominator=100_000, currency="JPY", pool_currency="EUR"),
        minor_rate(numerator=3, denominator=1, currency="KWD", pool_currency="EUR"),
        minor_rate(numerator=1, denominator=27_000, currency="VND", pool_currency="USD"),
    ):
        most = rate.most_minor(left)

        assert rate.charge_minor(most) <= left
        assert rate.charge_minor(most + 1) > left or rate.numerator < rate.denominator
