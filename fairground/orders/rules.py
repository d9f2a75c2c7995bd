"""Pure decisions about orders: which state follows which, the numbers that people see, the sums of an invoice."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from fairground.kernel.ids import EPOCH_MS, LANES, lane_of, make_id, unix_ms_of


class Step(IntEnum):
    """A state of a purchase or an order. The models' choices carry the same numbers."""

    PLACED = 1
    PAID = 2
    SHIPPED = 3
    DELIVERED = 4
    COMPLETED = 5
    EXPIRED = 6
    CANCELLED = 7
    DEPOSITED = 8


class DepositEnd(IntEnum):
    """What became of the deposit of a presale, once."""

    COUNTED = 1  # the balance was paid: it is a part of the price
    FORFEITED = 2  # earnest money of who did not go through with it: the merchant keeps it
    RETURNED = 3  # an advance, back in the wallet
    DOUBLED = 4  # earnest money that the merchant took and did not deliver for: back, and as much again


class RefundReason(IntEnum):
    """Why money of a paid line went back."""

    CANCELLED = 1  # the whole order, before it was shipped
    WITHDRAWN = 2  # the shopper thought better of it
    FAULTY = 3
    MISSING = 4  # it was not delivered, or less than was ordered
    GOODWILL = 5
    CHARGED_BACK = 6  # the shopper's bank took the payment back
    PRICE_FELL = 10  # price protection: no units, only the difference


# What a person may give as a reason; the others follow from what happened.
REASONS_GIVEN = (RefundReason.WITHDRAWN, RefundReason.FAULTY, RefundReason.MISSING, RefundReason.GOODWILL)

TRANSITIONS: dict[Step, frozenset[Step]] = {
    Step.PLACED: frozenset({Step.PAID, Step.DEPOSITED, Step.EXPIRED, Step.CANCELLED}),
    Step.DEPOSITED: frozenset({Step.PAID, Step.EXPIRED, Step.CANCELLED}),
    Step.PAID: frozenset({Step.SHIPPED, Step.CANCELLED}),
    Step.SHIPPED: frozenset({Step.DELIVERED}),
    Step.DELIVERED: frozenset({Step.COMPLETED}),
    Step.COMPLETED: frozenset(),
    Step.EXPIRED: frozenset(),
    Step.CANCELLED: frozenset(),
}

# Conformity can be claimed for two years (EU 2019/771 Art. 10); after that an order needs no address.
ADDRESS_KEPT_MS = 2 * 366 * 86_400_000


def may_follow(now: Step, then: Step) -> bool:
    """Return whether an order in `now` may go to `then`."""
    return then in TRANSITIONS[now]


# Crockford's base 32: no I, L, O, U, so a number read aloud or typed from paper comes back whole.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
_VALUE = {letter: value for value, letter in enumerate(_ALPHABET)} | {"I": 1, "L": 1, "O": 0}
NUMBER_LETTERS = 20
RANDOM_BITS = 60
_LANE_BITS = 6
# Ids have 41 bits of milliseconds; 20 letters could say a later second, of which there is no purchase.
_SECONDS = (1 << 41) // 1000


@dataclass(frozen=True, slots=True)
class NumberParts:
    """Where a number's purchase is: its lane, the ids it may have (`first_id <= id < end_id`), its random bits."""

    lane: int
    first_id: int
    end_id: int
    random_bits: int


def purchase_number(purchase_id: int, random_bits: int) -> str:
    """Return the number that people see: 20 letters, of which the last 12 are 60 random bits.

    The first 8 are the second and the lane of the id: so a number leads to its row by a short range of the primary
    key and needs no index of its own (a random index costs five sixths of the rate at ten million rows, ADR 5).
    """
    second = (unix_ms_of(purchase_id) - EPOCH_MS) // 1000
    bits = (((second << _LANE_BITS) | lane_of(purchase_id)) << RANDOM_BITS) | random_bits
    return "".join([_PAIRS[(bits >> shift) & 1023] for shift in range(90, -1, -10)])


def parse_purchase_number(number: str) -> NumberParts | None:
    """Return where to look for the purchase with this number, or None where it can't be one."""
    letters = number.upper().replace("-", "").replace(" ", "")
    if len(letters) != NUMBER_LETTERS or any(letter not in _VALUE for letter in letters):
        return None
    bits = 0
    for letter in letters:
        bits = bits << 5 | _VALUE[letter]
    head, random_bits = bits >> RANDOM_BITS, bits & ((1 << RANDOM_BITS) - 1)
    second, lane = head >> _LANE_BITS, head & (LANES - 1)
    if second >= _SECONDS:
        return None
    first_ms = EPOCH_MS + second * 1000
    return NumberParts(
        lane=lane,
        first_id=make_id(unix_ms=first_ms, lane=lane, sequence=0),
        end_id=make_id(unix_ms=first_ms + 1000, lane=lane, sequence=0),
        random_bits=random_bits,
    )


@dataclass(frozen=True, slots=True)
class LineSums:
    """What was frozen of a line's money, or of shipping, in minor units. Tax is inside the price, or comes on top."""

    goods_minor: int
    discount_minor: int
    tax_minor: int
    tax_rate_bps: int
    tax_included: bool

    @property
    def net_minor(self) -> int:
        """Return what the goods cost without tax."""
        return self.goods_minor - self.discount_minor - (self.tax_minor if self.tax_included else 0)

    @property
    def gross_minor(self) -> int:
        """Return what the goods cost with tax."""
        return self.net_minor + self.tax_minor


@dataclass(frozen=True, slots=True)
class TaxAtRate:
    """What is taxed at one rate of an invoice, and the tax on it, in minor units."""

    rate_bps: int
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class InvoiceSums:
    """What an invoice adds up to, shipping with the goods, in minor units: net and taxes are `gross_minor`."""

    net_minor: int
    tax_minor: int
    gross_minor: int
    taxes: tuple[TaxAtRate, ...]


def invoice_sums(lines: Sequence[LineSums]) -> InvoiceSums:
    """Return the sums over an order's lines, its shipping as one of them, and the taxes by rate from the lowest.

    Nothing is rounded here.
    """
    taxes: dict[int, TaxAtRate] = {}
    for line in lines:
        before = taxes.get(line.tax_rate_bps, TaxAtRate(line.tax_rate_bps, 0, 0))
        taxes[line.tax_rate_bps] = TaxAtRate(
            line.tax_rate_bps, before.net_minor + line.net_minor, before.tax_minor + line.tax_minor
        )
    net_minor, tax_minor = sum(line.net_minor for line in lines), sum(line.tax_minor for line in lines)
    return InvoiceSums(net_minor, tax_minor, net_minor + tax_minor, tuple(taxes[rate] for rate in sorted(taxes)))
