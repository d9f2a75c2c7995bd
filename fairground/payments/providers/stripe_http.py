"""How Stripe's library asks: through our bounded wire, with no word about this machine.

The library builds objects from whatever it is answered; here an answer that is no object of Stripe's never reaches it.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import stripe

from fairground.payments.providers.wire import NoAnswerError, Wire

# The library would add the machine's platform, and what program started it.
_HEADERS_SENT = frozenset({"authorization", "content-type", "idempotency-key", "stripe-version"})
# It would also write a name of its own for this machine into the home directory.
stripe.enable_telemetry = False
# Nesting of an answer, which the library goes down with a call a level; an expanded payment has about ten.
DEPTH_MAX = 64
_WORDS_OF_ERRORS = ("type", "code", "message", "param")


class StripeHttp(stripe.HTTPClient):
    """The library's way out; it repeats what was not answered, under the same key, as the library decides."""

    name = "urllib3"

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Return body, status and headers of an answer that is an object of JSON.

        :raises stripe.APIConnectionError: there is none
        """
        sent = {name: value for name, value in (headers or {}).items() if name.lower() in _HEADERS_SENT}
        body = post_data.encode() if isinstance(post_data, str) else post_data
        try:
            answer = self._wire.ask(method=method.upper(), url=url, headers=sent, body=body)
        except NoAnswerError as error:
            raise stripe.APIConnectionError(str(error), should_retry=True) from None  # type: ignore[no-untyped-call]
        if not _is_stripes(answer.body):
            # A proxy's page, most of the time: it says nothing of what Stripe did.
            again = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            raise stripe.APIConnectionError("nonsense", should_retry=again)  # type: ignore[no-untyped-call]
        return answer.body.decode(), answer.status, answer.headers

    def close(self) -> None:
        """Close nothing: the wire's connections are the process's."""


def _is_stripes(body: bytes) -> bool:
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    if not isinstance(answer, dict):
        return False
    error = answer.get("error")
    if error is not None and not (
        isinstance(error, dict) and all(isinstance(error.get(word), str | None) for word in _WORDS_OF_ERRORS)
    ):
        return False
    level: list[object] = [answer]
    for _ in range(DEPTH_MAX):
        level = [one for found in level for one in _inside(found)]
        if not level:
            return True
    return False


def _inside(found: object) -> Iterable[object]:
    if isinstance(found, dict):
        return found.values()
    return found if isinstance(found, list) else ()
