"""The sample catalogue: a folder with one JSON file a merchant, categories.json, and options-*.json."""

import json
from collections.abc import Iterator
from itertools import product as combinations
from math import prod
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from fairground.catalog.imports.source import SourceNames
from fairground.catalog.rules import (
    ID_LENGTH_MAX,
    PRICE_MINOR_MAX,
    TITLE_LENGTH_MAX,
    VARIANTS_MAX,
    AttributeValue,
    DealTerms,
    PassedOver,
    ProductRecord,
    ProductText,
    SkuRecord,
    make_slug,
)
from fairground.kernel.money import Money
from fairground.markets.queries import has_reference_rate
from fairground.merchants.rules import MerchantRecord, PlaceRecord

_CATEGORIES = "categories.json"
_OPTIONS = "options-*.json"

Name = Annotated[str, Meta(min_length=1, max_length=ID_LENGTH_MAX)]
Title = Annotated[str, Meta(min_length=1, max_length=TITLE_LENGTH_MAX)]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]


class _Deal(msgspec.Struct):
    percent_off: Annotated[int, Meta(ge=1, le=90)]
    units: Annotated[int, Meta(ge=1)]
    limit: Annotated[int, Meta(ge=0)]


class _Product(msgspec.Struct):
    id: Name
    brand: Name
    category: Name
    hs_code: Annotated[str, Meta(pattern="^[0-9]{6,10}$")]
    title: dict[str, Title]
    description: dict[str, str]
    attributes: dict[str, AttributeValue]
    options: dict[str, Annotated[list[str], Meta(min_length=1)]]
    price_minor: Annotated[int, Meta(gt=0, le=PRICE_MINOR_MAX)]
    stock_units: Annotated[int, Meta(ge=0)]
    price_steps: dict[str, int] = {}
    deal: _Deal | None = None


class _Place(msgspec.Struct):
    name: Name
    city: Name
    country: Country
    latitude: float
    longitude: float


class _Merchant(msgspec.Struct):
    slug: Annotated[str, Meta(pattern="^[a-z0-9-]{1,60}$")]
    name: Name
    kind: Literal["brand", "shop", "person", "overseas"]
    country: Country
    currency: Currency
    commission_bps: Annotated[int, Meta(ge=0, le=10_000)]
    about: dict[str, str]
    place: _Place
    products: list[msgspec.Raw]


class SampleCatalogue:
    """A folder in the sample catalogue's format; `size` and `position` count merchants' files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files_read = 0

    @property
    def size(self) -> int:
        """Return how many merchants' files there are."""
        return len(self._files())

    @property
    def position(self) -> int:
        """Return how many of them were read."""
        return self._files_read

    def names(self) -> SourceNames:
        """Return the names of categories and option values."""
        option_values: dict[str, dict[str, str]] = {}
        for path in sorted(self._folder.glob(_OPTIONS)):
            option_values |= json.loads(path.read_text("utf-8"))
        categories = json.loads((self._folder / _CATEGORIES).read_text("utf-8"))
        return SourceNames(categories=categories, option_values=option_values)

    def rows(self) -> Iterator[ProductRecord | PassedOver]:
        """Yield each product; of a bad one its number in the file, of a bad file number 0."""
        for files_read, path in enumerate(self._files(), start=1):
            self._files_read = files_read
            try:
                merchant = msgspec.json.decode(path.read_bytes(), type=_Merchant)
            except msgspec.MsgspecError as error:
                yield PassedOver(path.name, 0, str(error))
                continue
            if not has_reference_rate(merchant.currency):
                yield PassedOver(path.name, 0, f"no reference rate for {merchant.currency}")
                continue
            record = _merchant_record(merchant)
            for number, raw in enumerate(merchant.products, start=1):
                try:
                    yield _product_record(record, msgspec.json.decode(raw, type=_Product))
                except (msgspec.MsgspecError, ValueError) as error:
                    yield PassedOver(path.name, number, str(error))

    def _files(self) -> list[Path]:
        apart = {self._folder / _CATEGORIES, *self._folder.glob(_OPTIONS)}
        return [path for path in sorted(self._folder.glob("*.json")) if path not in apart]


def _merchant_record(merchant: _Merchant) -> MerchantRecord:
    place = merchant.place
    return MerchantRecord(
        slug=merchant.slug,
        name=merchant.name,
        kind=merchant.kind,
        country=merchant.country,
        currency=merchant.currency,
        commission_bps=merchant.commission_bps,
        place=PlaceRecord(place.name, place.city, place.country, place.latitude, place.longitude),
        about=merchant.about,
    )


def _product_record(merchant: MerchantRecord, product: _Product) -> ProductRecord:
    if prod(map(len, product.options.values())) > VARIANTS_MAX:
        raise ValueError(f"more than {VARIANTS_MAX} variants")
    skus = []
    for values in combinations(*product.options.values()):
        step_minor = sum(product.price_steps.get(value, 0) for value in values)
        skus.append(
            SkuRecord(
                external_id="/".join((product.id, *(make_slug(value, length_max=40) for value in values))),
                price=Money(product.price_minor + step_minor, merchant.currency),
                stock_units=product.stock_units,
                units_stated=True,
                hs_code=product.hs_code,
                options=dict(zip(product.options, values, strict=True)),
            )
        )
    deal = product.deal
    return ProductRecord(
        merchant=merchant,
        external_id=product.id,
        brand=product.brand,
        category=product.category,
        texts={
            language: ProductText(title, product.description.get(language, ""))
            for language, title in product.title.items()
        },
        attributes=product.attributes,
        skus=tuple(skus),
        deal=DealTerms(deal.percent_off, deal.units, deal.limit) if deal else None,
    )
