"""Where a shopper or a secret may be sent."""

from ipaddress import ip_address
from urllib.parse import urlsplit

# Longer ones do not come through every browser and proxy.
ADDRESS_LETTERS_MAX = 2000


def is_loopback(address: str) -> bool:
    """Return whether an address is on this machine."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_safe_address(address: str) -> bool:
    """Return whether a shopper or a secret may be sent to an address: by HTTPS, or on this machine."""
    if not address.isascii() or not address.isprintable() or " " in address or len(address) > ADDRESS_LETTERS_MAX:
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(address)))
