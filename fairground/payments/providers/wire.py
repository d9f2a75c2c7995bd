"""One question to a provider over HTTPS: bounded in time and in size, sent once, and led nowhere else.

What an operator's shell or home says about proxies and passwords is not heard here: credentials go to the configured
address and to no other.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import urllib3

# A provider's answers are some kilobytes; a hundred lines of its books are less than this.
ANSWER_BYTES_MAX = 4 * 1024 * 1024
CONNECT_TIMEOUT_S = 5.0
# Stripe's own servers give up after about as long; a shopper waits for this.
ANSWER_TIMEOUT_S = 20.0
_CHUNK_BYTES = 64 * 1024


class NoAnswerError(Exception):
    """No whole answer came: nobody knows whether the question arrived."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered; the names of `headers` are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """Connections to one provider, shared by threads."""

    def __init__(self, *, timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._pool = urllib3.PoolManager(maxsize=8)

    def ask(self, *, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Send a question once and return the answer, whatever its status; a redirect is an answer too.

        :raises NoAnswerError: it did not come whole, in time, or is too large
        """
        ends = time.monotonic() + self._timeout_s
        timeout = urllib3.Timeout(connect=min(CONNECT_TIMEOUT_S, self._timeout_s), read=self._timeout_s)
        try:
            response = self._pool.request(
                method,
                url,
                headers=headers,
                body=body,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                whole = bytearray()
                # What is there at once, so that an answer that drips ends in time too.
                while chunk := response.read1(_CHUNK_BYTES, decode_content=True):
                    whole += chunk
                    if len(whole) > ANSWER_BYTES_MAX or time.monotonic() > ends:
                        raise NoAnswerError("too-large-or-slow")
            except BaseException:
                # What is left of the answer must not meet the next question on this connection.
                response.close()
                raise
            response.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise NoAnswerError(type(error).__name__) from None
        return Answer(
            status=response.status,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=bytes(whole),
        )
