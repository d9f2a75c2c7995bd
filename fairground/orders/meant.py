"""Which orders somebody means by a number that stands on a page or a letter."""

from collections.abc import Collection
from dataclasses import dataclass

from fairground.kernel.ids import lane_of
from fairground.orders.models import OrderAddress, Purchase
from fairground.orders.rules import parse_purchase_number


@dataclass(frozen=True, slots=True)
class OrdersMeant:
    """A purchase, and those of its orders that are meant: one where the number says its position, else all."""

    purchase_id: int
    order_ids: tuple[int, ...]


def orders_meant(number: str) -> OrdersMeant | None:
    """Return what is meant by a purchase's number, or an order's (with its position behind it); None where nothing is.

    No id is taken: ids can be counted up, numbers can't be guessed.
    """
    asked = number.strip()
    head, dash, tail = asked.rpartition("-")
    position = int(tail) if dash and tail.isascii() and tail.isdecimal() and len(tail) <= len("50") else None
    if position is not None and parse_purchase_number(head):
        asked = head
    else:
        position = None
    parts = parse_purchase_number(asked)
    if parts is None:
        return None
    found = Purchase.objects.filter(
        lane=parts.lane, id__gte=parts.first_id, id__lt=parts.end_id, random_bits=parts.random_bits
    ).first()
    if found is None:
        return None
    if position is None:
        return OrdersMeant(found.id, tuple(found.order_ids))
    chosen = found.order_ids[position - 1 : position] if position else []
    return OrdersMeant(found.id, tuple(chosen)) if chosen else None


def orders_of_email(*, order_ids: Collection[int], email: str) -> tuple[int, ...]:
    """Return which of these orders were placed with this e-mail, in their order; none whose address was erased."""
    keys = [(lane_of(one), one) for one in order_ids]
    emails = dict(OrderAddress.objects.filter(pk__in=keys).values_list("order_id", "address__email"))
    asked = email.strip().casefold()
    return tuple(one for one in order_ids if asked and str(emails.get(one) or "").strip().casefold() == asked)


def email_of_order(*, order_id: int) -> str:
    """Return the e-mail that an order was placed with; empty where there is none, or it was erased."""
    found = OrderAddress.objects.filter(pk=(lane_of(order_id), order_id)).values_list("address__email", flat=True)
    return str(found.first() or "")
