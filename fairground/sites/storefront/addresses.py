"""An address as it was frozen with an order, in lines."""

from collections.abc import Mapping
from typing import Any

from fairground.sites.storefront.wording import country_text


def address_lines(address: Mapping[str, Any]) -> list[str]:
    """Return the lines of an address, the name first and the country last; none where the address was erased."""
    if not address:
        return []
    place = " ".join(filter(None, [address.get("postal_code", ""), address.get("city", "")]))
    region = str(address.get("region", ""))
    lines = [
        address.get("name", ""),
        *address.get("lines", []),
        place,
        region if region != address.get("country") else "",
        country_text(str(address.get("country", ""))),
    ]
    return [str(line) for line in lines if line]
