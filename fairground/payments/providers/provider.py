"""What a payment provider does for us, in the words of all of them.

Whoever calls has written down what it is about to ask, under the key it asks with, so that after a kill the same
question is asked again; a provider does the same key once. Amounts are minor units.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from typing import Protocol

from fairground.kernel.refusal import Refusal


class ProviderUnreachable(Refusal):
    """It did not answer in time, or not with sense: what it did is unknown until it is asked again."""


class ProviderShort(ProviderUnreachable):
    """It says no and nothing has moved there, for a reason that passes: such as too little in our balance with it."""


class ProviderRefused(Refusal):
    """It says no, for good: nothing has moved there."""


class NoticeForged(Refusal):
    """The signature of a notice is wrong, missing, or too old: nobody knows who sent it."""


class At(IntEnum):
    """Where a payment stands at its provider."""

    WAITING = 1  # for the shopper: to be led there, or a step of security
    AUTHORISED = 2  # promised, not yet taken
    CAPTURED = 3
    VOIDED = 4  # the promise was given up; nothing was taken
    FAILED = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A payment as a provider is asked for it.

    `key` is ours, the same for the same payment, and the provider's reference to it; `return_url` is where the shopper
    comes back to, which proves nothing. What it is paid with, the provider asks, or its keys say.
    """

    key: str
    amount_minor: int
    currency: str
    description: str
    return_url: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a payment stands. `ref` is the provider's name for it; `redirect_url` is where the shopper goes on.

    `amount_minor` is what the provider holds or took, which may not be what it was asked for: who reads this compares.
    """

    ref: str
    at: At
    amount_minor: int
    currency: str
    redirect_url: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """How a refund stands: done, or, where not `done`, on its way; `failed` is for good."""

    ref: str
    amount_minor: int
    currency: str
    done: bool
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """What a provider told by itself, once its signature was found true.

    It is only a hint to look: notices come twice, late, and in any order. `key` is the payment's key of ours; of a
    notice about a refund it is "", and `refund_key` is the refund's; so it is of one about a dispute, whose name with
    the provider is `dispute_ref`.
    """

    notice_id: str
    key: str
    ref: str
    refund_key: str = ""
    dispute_ref: str = ""


class FileKind(IntEnum):
    """What a line of a provider's file is."""

    CAPTURE = 1
    REFUND = 2
    FEE = 3  # kept by the provider; below nothing: given back
    FEE_TAX = 4  # on a fee, where the provider tells it
    PAYOUT = 5  # to our bank; below nothing: from there
    DISPUTE = 6  # taken from us again, as the shopper's bank wants it back
    DISPUTE_WON = 7  # and given to us again
    REFUND_FAILED = 8  # a refund that came back
    EXCHANGE = 9  # into what it has of a currency; below nothing: out of that
    OTHER = 10  # which nobody books: above nothing it came in


@dataclass(frozen=True, slots=True)
class FileLine:
    """A line of the file in which a provider says what moved on a day.

    `line_id` is the provider's own name for this very line, and no other's; of what both of us know it may be "".
    """

    kind: FileKind
    ref: str
    key: str
    amount_minor: int
    currency: str
    at: datetime
    line_id: str = ""


class DisputeAt(IntEnum):
    """Where a dispute stands at its provider."""

    OPEN = 1  # it wants an answer
    REVIEWED = 2  # it was answered
    WON = 3  # or came to nothing
    LOST = 4


@dataclass(frozen=True, slots=True)
class Disputed:
    """How a dispute stands. `key` is the payment's, "" where it is none of ours; `lines` are those of the books."""

    ref: str
    key: str
    at: DisputeAt
    amount_minor: int
    currency: str
    reason: str
    answer_before: datetime | None
    lines: tuple[FileLine, ...]


class Provider(Protocol):
    """A payment provider. All raise `ProviderUnreachable` where the outcome is unknown."""

    @property
    def code(self) -> str:
        """Return its name in addresses and rows: small letters."""
        ...

    def authorise(self, asked: Asked) -> Standing:
        """Ask for a payment and return how it stands; the same key again returns the same payment.

        :raises ProviderRefused: it will never be
        """
        ...

    def look(self, *, key: str, ref: str) -> Standing | None:
        """Return how a payment stands, by the provider's `ref`, or by `key` where that is ""; None: it never came."""
        ...

    def capture(self, *, key: str, ref: str, amount_minor: int, currency: str) -> Standing:
        """Take what is authorised; one that is captured already returns as it stands.

        :raises ProviderRefused: the promise is over
        """
        ...

    def void(self, *, key: str, ref: str) -> Standing:
        """Give up a payment that was not taken, and return how it stands: CAPTURED where that was faster."""
        ...

    def refund(self, *, refund_key: str, ref: str, amount_minor: int, currency: str) -> Returned:
        """Give back so much of what was taken; the same refund key again returns the same refund.

        :raises ProviderRefused: it will never be, such as more than was taken
        :raises ProviderShort: not now, such as while our balance there is too small
        """
        ...

    def read_notice(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice | None:
        """Return what a notice is about, None where it is about nothing of ours. `headers` in small letters.

        :raises NoticeForged: it is not from the provider
        """
        ...

    def notice_taken(self, *, headers: Mapping[str, str], now: datetime) -> tuple[bytes, Mapping[str, str]]:
        """Return the body and the headers that tell the provider its notice arrived."""
        ...

    def dispute(self, *, ref: str) -> Disputed | None:
        """Return how a dispute stands; None: the provider knows none, or tells of them in its books alone."""
        ...

    def file_of(self, *, day: date) -> Iterator[FileLine]:
        """Return what moved on a day of UTC, by the provider's own books."""
        ...
