"""What each seller earned in the quarters of a year, and who it is by law: the report of Directive 2011/16/EU (DAC7).

Annex V, Section III, B(2) asks for the consideration paid or credited in each quarter and the number of activities for
which it was, and for fees, commissions and taxes withheld. Consideration is what is left after those (Section I,
A(10)). A sale is in the quarter in which it was paid, by UTC; what goes back lowers the quarter in which it does. One
that was cancelled is no activity. The platform withholds no taxes of its sellers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fairground.kernel.edits import By
from fairground.kernel.money import Rounding
from fairground.markets.conversion import convert_minor
from fairground.markets.queries import reference_rates
from fairground.merchants.identities import IdentityFacts, disclose_identities, identities_known
from fairground.merchants.queries import MerchantFacts, merchants_by_id
from fairground.orders.rules import Step
from fairground.settlement.reports.reading import read_rows
from fairground.settlement.reports.rules import MEMBER_STATES, is_excluded, quarter_starts

QUARTERS = 4


@dataclass(frozen=True, slots=True)
class Quarter:
    """What a seller had of a quarter in a currency: `consideration_minor` is after fees and taxes."""

    activities: int = 0
    consideration_minor: int = 0
    fees_minor: int = 0
    taxes_minor: int = 0


@dataclass(frozen=True, slots=True)
class SellerYear:
    """A seller's year in a currency. `is_excluded` is of the year in all its currencies; None: one has no rate."""

    merchant_id: int
    slug: str
    name: str
    kind: str
    merchant_country: str
    currency: str
    quarters: tuple[Quarter, Quarter, Quarter, Quarter]
    is_excluded: bool | None
    identity: IdentityFacts | None

    @property
    def activities(self) -> int:
        """Return the sales of the year."""
        return sum(one.activities for one in self.quarters)

    @property
    def consideration_minor(self) -> int:
        """Return what the year brought after fees."""
        return sum(one.consideration_minor for one in self.quarters)

    @property
    def fees_minor(self) -> int:
        """Return the year's fees."""
        return sum(one.fees_minor for one in self.quarters)

    @property
    def is_in_the_union(self) -> bool:
        """Return whether it is resident in a Member State; while nobody wrote that down, whether it trades from one."""
        residences = self.identity.residences if self.identity else (self.merchant_country,)
        return not MEMBER_STATES.isdisjoint(residences)

    @property
    def is_reportable(self) -> bool:
        """Return whether it is to be reported: resident in the Union, and not excluded as too small."""
        return self.is_in_the_union and not self.is_excluded


def sellers_of_year(*, year: int) -> list[SellerYear]:
    """Return what each seller had of a year, by merchant and currency, for pages that mask numbers.

    :raises ReportTooSlow: it took too long
    """
    quarters = _quarters(year)
    return _sellers(quarters, identities_known(merchant_ids={merchant_id for merchant_id, _ in quarters}))


def disclose_sellers(*, year: int, by: By) -> list[SellerYear]:
    """Return the same for a file that has every number whole; the audit log keeps who had it, and of whom.

    :raises ReportTooSlow: it took too long
    """
    quarters = _quarters(year)
    return _sellers(quarters, disclose_identities(merchant_ids={one for one, _ in quarters}, by=by))


def _quarters(year: int) -> dict[tuple[int, str], list[Quarter]]:
    starts: list[datetime] = quarter_starts(year)
    asked = {
        "from_at": starts[0],
        "to_at": starts[QUARTERS],
        "starts": starts[:QUARTERS],
        "cancelled": Step.CANCELLED.value,
    }
    found: dict[tuple[int, str], list[Quarter]] = {}
    for merchant_id, currency, quarter, money_minor, fees_minor, activities in read_rows("seller_quarters", asked):
        own = found.setdefault((merchant_id, currency), [Quarter()] * QUARTERS)
        own[quarter - 1] = Quarter(activities, money_minor - fees_minor, fees_minor)
    return found


def _sellers(
    quarters: Mapping[tuple[int, str], list[Quarter]], identities: Mapping[int, IdentityFacts]
) -> list[SellerYear]:
    merchants = merchants_by_id(ids={merchant_id for merchant_id, _ in quarters})
    excluded = {merchant_id: _is_excluded(quarters, merchant_id) for merchant_id, _ in quarters}
    sellers = []
    for (merchant_id, currency), (first, second, third, fourth) in sorted(quarters.items()):
        merchant = merchants.get(merchant_id) or MerchantFacts(merchant_id, "", "", "", "", {})
        sellers.append(
            SellerYear(
                merchant_id=merchant_id,
                slug=merchant.slug,
                name=merchant.name,
                kind=merchant.kind,
                merchant_country=merchant.country,
                currency=currency,
                quarters=(first, second, third, fourth),
                is_excluded=excluded[merchant_id],
                identity=identities.get(merchant_id),
            )
        )
    return sellers


def _is_excluded(quarters: Mapping[tuple[int, str], list[Quarter]], merchant_id: int) -> bool | None:
    own = {currency: of_one for (one, currency), of_one in quarters.items() if one == merchant_id}
    rates = reference_rates()
    if not own.keys() <= rates.per_euro.keys():
        return None
    euros_minor = sum(
        convert_minor(
            sum(one.consideration_minor for one in of_one),
            source=currency,
            target="EUR",
            rate=rates.between(source=currency, target="EUR"),
            rounding=Rounding.HALF_UP,
        )
        for currency, of_one in own.items()
    )
    activities = sum(one.activities for of_one in own.values() for one in of_one)
    return is_excluded(activities=activities, consideration_eur_minor=euros_minor)
