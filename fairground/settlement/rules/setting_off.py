"""How much of what is owed in one currency pays what is owed back in another."""

from dataclasses import dataclass

from fairground.kernel.money import Rounding
from fairground.markets.conversion import convert_minor
from fairground.markets.rules import Rate


@dataclass(frozen=True, slots=True)
class Swap:
    """What is taken in one currency and given in the other, in minor units of each."""

    taken_minor: int
    given_minor: int


def set_off(*, owed_minor: int, debt_minor: int, source: str, target: str, rate: Rate) -> Swap | None:
    """Return what of `owed_minor` of `source` pays how much of a debt in `target`; None where it is nothing.

    `rate` is what one unit of `source` is in `target`. No more is taken than is owed, no more given than the debt;
    what is converted is rounded half up, once. Where one side comes to less than half a minor unit of the other,
    nothing is set off: nobody gives something for nothing.
    """
    worth_minor = convert_minor(owed_minor, source=source, target=target, rate=rate, rounding=Rounding.HALF_UP)
    if worth_minor <= debt_minor:
        swap = Swap(owed_minor, worth_minor)
    else:
        back = Rate(rate.denominator, rate.numerator, rate.quoted_at)
        price_minor = convert_minor(debt_minor, source=target, target=source, rate=back, rounding=Rounding.HALF_UP)
        swap = Swap(min(price_minor, owed_minor), debt_minor)
    return swap if swap.taken_minor > 0 and swap.given_minor > 0 else None
