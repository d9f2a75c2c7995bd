"""Shops, catalogues and festivals for tests of the importer."""

import json
import lzma
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fairground.catalog.imports.source import SourceNames
from fairground.catalog.rules import (
    AttributeValue,
    DealTerms,
    PassedOver,
    ProductRecord,
    ProductText,
    SkuRecord,
)
from fairground.festivals.actions import create_festival
from fairground.festivals.rules import FestivalRecord, HallRecord
from fairground.inventory.imports import import_catalogue
from fairground.inventory.rules import ImportReport
from fairground.kernel.models import Writer
from fairground.kernel.money import Money
from fairground.markets.actions import ensure_markets
from fairground.markets.queries import default_world, reference_rates
from fairground.merchants.rules import MerchantRecord, PlaceRecord

NOW_MS = 1_794_355_200_000  # 2026-11-11T00:00:00Z
OPENS_AT = datetime(2026, 11, 11, tzinfo=UTC)
CLOSES_AT = datetime(2026, 11, 12, tzinfo=UTC)
SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


def shared_data(name: str) -> Path:
    """Return a file of the real data, or skip the test where it is absent."""
    path = SHARED_DATA / name
    if not path.is_file():
        pytest.skip(f"the real data {path} is absent; a clone has none of it")
    return path


def make_shop() -> None:
    """Make the writer and the default markets."""
    Writer.objects.get_or_create(id=0, defaults={"lane_from": 0, "lane_to": 64})
    ensure_markets(world=default_world())


def offers_version() -> int:
    """Return the version of the offers, which a change that orders depend on raises."""
    return Writer.objects.get(id=0).offers_version


def make_merchant(*, slug: str = "olmo", currency: str = "EUR", commission_bps: int = 500) -> MerchantRecord:
    """Return a merchant with a warehouse in Valencia."""
    return MerchantRecord(
        slug=slug,
        name=slug.capitalize(),
        kind="shop",
        country="ES",
        currency=currency,
        commission_bps=commission_bps,
        place=PlaceRecord("Valencia warehouse", "Valencia", "ES", 39.47, -0.38),
    )


def make_product(
    *,
    external_id: str = "chair",
    merchant: MerchantRecord | None = None,
    title: str = "Oak chair",
    description: str = "A chair of oak.",
    brand: str = "Olmo",
    price_minor: int = 12_900,
    variants: Sequence[str] = ("",),
    stock_units: int = 100,
    units_stated: bool = True,
    attributes: Mapping[str, AttributeValue] | None = None,
    deal: DealTerms | None = None,
) -> ProductRecord:
    """Return a product with one SKU a variant, all at one price."""
    merchant = merchant or make_merchant()
    return ProductRecord(
        merchant=merchant,
        external_id=external_id,
        brand=brand,
        category="home.furniture",
        texts={"en": ProductText(title, description)},
        skus=tuple(
            SkuRecord(
                external_id=f"{external_id}/{variant}" if variant else external_id,
                price=Money(price_minor, merchant.currency),
                stock_units=stock_units,
                units_stated=units_stated,
                hs_code="940161",
                options={"colour": variant} if variant else {},
            )
            for variant in variants
        ),
        attributes=attributes or {},
        deal=deal,
    )


@dataclass(slots=True)
class ListCatalogue:
    """A source whose rows are given."""

    given: Sequence[ProductRecord | PassedOver]
    position: int = field(default=0, init=False)

    @property
    def size(self) -> int:
        """Return how many rows there are."""
        return len(self.given)

    def names(self) -> SourceNames:
        """Return no names."""
        return SourceNames()

    def rows(self) -> Iterator[ProductRecord | PassedOver]:
        """Yield the rows."""
        for self.position, row in enumerate(self.given, start=1):  # noqa: B020 - counts what was yielded
            yield row


def make_festival(*, slug: str = "fair") -> str:
    """Make a festival with a hall for the home."""
    record = FestivalRecord(
        slug=slug,
        name={"en": "Fair"},
        zone="Europe/Madrid",
        currency="EUR",
        halls=(HallRecord(slug="home", name={"en": "Home"}),),
    )
    return create_festival(record=record, opens_at=OPENS_AT, closes_at=CLOSES_AT, rates=reference_rates())


def run_import(*rows: ProductRecord | PassedOver, festival: str | None = None) -> ImportReport:
    """Import the rows."""
    return import_catalogue(source=ListCatalogue(rows), now_ms=NOW_MS, festival=festival)


def jsonl_line(**changes: object) -> bytes:
    """Return a line of a good product, with `changes`; a change to None leaves the key out."""
    product: dict[str, object] = {
        "id": "1",
        "title": "USB-C cable",
        "supplier": "Cablewright",
        "price": 995,
        "ean": ["4006381333931"],
        "short_description": "A cable of one metre.",
    }
    product |= changes
    return json.dumps({key: value for key, value in product.items() if value is not None}).encode()


def write_jsonl(path: Path, *lines: bytes) -> Path:
    """Write `lines` to `path`, compressed if its name says so."""
    text = b"".join(line + b"\n" for line in lines)
    path.write_bytes(lzma.compress(text) if path.name.endswith(".xz") else text)
    return path
