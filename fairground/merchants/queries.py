"""Reads of merchants."""

from collections.abc import Mapping
from dataclasses import dataclass

from fairground.merchants.models import Merchant


@dataclass(frozen=True, slots=True)
class MerchantFacts:
    """A merchant as shoppers see it; `about` by language."""

    id: int
    slug: str
    name: str
    kind: str
    country: str
    about: Mapping[str, str]


def merchant_facts(*, slug: str) -> MerchantFacts | None:
    """Return a merchant by its slug, or None where there is none."""
    row = Merchant.objects.filter(slug=slug).values_list("id", "slug", "name", "kind", "country", "about").first()
    return MerchantFacts(*row) if row else None
