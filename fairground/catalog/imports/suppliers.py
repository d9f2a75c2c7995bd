"""Merchants for a catalogue that names them and says nothing else about them."""

import zlib
from dataclasses import replace

from fairground.catalog.rules import make_slug
from fairground.merchants.rules import MerchantRecord, PlaceRecord

# Sixteen ports and depots of the world, one of which is a supplier's by the chance of its name. A guess is good enough
# for a name and for the first country of a merchant, and not for customs: no place has its country from here.
_PLACES = (
    PlaceRecord("Rotterdam depot", "Rotterdam", "NL", 51.92, 4.48),
    PlaceRecord("Hamburg depot", "Hamburg", "DE", 53.55, 9.99),
    PlaceRecord("Felixstowe depot", "Felixstowe", "GB", 51.96, 1.35),
    PlaceRecord("Valencia depot", "Valencia", "ES", 39.47, -0.38),
    PlaceRecord("Genoa depot", "Genoa", "IT", 44.41, 8.93),
    PlaceRecord("Gothenburg depot", "Gothenburg", "SE", 57.71, 11.97),
    PlaceRecord("Gdansk depot", "Gdansk", "PL", 54.35, 18.65),
    PlaceRecord("Memphis depot", "Memphis", "US", 35.15, -90.05),
    PlaceRecord("Reno depot", "Reno", "US", 39.53, -119.81),
    PlaceRecord("Shenzhen depot", "Shenzhen", "CN", 22.54, 114.06),
    PlaceRecord("Ningbo depot", "Ningbo", "CN", 29.87, 121.54),
    PlaceRecord("Osaka depot", "Osaka", "JP", 34.69, 135.5),
    PlaceRecord("Busan depot", "Busan", "KR", 35.18, 129.08),
    PlaceRecord("Hai Phong depot", "Hai Phong", "VN", 20.84, 106.69),
    PlaceRecord("Chennai depot", "Chennai", "IN", 13.08, 80.27),
    PlaceRecord("Melbourne depot", "Melbourne", "AU", -37.81, 144.96),
)
_COMMISSIONS_BPS = (400, 500, 600, 700, 800)
_SLUG_LENGTH_MAX = 60
# What a place is called of which nobody says more.
_DEPOT = "Depot"


def supplier_merchant(supplier: str, *, currency: str) -> MerchantRecord:
    """Return a brand's merchant; depot and commission follow from its name, so each import finds the same.

    Nobody stated in which country the depot is, so its country is empty.
    """
    chance = zlib.crc32(supplier.encode())
    place = _PLACES[chance % len(_PLACES)]
    return MerchantRecord(
        slug=make_slug(supplier, length_max=_SLUG_LENGTH_MAX),
        name=supplier,
        kind="brand",
        country=place.country,
        currency=currency,
        commission_bps=_COMMISSIONS_BPS[chance // len(_PLACES) % len(_COMMISSIONS_BPS)],
        place=replace(place, country=""),
    )


def slug_merchant(slug: str, *, currency: str, country: str | None, home: str | None = None) -> MerchantRecord:
    """Return a shop of which only the slug is known, and the country that it sends from if that is said.

    `home` is the country of a shop of which none is said. One that is there stays as it is, but for a place whose
    country nobody had stated.
    """
    supplier = supplier_merchant(slug, currency=currency)
    return replace(
        supplier,
        slug=slug,
        name=slug.replace("-", " ").strip().capitalize() or slug,
        kind="shop",
        country=country or home or supplier.country,
        place=PlaceRecord(_DEPOT, "", country or "", None, None, stated=False),
        stated=False,
    )
