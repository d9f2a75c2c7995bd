"""Completed orders, what became of their money, and how a merchant is settled."""

from collections.abc import Mapping

from fairground.checkout.actions.advance_orders import advance_orders
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.outbox import consume_outbox
from fairground.ledger.models import Account
from fairground.orders.rules import Step
from fairground.settlement.actions.release_orders import note_completed, release_orders
from fairground.settlement.models import Entry, Payout, Release, Terms
from fairground.settlement.rules.parting import Parts
from fairground.settlement.rules.payouts import EntryKind, PayoutState
from fairground.settlement.tasks import CONSUMER
from tests.factories import NOW_MS

DAY_MS = 86_400_000
SETTLED_MS = NOW_MS + DAY_MS
PARTS = ("escrow_minor", "discounts_minor", "commission_minor", "fee_tax_minor", "creator_minor", "reserve_minor")


def complete(*order_ids: int) -> None:
    """Take paid orders to their end, and write down that they are due."""
    for step in (Step.SHIPPED, Step.DELIVERED, Step.COMPLETED):
        advance_orders(order_ids=order_ids, then=step, now_ms=SETTLED_MS - 1_000)
    consume_outbox(consumer=CONSUMER, handle=note_completed)


def settle(*order_ids: int) -> int:
    """Complete orders and release what is due."""
    complete(*order_ids)
    return release_orders(now_ms=SETTLED_MS)


def make_terms(merchant_id: int, **stated: object) -> None:
    """Say how a merchant is settled."""
    Terms.objects.update_or_create(merchant_id=merchant_id, defaults=stated)


def parts_of(order_id: int) -> Parts:
    """Return what stands of an order's release."""
    return Parts(*Release.objects.filter(order_id=order_id).values_list(*PARTS, "duties_minor").get())


def entry_parts(order_id: int) -> list[tuple[int, ...]]:
    """Return the statement lines of an order: the parts, and what they change for the merchant."""
    return list(Entry.objects.filter(order_id=order_id).order_by("id").values_list(*PARTS, "payable_minor"))


def books(*merchant_ids: int) -> Mapping[str, int]:
    """Return what the accounts of settlement hold, those of a merchant named without its id, those of nothing not."""
    found: dict[str, int] = {}
    for account in Account.objects.exclude(address__startswith="shopper:").exclude(
        address__startswith="platform:funding"
    ):
        balance_minor = account.credits_posted_minor - account.debits_posted_minor
        who, *rest = account.address.split(":")
        if who == "merchant" and int(rest.pop(0)) not in merchant_ids:
            continue
        name = ":".join([who, *rest[:-1]]) if who != "creator" else "creator"
        found[name] = found.get(name, 0) + balance_minor
    return {name: minor for name, minor in found.items() if minor}


def make_payout(merchant_id: int) -> int:
    """Make a proposed payout of 1.00 for an order that there is not, and return its id; nothing is held for it."""
    place, now = lane_of(merchant_id), from_unix_ms(SETTLED_MS)
    Entry.objects.create(
        lane=place,
        id=merchant_id + 1,
        merchant_id=merchant_id,
        currency="EUR",
        order_id=merchant_id,
        kind=EntryKind.RELEASE,
        at=now,
        **{**dict.fromkeys(PARTS, 0), "escrow_minor": 100, "payable_minor": 100},
    )
    Payout.objects.create(
        id=merchant_id + 2,
        lane=place,
        merchant_id=merchant_id,
        currency="EUR",
        after_id=0,
        until_id=merchant_id + 1,
        amount_minor=100,
        paid_currency="EUR",
        paid_minor=100,
        rate_numerator=1,
        rate_denominator=1,
        hold_id=1,
        state=PayoutState.PROPOSED,
        period_date=now.date(),
        proposed_at=now,
    )
    return merchant_id + 2
