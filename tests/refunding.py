"""Paid orders for tests of what goes back: goods with a coupon, a promotion's limited budget and a red packet."""

from dataclasses import dataclass

from fairground.checkout.actions.refund_lines import LineRefunded, refund_lines
from fairground.checkout.rules.paying import Paid
from fairground.checkout.rules.placing import Placed
from fairground.festivals.models import Festival, Phase, Transition
from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.ids import lane_of
from fairground.ledger.queries import balances
from fairground.orders.models import Refund
from fairground.orders.rules import RefundReason
from fairground.payments.rules import wallet_address
from fairground.promotions.actions.coupons import collect_coupons
from fairground.promotions.rules.collecting import CollectRequest
from fairground.promotions.rules.declaring import MarketTerms
from fairground.promotions.rules.terms import DiscountStep, PromotionKind
from fairground.settlement.models import Terms
from fairground.settlement.rules.addresses import escrow_address
from tests.factories import (
    NOW,
    NOW_MS,
    SkuMade,
    give_wallet,
    make_merchant,
    make_shipping,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place_one,
    place_request,
)
from tests.promotion_making import make_coupon, make_promotion
from tests.redpackets.giving import grab_one, make_campaign, make_round

LATER_MS = NOW_MS + 3_600_000
WALLET = 100_000
CREATOR = 7


@dataclass(frozen=True, slots=True)
class Scene:
    """A paid purchase of two orders: 3 chairs of a limited deal at 80.00, and 2 lamps at 50.01 of another merchant.

    340.02 of goods had 40.00 off across shops (half of it the merchants'), 10.00 by a coupon, 7.77 by a red packet.
    """

    chair: SkuMade
    lamp: SkuMade
    shopper_id: int
    placed: Placed
    promotion_id: int
    coupon_id: int
    packet_id: int

    @property
    def chairs(self) -> int:
        """Return the order of the chairs."""
        return self.placed.orders[0].order_id

    @property
    def lamps(self) -> int:
        """Return the order of the lamps."""
        return self.placed.orders[1].order_id


def make_scene(*, paid: bool = True, sent: bool = False, creator_bps: int | None = None, abroad: bool = False) -> Scene:
    """Make the purchase, and pay it unless told otherwise; there must be a market and its writers.

    `sent`: shipping costs something: of the chairs 4.90, of the lamps 6.90, and a promotion takes half off both, of
    which the merchants pay half. `abroad`: both merchants send from outside the customs area, so that of each order
    3.00 is asked and 19 % of tax on it, where there is a rule (`make_duty`). With `creator_bps` it came by a creator,
    whom the chairs' merchant promised so much.
    """
    terms = MarketTerms(threshold_minor=30_000, off_minor=4_000, uses_max=9, amount_max_minor=36_000)
    promotion_id = make_promotion(merchant_bps=5_000, repeats=True, shopper_uses_max=2, terms={"EU": terms})
    coupon_id = make_coupon()
    country = "CN" if abroad else "ES"
    chair = make_sku(
        merchant=make_merchant(lane=10, country=country),
        price_minor=9_000,
        deal_price_minor=8_000,
        deal_units=5,
        buyer_limit=3,
    )
    lamp = make_sku(merchant=make_merchant(lane=40, country=country), price_minor=5_001)
    if sent:
        make_shipping(chair.merchant, price_minor=490)
        make_shipping(lamp.merchant, price_minor=690)
        make_promotion(
            step=DiscountStep.SHIPPING,
            kind=PromotionKind.SHIPPING_OFF,
            percent_bps=5_000,
            merchant_bps=5_000,
            terms={"EU": MarketTerms(uses_max=9, amount_max_minor=9_000)},
        )
    shopper_id = make_shopper(lane=20)
    give_wallet(shopper_id=shopper_id, amount_minor=WALLET)
    collect_coupons([CollectRequest(coupon_id, "EU", shopper_id, verified=True)], now_ms=NOW_MS)
    packet = grab_one(make_round(campaign_id=make_campaign(), packets=1, budget_minor=777), shopper_id=shopper_id)
    if creator_bps is not None:
        Terms.objects.create(merchant_id=chair.merchant.id, creator_bps=creator_bps)
    request = place_request(
        *(chair.deal_line(3), lamp.line(2)),
        shopper_id=shopper_id,
        coupons=(coupon_id,),
        packets=(packet.packet_id,),
        creator_id=None if creator_bps is None else CREATOR,
    )
    placed = place_one(request)
    if paid:
        (outcome,) = pay([pay_request(placed, shopper_id=shopper_id)])
        assert isinstance(outcome, Paid), outcome
    return Scene(chair, lamp, shopper_id, placed, promotion_id, coupon_id, packet.packet_id)


def begin_sale() -> None:
    """Write that the sale of the scene's festival began, as whoever verifies it expects of one that sold."""
    fair = Festival.objects.get()
    Phase.objects.create(festival=fair, kind=PhaseKind.SALE, starts_at=fair.opens_at, ends_at=fair.closes_at)
    Transition.objects.create(
        festival=fair, kind=PhaseKind.SALE, edge=Edge.BEGINS, due_at=fair.opens_at, tried_at=NOW, done_at=NOW
    )


def back(
    order_id: int, line_no: int, units: int, *, reason: RefundReason = RefundReason.FAULTY, now_ms: int = LATER_MS
) -> LineRefunded:
    """Refund units of one line."""
    by = By(user_id=None, now=from_unix_ms(now_ms))
    refunded, *charges = refund_lines(units={(order_id, line_no): units}, reason=reason, by=by)
    assert all(one.line_no <= 0 for one in charges), charges
    return refunded


def wallet_minor(shopper_id: int) -> int:
    """Return what is in a shopper's wallet."""
    key = (lane_of(shopper_id), wallet_address(shopper_id, "EUR"))
    return balances([key])[key].balance_minor


def escrow_minor(sku: SkuMade) -> int:
    """Return what is in escrow for the merchant of a SKU."""
    key = (sku.merchant.lane, escrow_address(sku.merchant.id, "EUR"))
    return balances([key])[key].balance_minor


def refund_sums(order_id: int) -> dict[str, int]:
    """Return the sums of an order's refunds by column."""
    names = ("units", "goods_minor", "discount_minor", "ahead_minor", "tax_minor", "paid_minor")
    rows = Refund.objects.filter(order_id=order_id).values_list(*names)
    return {name: sum(row[at] for row in rows) for at, name in enumerate(names)}
