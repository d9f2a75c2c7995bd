"""Take a unit of a paid purchase back in the shop that DATABASE_URL names, and write down who its merchant is by law.

Prints the merchant's number.
"""

import time
from datetime import date

import django

django.setup()

from fairground.checkout.actions.refund_lines import refund_lines  # noqa: E402 - Django must be set up first
from fairground.kernel.clock import from_unix_ms  # noqa: E402
from fairground.kernel.edits import By  # noqa: E402
from fairground.merchants.identities import IdentityFacts, write_identity  # noqa: E402
from fairground.orders.lookup import Sought, find_purchases, purchase_whole  # noqa: E402
from fairground.orders.rules import RefundReason, Step  # noqa: E402

KNOWN = IdentityFacts(
    is_person=True,
    first_name="Ana",
    last_name="Olmo",
    street="Calle Mayor 1",
    post_code="46001",
    city="Valencia",
    country="ES",
    residences=("ES",),
    tins={"ES": "12345678Z"},
    birth_date=date(1980, 1, 31),
)


def take_back() -> int:
    """Refund a unit of the newest paid purchase, and return its merchant's id."""
    by = By(user_id=None, now=from_unix_ms(time.time_ns() // 1_000_000))
    (newest, *_) = find_purchases(sought=Sought(state=Step.PAID), rows_max=1).rows
    whole = purchase_whole(number=newest.number)
    assert whole is not None, newest
    order = whole.orders[0]
    refund_lines(units={(order.id, order.lines[0].line_no): 1}, reason=RefundReason.FAULTY, by=by)
    write_identity(merchant_id=order.merchant_id, facts=KNOWN, by=by)
    return order.merchant_id


if __name__ == "__main__":
    print(take_back())
