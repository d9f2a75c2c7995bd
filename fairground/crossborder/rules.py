"""What customs asks of goods that cross a border: pure, in minor units of the market's currency."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct

from fairground.kernel.money import Rounding, scale_minor

# A heading of the Harmonized System, which 200 countries share; what follows it, each country has for itself.
HEADING_DIGITS = 6
# All of what the goods are worth, in basis points; tariffs above that protect some farm goods, which nobody sends.
VALUE_BPS_MAX = 10_000
# Far above what any country lets in without a declaration of its own, also in a currency of small units.
VALUE_MAX_MINOR = 10**12
HEADING_MAX_MINOR = 10**9
AREA_COUNTRIES_MAX = 60
AREA_NAME_LENGTH_MAX = 80
AREA_CODE_LENGTH_MAX = 8
_AREA_CODE = re.compile(r"[A-Z]{2,8}")
_COUNTRY = re.compile(r"[A-Z]{2}")


class DutyRule(Struct, frozen=True):
    """What a market asks of a consignment into its customs area that is worth at most `value_max_minor`.

    For each heading `heading_minor`, and `value_bps` of what its goods are worth; tax comes on top.
    """

    area: str
    countries: frozenset[str]
    heading_minor: int
    value_bps: int
    value_max_minor: int

    @property
    def told(self) -> str:
        """Return it as a log and a form tell it: the area, then the sums in minor units."""
        return f"{self.area} {self.heading_minor} {self.value_bps} {self.value_max_minor}"


@dataclass(frozen=True, slots=True)
class CustomsSchedule:
    """Customs areas as countries by code, with their names, and the rule of each market that has one."""

    names: Mapping[str, str]
    areas: Mapping[str, frozenset[str]]
    rules: Mapping[str, DutyRule]


class GoodsSent(Struct, frozen=True):
    """Goods of an order: from which place and country they are sent, and what they are worth without tax."""

    place_id: int
    country: str
    hs_code: str
    value_minor: int


class Duty(Struct, frozen=True):
    """What customs asks for a heading of a consignment; `tax_minor` is the tax on that, on top of it."""

    place_id: int
    country: str
    heading: str
    value_minor: int
    duty_minor: int
    tax_minor: int


class Border(Struct, frozen=True):
    """What an order is asked at the border.

    `asked_there_above_minor`: a consignment is worth more than this, so customs asks for it at the border itself; 0:
    none is.
    """

    duties: tuple[Duty, ...] = ()
    asked_there_above_minor: int = 0

    @property
    def total_minor(self) -> int:
        """Return what is paid for it with the order."""
        return sum([one.duty_minor + one.tax_minor for one in self.duties])


NO_BORDER = Border()


def heading_of(hs_code: str) -> str:
    """Return the heading of a tariff code; goods without a code have one together, which is empty."""
    return hs_code[:HEADING_DIGITS]


def duties_of(goods: Sequence[GoodsSent], *, rule: DutyRule, to_country: str, tax_rate_bps: int) -> Border:
    """Return what customs asks of an order's goods that go to a country, each place's a consignment of its own.

    Of goods from a country that nobody stated, nothing is asked.

    Of goods that come into the EU from outside, in a consignment worth at most 150 euros, 3 euros are asked for each
    heading since 1 July 2026, and VAT on that. A consignment counts by its intrinsic value: what the goods cost without
    tax and transport (Delegated Regulation (EU) 2015/2446, Art. 1 (48)).
    """
    if to_country not in rule.countries:
        return NO_BORDER
    abroad = [one for one in goods if one.country and one.country not in rule.countries]
    if not abroad:
        return NO_BORDER
    duties: list[Duty] = []
    above_minor = 0
    for place_id in dict.fromkeys(one.place_id for one in abroad):
        sent = [one for one in abroad if one.place_id == place_id]
        if sum([one.value_minor for one in sent]) > rule.value_max_minor:
            above_minor = rule.value_max_minor
        else:
            duties += _of_consignment(sent, rule, tax_rate_bps)
    return Border(tuple(duties), above_minor)


def _of_consignment(sent: Sequence[GoodsSent], rule: DutyRule, tax_rate_bps: int) -> list[Duty]:
    worth: dict[str, int] = {}
    for one in sent:
        heading = heading_of(one.hs_code)
        worth[heading] = worth.get(heading, 0) + one.value_minor
    duties = []
    for heading, value_minor in worth.items():
        duty_minor = rule.heading_minor + scale_minor(value_minor, rule.value_bps, VALUE_BPS_MAX, Rounding.HALF_UP)
        tax_minor = scale_minor(duty_minor, tax_rate_bps, 10_000, Rounding.HALF_UP)
        if duty_minor:
            duties.append(Duty(sent[0].place_id, sent[0].country, heading, value_minor, duty_minor, tax_minor))
    return duties


def is_area(*, code: str, name: str, countries: Collection[str]) -> bool:
    """Return whether this may be an area: some countries, not too many, each by its two letters."""
    return (
        _AREA_CODE.fullmatch(code) is not None
        and 0 < len(name) <= AREA_NAME_LENGTH_MAX
        and 0 < len(countries) <= AREA_COUNTRIES_MAX
        and all(_COUNTRY.fullmatch(one) for one in countries)
    )


def area_told(name: str, countries: Collection[str]) -> str:
    """Return an area as a form tells it: its countries, then its name."""
    return f"{','.join(sorted(set(countries)))} {name}"


def is_rule(rule: DutyRule) -> bool:
    """Return whether a rule asks something, and nothing beyond what is possible."""
    return (
        0 <= rule.heading_minor <= HEADING_MAX_MINOR
        and 0 <= rule.value_bps <= VALUE_BPS_MAX
        and rule.heading_minor + rule.value_bps > 0
        and 0 < rule.value_max_minor <= VALUE_MAX_MINOR
    )
