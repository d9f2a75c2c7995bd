"""Declarations for tests: a festival far enough off, a merchant that takes part, goods, and people who decide."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from fairground.catalog.models import Sku
from fairground.festivals.declared import DeclaredRow
from fairground.festivals.enrolments import decide_enrolment, enrol_merchant
from fairground.festivals.models import Declaration, Phase
from fairground.festivals.phase_plan import PhaseKind
from fairground.inventory.declared_tables import DeclareReport, declare
from fairground.inventory.reviewing import Choice
from fairground.kernel.edits import By
from fairground.merchants.models import Merchant
from tests.factories import NOW, MerchantMade, SkuMade, make_festival, make_merchant, make_sku

EARLIER = NOW - timedelta(days=7)
# Their numbers are no user's, whatever other tests made.
DECLARER, ADA, SAM, KIM = (
    By(user_id=9_000_000 + number, now=EARLIER + timedelta(minutes=number)) for number in range(4)
)


def user_of(by: By) -> int:
    """Return the user who somebody is."""
    assert by.user_id is not None, by
    return by.user_id


def slug_of(merchant: MerchantMade) -> str:
    """Return a merchant's slug."""
    return Merchant.objects.get(id=merchant.id).slug


def sku_name(sku: SkuMade) -> str:
    """Return the merchant's own id of a SKU."""
    return Sku.objects.get(id=sku.id).external_id


def make_enrolled(*, festival: str = "fair", lane: int = 0) -> MerchantMade:
    """Make a merchant that was admitted to a festival, which is made if there is none."""
    make_festival(slug=festival)
    merchant = make_merchant(lane=lane)
    enrolment_id = enrol_merchant(festival=festival, merchant=slug_of(merchant), by=DECLARER)
    decide_enrolment(enrolment_id=enrolment_id, admitted=True, by=ADA)
    return merchant


def make_chair(merchant: MerchantMade | None = None, **facts: Any) -> SkuMade:
    """Make a SKU for 129.00 of a merchant that takes part."""
    return make_sku(merchant=merchant or make_enrolled(), **{"price_minor": 12_900, **facts})


def row_of(sku: SkuMade, *, price: str = "90.00", line: int = 2, **facts: Any) -> DeclaredRow:
    """Return a row that declares a SKU at a price in its market."""
    prices: Mapping[str, str] = {sku.market: price}
    return DeclaredRow(
        **{"line": line, "sku": sku_name(sku), "hall": "", "units": 40, "buyer_limit": 2, "prices": prices, **facts}
    )


def declare_rows(merchant: MerchantMade, *rows: Any, by: By = DECLARER, **given: Any) -> DeclareReport:
    """Declare rows of a merchant."""
    return declare(
        **{"festival": "fair", "merchant": slug_of(merchant), "rows": rows, "source": "deals.csv", "by": by, **given}
    )


def make_declared(*, price: str = "90.00", sku: SkuMade | None = None, by: By = DECLARER, **facts: Any) -> Declaration:
    """Make a submitted declaration; 90.00 is clean, 0.90 is found."""
    chair = sku or make_chair()
    report = declare_rows(chair.merchant, row_of(chair, price=price, **facts), by=by)
    assert report.submitted == 1, report
    return Declaration.objects.get(sku_id=chair.id)


def choice_of(declaration: Declaration) -> Choice:
    """Return the choice of a declaration as it was read."""
    return Choice(declaration.pk, declaration.version)


def freeze_enrolment(*, at: datetime = EARLIER, festival: str = "fair") -> None:
    """End declarations of a festival at a moment."""
    Phase.objects.create(festival_id=festival, kind=PhaseKind.ENROLMENT, starts_at=at - timedelta(days=1), ends_at=at)
