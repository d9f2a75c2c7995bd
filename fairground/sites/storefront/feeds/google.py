"""A feed for Google Merchant Center: RSS 2.0 with the g: namespace (its product data specification)."""

from datetime import UTC
from html import escape

from fairground.sites.storefront.feeds.entry import STANDARD_AXES, FeedEntry, FeedScope, clean_line, shortened

TITLE_MAX = 150
DESCRIPTION_MAX = 5_000
_BRAND_MAX = 70
_OPTION_MAX = 100
_CATEGORY_MAX = 750
FURTHER_IMAGES_MAX = 10


def head(scope: FeedScope) -> str:
    """Return what stands before the first entry."""
    title = escape(clean_line(f"{scope.market.name} ({scope.language})"))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">\n'
        f"<channel>\n<title>{title}</title>\n<link>{escape(scope.site)}</link>\n"
        f"<description>{scope.now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</description>\n"
    )


def row(entry: FeedEntry) -> str:
    """Return an entry as an item; what is not known is left out."""
    facts = {
        "g:id": entry.sku,
        "title": shortened(entry.title, length_max=TITLE_MAX),
        "description": shortened(entry.description, length_max=DESCRIPTION_MAX),
        "link": entry.link,
        "g:image_link": next(iter(entry.images), ""),
        "g:availability": "in_stock" if entry.in_stock else "out_of_stock",
        "g:condition": "new" if entry.is_new else "",
        "g:price": entry.price,
        "g:sale_price": entry.sale.price if entry.sale else "",
        "g:sale_price_effective_date": entry.sale.period(zone="+0000") if entry.sale else "",
        "g:brand": shortened(entry.brand, length_max=_BRAND_MAX),
        "g:gtin": entry.gtin,
        "g:item_group_id": entry.group,
        "g:product_type": shortened(entry.category, length_max=_CATEGORY_MAX),
    }
    for axis, value in entry.options.items():
        if axis in STANDARD_AXES:
            facts[f"g:{STANDARD_AXES[axis]}"] = shortened(value, length_max=_OPTION_MAX)
    images = [("g:additional_image_link", image) for image in entry.images[1 : 1 + FURTHER_IMAGES_MAX]]
    stated = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in [*facts.items(), *images] if value)
    return f"<item>{stated}</item>\n"


def foot() -> str:
    """Return what stands behind the last entry."""
    return "</channel>\n</rss>\n"
