"""Merchants that have something to answer or to give back, and no address to which that was written."""

from dataclasses import dataclass
from datetime import datetime

from fairground.aftersales.models import Case
from fairground.aftersales.rules import CaseState
from fairground.fulfilment.models import Withdrawal
from fairground.merchants.models import Merchant

# A page lists so many, those first for whom something waits longest.
UNREACHED_SHOWN_MAX = 200
# It is the merchant who answers, looks at what came back, or sends the other units.
_TO_ANSWER = (CaseState.OPENED, CaseState.SENT, CaseState.REPLACING, CaseState.LOST)


@dataclass(frozen=True, slots=True)
class MerchantUnreached:
    """A merchant without a contact; how many cases and withdrawals wait for it, the oldest since `since`."""

    merchant_id: int
    slug: str
    name: str
    cases: int
    withdrawals: int
    since: datetime


def merchants_unreached() -> list[MerchantUnreached]:
    """Return merchants that nobody can write to and that have something to do, the longest first."""
    cases: dict[int, list[datetime]] = {}
    withdrawals: dict[int, list[datetime]] = {}
    states = [one.value for one in _TO_ANSWER]
    for merchant_id, at in Case.objects.filter(state__in=states).values_list("merchant_id", "opened_at"):
        cases.setdefault(merchant_id, []).append(at)
    open_ = Withdrawal.objects.filter(settled_at__isnull=True)
    for merchant_id, at in open_.values_list("merchant_id", "declared_at"):
        withdrawals.setdefault(merchant_id, []).append(at)
    found = Merchant.objects.filter(id__in=cases.keys() | withdrawals.keys()).exclude(contact__email__gt="")
    rows = [
        MerchantUnreached(
            merchant_id=one.id,
            slug=one.slug,
            name=one.name,
            cases=len(cases.get(one.id, ())),
            withdrawals=len(withdrawals.get(one.id, ())),
            since=min([*cases.get(one.id, ()), *withdrawals.get(one.id, ())]),
        )
        for one in found
    ]
    return sorted(rows, key=lambda one: (one.since, one.merchant_id))
