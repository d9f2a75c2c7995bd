"""The opening and the sale: a crowd orders with coupons, discounts and red packets, and pays from its wallets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.promotions.rules.terms import Packet
from fairground.rehearsal.discounts import Discounts
from fairground.rehearsal.festival.calendar import sleep_until
from fairground.rehearsal.festival.grounds import Crowd, Grounds, moment_ms
from fairground.rehearsal.festival.warm_up import RUSH_MARKETS
from fairground.rehearsal.opening import Opening, Payment, Prepared, Remembered
from fairground.rehearsal.requests import Ask, Expect

# As at any opening, the first come in the last second before it.
EARLY_S = 1.0
ARRIVALS_A_SECOND = 2_500
PAYMENTS_A_SECOND = 4_000
# One in so many who could spend a red packet at the opening keeps it.
PACKET_KEPT_EACH = 3
# One in so many does not pay, and lets the purchase go.
NOT_PAID_EACH = 100


@dataclass(frozen=True, slots=True)
class Ready:
    """The crowd before the doors: what it asks for by the shopper's number, and the requests as they are written."""

    shop: Opening
    asks: Mapping[int, Ask]
    early: Prepared
    opening: Prepared


def make_ready(ground: Grounds, crowd: Crowd, packets: Mapping[int, Packet]) -> Ready:
    """Write the requests of the opening, some of which spend a red packet."""
    plan = crowd.plan
    assert plan.discounts is not None, "each order is pinned to a discount"
    asks = spend_packets(plan.asks, discounts=plan.discounts, packets=packets)
    ground.counts["opening_packets_named"] = sum(1 for ask in asks if ask.packets and ask.first is None)
    shop = crowd.shop(ground)
    firsts = {ask.shopper: ask for ask in asks if ask.first is None}
    return Ready(shop, firsts, shop.prepare(plan.early), shop.prepare(asks))


def spend_packets(asks: list[Ask], *, discounts: Discounts, packets: Mapping[int, Packet]) -> list[Ask]:
    """Return the asks, those sure to be placed with the red packet of their shopper, if there is one, and pinned anew.

    What comes again names the same one.
    """
    changed: dict[int, Ask] = {}
    spent: list[Ask] = []
    for ask in asks:
        if ask.first is not None:
            first = changed.get(id(ask.first), ask.first)
            spent.append(first.again(ask.due_s))
            continue
        packet = packets.get(ask.shopper) if ask.expect is Expect.PLACED and ask.market in RUSH_MARKETS else None
        if packet is not None and ask.shopper % PACKET_KEPT_EACH:
            changed[id(ask)] = discounts.pin_packet(ask, packet)
        spent.append(changed.get(id(ask), ask))
    return spent


def open_sale(ground: Grounds, crowd: Crowd, ready: Ready) -> None:
    """Let the crowd in: some come too early, all others when it opens, and those who had enough come back for more."""
    opens_at = ground.calendar.at(PhaseKind.SALE, Edge.BEGINS)
    sleep_until(opens_at - timedelta(seconds=EARLY_S))
    early = ground.note(ready.shop.send(ready.early))
    sleep_until(opens_at)
    opening = ground.note(ready.shop.send(ready.opening))
    late = ground.note(ready.shop.place(crowd.plan.late))
    refused = early.refusals + opening.refusals + late.refusals
    ground.counts |= {
        "opening_requests": len(ready.opening),
        "opening_placed": opening.acknowledged,
        "opening_discounted": opening.discounted,
        "opening_replayed": opening.replayed,
        "opening_second_tries": opening.second_tries,
        "opening_too_early": early.refusals["deal-not-open"],
        "opening_sold_out": opening.refusals["sold-out"],
        "opening_over_limit": late.refusals["buyer-limit-reached"],
        "opening_refused": sum(refused.values()),
    }
    for shopper, purchase in ready.shop.placed.items():
        ground.told.discounts_minor[int(purchase.purchase_id)] = ready.asks[shopper].discount_minor or 0
    ground.say(f"{opening.acknowledged:,} orders in {opening.seconds:.1f} s, {opening.discounted:,} with a discount")
    if opening.acknowledged != ground.script.orders:
        ground.unexpected.append(f"{opening.acknowledged} of {ground.script.orders} orders were placed")


def pay_orders(ground: Grounds, crowd: Crowd, ready: Ready) -> list[Payment]:
    """Pay what was placed at the opening and return it; the rest is let go by its shoppers."""
    placed = list(ready.shop.placed.items())
    kept = [(shopper, one) for number, (shopper, one) in enumerate(placed) if number % NOT_PAID_EACH]
    payments = [Payment(shopper, one, one.total_minor) for shopper, one in kept]
    answers = ground.note(ready.shop.make_payments(payments, arrivals_s=len(payments) / PAYMENTS_A_SECOND))
    ground.told.add_paid(answers.paid)
    for shopper, purchase in placed[::NOT_PAID_EACH]:
        _let_go(ground, crowd, shopper, purchase)
    ground.counts["sale_paid"] = answers.acknowledged
    ground.counts["sale_not_paid"] = len(placed) - len(kept)
    ground.say(f"{answers.acknowledged:,} of {len(placed):,} orders paid")
    return answers.paid


def _let_go(ground: Grounds, crowd: Crowd, shopper: int, purchase: Remembered) -> None:
    ground.script.desk.cancel(
        purchase_id=int(purchase.purchase_id), shopper_id=crowd.shopper_ids[shopper], now_ms=moment_ms()
    )
