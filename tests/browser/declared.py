"""Declare deals in the shop that DATABASE_URL names: most are clean, in one the point slipped, one has no stock."""

from collections.abc import Iterator
from datetime import timedelta

import django

django.setup()

from fairground.catalog.models import Price, Sku  # noqa: E402 - Django must be set up first
from fairground.festivals.declared import DeclaredRow  # noqa: E402
from fairground.festivals.enrolments import festival_terms  # noqa: E402
from fairground.festivals.models import Festival  # noqa: E402
from fairground.inventory.declared_tables import declare  # noqa: E402
from fairground.kernel.edits import By  # noqa: E402
from fairground.kernel.money import decimal_text  # noqa: E402

GOODS = 6


def declare_some() -> None:
    """Declare what of one merchant has no deal yet; what is declared stays as it is."""
    festival = Festival.objects.get().slug
    enrolled = Sku.objects.filter(merchant__enrolments__festival=festival, deal=None).order_by("id")
    merchant = enrolled.values_list("merchant__slug", flat=True)[0]
    skus = Sku.objects.filter(merchant__slug=merchant, deal=None).order_by("id")[:GOODS]
    # The shop opens so soon that its deals are frozen by now.
    by = By(user_id=None, now=festival_terms(festival=festival).freezes_at - timedelta(hours=1))
    report = declare(festival=festival, merchant=merchant, rows=_rows(list(skus)), source="browser", by=by)
    assert report.passed_over == [], report


def _rows(skus: list[Sku]) -> Iterator[DeclaredRow]:
    for line, sku in enumerate(skus, start=1):
        prices: dict[str, str] = {}
        for price in Price.objects.filter(sku=sku):
            slipped = line == 1 and price.market_id == "EU"
            deal_minor = price.price_minor * 7 // (100 if slipped else 10)
            prices[price.market_id] = decimal_text(deal_minor, price.currency)
        units = 1_000_000 if line == GOODS else 5
        yield DeclaredRow(line, sku.external_id, "", units, 2, prices)


if __name__ == "__main__":
    declare_some()
