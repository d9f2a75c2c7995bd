"""Showing where an order goes: the one place where the staff read an address; each time is written down."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction

from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.ids import lane_of
from fairground.orders.models import OrderAddress


def disclose_addresses(*, order_ids: Collection[int], by: By) -> Mapping[int, Mapping[str, Any]]:
    """Return the addresses of orders by order id, and write into the audit log who saw them; those erased are left out.

    The log is committed before anybody reads a letter of them.
    """
    with transaction.atomic(durable=True):
        found = OrderAddress.objects.filter(pk__in=[(lane_of(order_id), order_id) for order_id in order_ids])
        addresses = {one.order_id: one.address for one in found}
        write_audit(by=by, acts=[Act("address-seen", "order", order_id) for order_id in sorted(addresses)])
    return addresses
