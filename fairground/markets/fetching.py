"""Fetching a file of rates from an address that the operator gave. By itself only where FAIRGROUND_RATES_URL is set."""

import time
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from fairground.markets.rate_files import PACKED_MAX_BYTES

# Seconds for a connection or a piece to come, and for all of it.
PIECE_TIMEOUT_S = 10
FETCH_TIMEOUT_S = 60
_PIECE_BYTES = 64 * 1024
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class FetchFailed(Exception):  # noqa: N818 - an answer about an address, not a fault of ours
    """The file could not be had; the message says why."""


class _NoRedirects(HTTPRedirectHandler):
    """An answer that sends elsewhere is an answer: nothing is asked for that the operator did not name."""

    def redirect_request(self, *_asked: Any) -> None:
        """Return None: it is not followed."""


def fetch_rates(url: str) -> bytes:
    """Return what lies at an HTTPS address, up to `PACKED_MAX_BYTES` and for `FETCH_TIMEOUT_S` at most.

    Without TLS only of this machine. A redirection is not followed.

    :raises FetchFailed: it could not be had
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise FetchFailed("the address is not one of HTTPS")
    if parts.username is not None:
        raise FetchFailed("the address holds a name or password, which would end up in logs")
    give_up_at = time.monotonic() + FETCH_TIMEOUT_S
    request = Request(url, headers={"Accept": "application/xml, text/csv", "User-Agent": "fairground"})  # noqa: S310
    pieces: list[bytes] = []
    size = 0
    try:
        with build_opener(_NoRedirects).open(request, timeout=PIECE_TIMEOUT_S) as answer:
            while piece := answer.read1(_PIECE_BYTES):
                pieces.append(piece)
                size += len(piece)
                if size > PACKED_MAX_BYTES:
                    raise FetchFailed(f"it is larger than {PACKED_MAX_BYTES >> 20} MiB")
                if time.monotonic() > give_up_at:
                    raise FetchFailed(f"it did not come within {FETCH_TIMEOUT_S} seconds")
    except HTTPError as error:
        error.close()
        raise FetchFailed(f"the answer was {error.code}") from None
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise FetchFailed(f"it could not be reached: {getattr(error, 'reason', error)}") from error
    return b"".join(pieces)
