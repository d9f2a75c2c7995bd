"""What a prize comes to: capped by the prize, by the market's ceiling, and by what is left in the pool."""

from dataclasses import dataclass

from fairground.draws.rules.terms import PrizeKind
from fairground.kernel.money import Rounding, minor_digits, scale_minor


@dataclass(frozen=True, slots=True)
class PoolRate:
    """One minor unit of a currency is `numerator / denominator` minor units of the pool's."""

    numerator: int
    denominator: int

    def charge_minor(self, amount_minor: int) -> int:
        """Return what an amount takes out of the pool, rounded up: the pool never gives more than it counts."""
        return scale_minor(amount_minor, self.numerator, self.denominator, Rounding.UP)

    def most_minor(self, left_minor: int) -> int:
        """Return the most that what is left in the pool pays for, in minor units of the currency."""
        return scale_minor(left_minor, self.denominator, self.numerator, Rounding.DOWN)


@dataclass(frozen=True, slots=True)
class Win:
    """A place that was won. `spent_minor`: what the winning purchase cost less what was cancelled; None without one.

    `ceiling_minor` is the market's, None where it has none. `is_gone`: the winner was erased, so nobody has the wallet.
    """

    kind: PrizeKind
    prize_minor: int
    ceiling_minor: int | None
    spent_minor: int | None
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class PrizePaid:
    """What a winner gets, in the market's currency, and what it takes out of the pool, in the pool's."""

    amount_minor: int
    charged_minor: int


def minor_rate(*, numerator: int, denominator: int, currency: str, pool_currency: str) -> PoolRate:
    """Return the rate between minor units of one that is pinned between whole ones."""
    shift = minor_digits(pool_currency) - minor_digits(currency)
    return PoolRate(numerator * 10 ** max(shift, 0), denominator * 10 ** max(-shift, 0))


def prize_paid(win: Win, *, left_minor: int, rate: PoolRate) -> PrizePaid:
    """Return what a winner is paid while so much is left in the pool; nothing where nothing is.

    Who won an exemption without a purchase (by the free way or a task) gets its amount: no way is worth less.
    """
    amount_minor = win.prize_minor
    if win.kind is PrizeKind.EXEMPTION and win.spent_minor is not None:
        amount_minor = min(amount_minor, win.spent_minor)
    if win.ceiling_minor is not None:
        amount_minor = min(amount_minor, win.ceiling_minor)
    amount_minor = 0 if win.is_gone else min(amount_minor, rate.most_minor(left_minor))
    return PrizePaid(amount_minor, rate.charge_minor(amount_minor))
