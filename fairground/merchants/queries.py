"""Reads of merchants."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from fairground.kernel.sql import load_sql
from fairground.merchants.models import LegalIdentity, Merchant, MerchantShipping
from fairground.merchants.rules import ShippingRate


@dataclass(frozen=True, slots=True)
class MerchantFacts:
    """A merchant as shoppers see it; `about` by language."""

    id: int
    slug: str
    name: str
    kind: str
    country: str
    about: Mapping[str, str]


_FACTS = ("id", "slug", "name", "kind", "country", "about")


@dataclass(frozen=True, slots=True)
class EntityAddress:
    """Where an entity sits by law."""

    name: str
    street: str
    post_code: str
    city: str
    country: str


def entity_address(*, merchant_id: int) -> EntityAddress | None:
    """Return where parcels reach a merchant that is an entity; None where nobody wrote it down.

    Nor of a person: that address is personal data, and only the merchant tells it.
    """
    row = LegalIdentity.objects.filter(merchant_id=merchant_id, is_person=False).first()
    return EntityAddress(row.legal_name, row.street, row.post_code, row.city, row.country) if row else None


def merchant_facts(*, slug: str) -> MerchantFacts | None:
    """Return a merchant by its slug, or None where there is none."""
    row = Merchant.objects.filter(slug=slug).values_list(*_FACTS).first()
    return MerchantFacts(*row) if row else None


def merchants_named(*, slugs: Collection[str], ids: Collection[int]) -> list[MerchantFacts]:
    """Return the merchants that are named by slug or by id, in no order; who isn't there is left out."""
    named = Q(slug__in=list(slugs)) | Q(id__in=list(ids))
    return [MerchantFacts(*row) for row in Merchant.objects.filter(named).values_list(*_FACTS)]


def merchant_page_starts(*, page_max: int) -> list[int]:
    """Return the id with which each page begins, when all merchants in the order of their ids lie on such pages."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("merchants", "merchant_page_starts"), {"page_max": page_max})
        return [first_id for (first_id,) in cursor]


def merchant_slugs(*, first_id: int, page_max: int) -> list[str]:
    """Return the slugs of the `page_max` merchants from `first_id` on, in the order of their ids."""
    return list(Merchant.objects.filter(id__gte=first_id).order_by("id").values_list("slug", flat=True)[:page_max])


def merchant_ids() -> list[int]:
    """Return the ids of all merchants, ascending."""
    return list(Merchant.objects.order_by("id").values_list("id", flat=True))


def merchants_by_id(*, ids: Collection[int]) -> dict[int, MerchantFacts]:
    """Return the merchants with these ids, by id; who isn't there is left out."""
    return {one.id: one for one in merchants_named(slugs=(), ids=ids)}


def shipping_rate(price_minor: int | None, free_from_minor: int, days_min: int, days_max: int) -> ShippingRate | None:
    """Return the columns of a rate as one; None where its row is not there, and shipping costs nothing."""
    return None if price_minor is None else ShippingRate(price_minor, free_from_minor, days_min, days_max)


def shipping_rates(*, merchant_ids: Collection[int], market: str) -> dict[int, ShippingRate]:
    """Return what these merchants ask for shipping in a market, by merchant; who asks nothing there is left out."""
    rows = MerchantShipping.objects.filter(merchant_id__in=merchant_ids, market_id=market)
    return {row.merchant_id: _rate(row) for row in rows}


def shipping_rate_of(*, slug: str, market: str) -> ShippingRate | None:
    """Return what a merchant, by its slug, asks for shipping in a market; None where it asks nothing."""
    row = MerchantShipping.objects.filter(merchant__slug=slug, market_id=market).first()
    return _rate(row) if row else None


def shipping_by_market(*, merchant_id: int) -> dict[str, ShippingRate]:
    """Return what a merchant asks for shipping, by market."""
    return {row.market_id: _rate(row) for row in MerchantShipping.objects.filter(merchant_id=merchant_id)}


def _rate(row: MerchantShipping) -> ShippingRate:
    return ShippingRate(row.price_minor, row.free_from_minor, row.days_min, row.days_max)
