"""What is paid in coins: where a country has no coin for the last units, a total is rounded to the nearest sum it has.

Only the total of what is paid in cash is rounded, once, never a line and never what is paid otherwise. The difference
is nobody's price and nobody's tax: it goes to an account of its own (`rounding_address`).

Online nobody pays in coins, so nothing of the shop's rounds by this: it is the rule of a till, for the store desk.
"""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class CashRule:
    """The smallest coin in minor units, and whether what lies in the middle of two steps goes up."""

    step_minor: int
    half_up: bool = True


@dataclass(frozen=True, slots=True)
class CashAmount:
    """What is paid in coins; `difference_minor` is how much more that is than the amount, below zero if it is less."""

    payable_minor: int
    difference_minor: int


# One currency, one rule. Where a currency's countries have different ones (the euro: to five cents in Finland, the
# Netherlands, Belgium, Ireland, Italy, Slovakia and others, to the cent elsewhere) there is none here.
CASH_RULES = MappingProxyType(
    {
        # Münzverordnung (SR 941.101): coins from five rappen on; the two rappen ended in 1978, the one in 2007.
        "CHF": CashRule(5),
        # Lag (1970:1029) om avrundning av vissa öresbelopp: to the whole krona, 50 öre up; that coin ended in 2010.
        "SEK": CashRule(100),
        # Norges Bank: the 50 øre ended on 2012-05-01; sums are rounded to the whole krone, 50 øre up.
        "NOK": CashRule(100),
        # Danmarks Nationalbank: the 25 øre ended on 2008-10-01; sums are rounded to 50 øre, 25 and 75 øre up.
        "DKK": CashRule(50),
        # Government of Canada, budget of 2012: no cents are given out since 2013-02-04; to five cents.
        "CAD": CashRule(5),
        # Royal Australian Mint: the one and two cents were taken back from 1992 on; to five cents.
        "AUD": CashRule(5),
        # Reserve Bank of New Zealand: the five cents ended on 2006-10-31; five may go either way, here to the buyer.
        "NZD": CashRule(10, half_up=False),
        # 2008. évi III. törvény: the one and two forint ended on 2008-03-01; to five forint.
        "HUF": CashRule(500),
        # Zákon č. 634/1992 Sb., § 3: to the nearest coin there is; the 50 haléř ended on 2008-08-31.
        "CZK": CashRule(100),
    }
)
_EXACT = CashRule(1)


def cash_minor(amount_minor: int, currency: str) -> CashAmount:
    """Return what is paid in coins for an amount, in minor units of its currency, and the difference.

    What is paid back mirrors what is paid. An amount that coins can pay stays as it is, so rounding twice is rounding
    once; the difference is never more than half a step. For the tills of physical stores: what is paid online is never
    rounded to coins.
    """
    rule = CASH_RULES.get(currency, _EXACT)
    steps, rest = divmod(abs(amount_minor), rule.step_minor)
    up = rest * 2 > rule.step_minor or (rest * 2 == rule.step_minor and rule.half_up)
    payable_minor = (steps + up) * rule.step_minor
    if amount_minor < 0:
        payable_minor = -payable_minor
    return CashAmount(payable_minor, payable_minor - amount_minor)


def rounding_address(currency: str) -> str:
    """Return the address of the account that takes what rounding makes more or less; a free account, one a lane."""
    return f"platform:rounding:{currency}"
