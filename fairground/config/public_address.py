"""The address under which the world sees the site."""

from urllib.parse import urlsplit


def public_address(text: str) -> str:
    """Return an address such as `https://shop.example` without a slash at its end; empty stays empty.

    :raises ValueError: it is no address of a whole site
    """
    if not text:
        return ""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(f"a site's address is like https://shop.example, with nothing behind it: not {text!r}")
    return f"{parts.scheme}://{parts.netloc}"
