"""A feed for Meta's catalogues: CSV with the columns of its field specification."""

import csv
import io
from collections.abc import Iterable

from fairground.sites.storefront.feeds.entry import STANDARD_AXES, FeedEntry, FeedScope, shortened

TITLE_MAX = 200
DESCRIPTION_MAX = 9_999
_TEXT_MAX = 100
_OPTION_MAX = 200
_CATEGORY_MAX = 750
# Its specification takes twenty; a product has fewer.
FURTHER_IMAGES_MAX = 20
_COLUMNS = (
    "id",
    "title",
    "description",
    "availability",
    "condition",
    "price",
    "link",
    "image_link",
    "additional_image_link",
    "brand",
    "sale_price",
    "sale_price_effective_date",
    "item_group_id",
    "gtin",
    "product_type",
    "color",
    "size",
    "material",
    "pattern",
    "additional_variant_attribute",
)


def head(scope: FeedScope) -> str:
    """Return the line with the columns' names; it is the same for every market."""
    assert scope.market, scope
    return _line(_COLUMNS)


def row(entry: FeedEntry) -> str:
    """Return an entry as a line; what is not known is empty."""
    facts = {
        "id": entry.sku,
        "title": shortened(entry.title, length_max=TITLE_MAX),
        "description": shortened(entry.description, length_max=DESCRIPTION_MAX),
        "availability": "in stock" if entry.in_stock else "out of stock",
        "condition": "new" if entry.is_new else "",
        "price": entry.price,
        "link": entry.link,
        "image_link": next(iter(entry.images), ""),
        "additional_image_link": ",".join(entry.images[1 : 1 + FURTHER_IMAGES_MAX]),
        "brand": shortened(entry.brand, length_max=_TEXT_MAX),
        "sale_price": entry.sale.price if entry.sale else "",
        "sale_price_effective_date": entry.sale.period(zone="+00:00") if entry.sale else "",
        "item_group_id": entry.group,
        "gtin": entry.gtin,
        "product_type": shortened(entry.category, length_max=_CATEGORY_MAX),
    }
    others = []
    for axis, value in entry.options.items():
        if axis in STANDARD_AXES:
            facts[STANDARD_AXES[axis]] = shortened(value, length_max=_OPTION_MAX)
        elif entry.group:
            others.append(f"{axis}:{value.replace(':', ' ').replace(',', ' ')}")
    facts["additional_variant_attribute"] = ",".join(others)
    return _line(facts.get(column, "") for column in _COLUMNS)


def foot() -> str:
    """Return what stands behind the last line: nothing."""
    return ""


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
