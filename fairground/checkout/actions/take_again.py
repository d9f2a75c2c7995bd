"""Taking again what an expired purchase gave back, for money that came late: all of it, or nothing."""

from msgspec.structs import replace

from fairground.checkout.figures import order_figures
from fairground.checkout.giving import discounts_given, take_given
from fairground.checkout.rules.paying import PurchaseFacts
from fairground.dashboard.actions import OrderFigures
from fairground.dashboard.models import TallyKind
from fairground.festivals.actions import UnitsTaken, take_deal_units
from fairground.festivals.models import Deal
from fairground.festivals.queries import DealBuyerKey
from fairground.inventory.actions import UnitsMoved, move_units
from fairground.kernel.ids import lane_of
from fairground.orders.actions import reopen_expired
from fairground.orders.rules import Step
from fairground.promotions.actions.uses import PromotionUse
from fairground.promotions.models import Promotion
from fairground.promotions.rules.terms import COUPON_SOURCE, PACKET_SOURCE, PROMOTION_SOURCE


def take_again(purchase: PurchaseFacts) -> tuple[PurchaseFacts, list[OrderFigures]]:
    """Take units, limits and discounts of an expired purchase again, and return it as placed and what figures lose.

    The caller holds the purchase's turn, and a savepoint: what is not there any more breaks its CHECK.

    :raises IntegrityError: not all of it is there (INV-1, INV-2, INV-14, INV-15 or a packet); roll back
    """
    assert purchase.state == Step.EXPIRED, purchase
    units: dict[int, int] = {}
    of_deals: dict[int, int] = {}
    figures: list[OrderFigures] = []
    for order in purchase.orders:
        voided = order_figures(order, currency=purchase.currency, kind=TallyKind.VOIDED)
        figures.append(replace(voided, orders=-voided.orders, units=-voided.units, amount_minor=-voided.amount_minor))
        for stock_id, deal_id, quantity in zip(order.stock_ids, order.deal_ids, order.quantities, strict=True):
            units[stock_id] = units.get(stock_id, 0) + quantity
            if deal_id:
                of_deals[deal_id] = of_deals.get(deal_id, 0) + quantity
    move_units({stock_id: UnitsMoved(quantity, 0) for stock_id, quantity in units.items()})
    take_deal_units(_within_limits(purchase.shopper_id, of_deals))
    _take_discounts(purchase)
    reopen_expired(purchase_id=purchase.purchase_id, order_ids=[order.order_id for order in purchase.orders])
    orders = [replace(order, state=Step.PLACED.value) for order in purchase.orders]
    return replace(purchase, state=Step.PLACED.value, orders=orders), figures


def _within_limits(shopper_id: int, of_deals: dict[int, int]) -> dict[DealBuyerKey, UnitsTaken]:
    limits = dict(Deal.objects.filter(id__in=of_deals, buyer_limit__gt=0).values_list("id", "buyer_limit"))
    return {
        (lane_of(deal_id), deal_id, shopper_id): UnitsTaken(of_deals[deal_id], units_max)
        for deal_id, units_max in limits.items()
    }


def _take_discounts(purchase: PurchaseFacts) -> None:
    packets: dict[int, int] = {}
    given: dict[tuple[int, str], int] = {}
    for _, source, amount_minor in discounts_given([purchase.purchase_id]):
        word, _, number = source.partition(":")
        if word == PACKET_SOURCE:
            packets[int(number)] = packets.get(int(number), 0) + amount_minor
        elif word in {PROMOTION_SOURCE, COUPON_SOURCE}:
            given[int(number), word] = given.get((int(number), word), 0) + amount_minor
    promotion_ids = {promotion_id for promotion_id, _ in given}
    most = dict(Promotion.objects.filter(id__in=promotion_ids).values_list("id", "shopper_uses_max"))
    uses = [
        PromotionUse(
            promotion_id=promotion_id,
            market=purchase.orders[0].market.decode(),
            lane=lane_of(purchase.purchase_id),
            shopper_id=purchase.shopper_id,
            amount_minor=amount_minor,
            needs_coupon=word == COUPON_SOURCE,
            shopper_uses_max=most[promotion_id],
        )
        for (promotion_id, word), amount_minor in given.items()
    ]
    take_given(uses, packets)
