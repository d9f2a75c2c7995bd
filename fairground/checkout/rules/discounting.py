"""What promotions, coupons and red packets take off a purchase that is being placed."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from fairground.checkout.rules.plans import LinePlan, Offer
from fairground.checkout.rules.presales import inflation_source, merchant_funds
from fairground.checkout.rules.taxing import tax_minor_of
from fairground.kernel.refusal import Refusal
from fairground.promotions.rules.pricing import price_lines
from fairground.promotions.rules.spending import Spending
from fairground.promotions.rules.terms import (
    PLATFORM,
    Discount,
    DiscountStep,
    Packet,
    PricedLine,
    Promotion,
    PromotionBook,
    Quote,
)

NO_PROMOTIONS = PromotionBook()
# Of a purchase. Each coupon is looked at with every line; packets of a rainy night add up.
COUPONS_MAX = 20
PACKETS_MAX = 50
# A plain number: an enum's `value` costs a microsecond each time.
_DEAL = DiscountStep.DEAL.value


class CouponNotHeld(Refusal):
    """The shopper does not hold this coupon, or has used it."""


class PacketNotHeld(Refusal):
    """The shopper has no such red packet that is still good, or has spent it."""


class DiscountChanged(Refusal):
    """The discounts are no longer what the shopper saw."""


class Giving(Struct):
    """What may be given while a batch decides: read once under the turn, then only counted down here.

    `books` are the promotions by market, `packets` those of shoppers who asked to spend some, by shopper and currency.
    """

    books: dict[str, PromotionBook]
    spending: Spending
    packets: dict[tuple[int, str], list[Packet]]


class Wish(Struct, frozen=True, gc=False):
    """Who wants what taken off: coupons by their promotions, packets, and the discount seen; None: any is welcome."""

    shopper_id: int
    verified: bool
    market: str
    currency: str
    now_ms: int
    slice_lane: int
    coupons: Sequence[int]
    packets: Sequence[int]
    discount_minor: int | None


class Given(Struct, frozen=True):
    """A quote, and the promotions that it uses, each with what it gives."""

    quote: Quote
    used: tuple[tuple[Promotion, int], ...]


def price_with(
    wish: Wish, lines: Sequence[PricedLine], giving: Giving, *, shipping_minor: Mapping[int, int]
) -> Given | Refusal:
    """Return what the lines cost with all that is taken off them and off what their merchants ask for shipping.

    Nothing is counted down yet.
    """
    book = giving.books.get(wish.market, NO_PROMOTIONS)
    held = giving.spending.coupons.get(wish.shopper_id, {})
    for promotion_id in wish.coupons:
        if held.get(promotion_id, 0) <= 0:
            return CouponNotHeld(promotion_id=promotion_id)
    mine = {packet.id: packet for packet in giving.packets.get((wish.shopper_id, wish.currency), ())}
    for packet_id in wish.packets:
        if packet_id not in mine:
            return PacketNotHeld(packet_id=packet_id)
    promotions = {one.id: one for one in promotions_for(book, lines)}
    quote = price_lines(
        lines,
        book=book,
        now_ms=wish.now_ms,
        coupons=wish.coupons,
        packets=[mine[packet_id] for packet_id in wish.packets],
        shipping_minor=shipping_minor,
        may_give_minor=giving.spending.may_give_minor(
            promotions.values(),
            lane=wish.slice_lane,
            market=wish.market,
            shopper_id=wish.shopper_id,
            is_verified=wish.verified,
        ),
    )
    if wish.discount_minor is not None and wish.discount_minor != quote.discount_minor:
        return DiscountChanged(seen_minor=wish.discount_minor, discount_minor=quote.discount_minor)
    return Given(quote, tuple([(promotions[one], amount_minor) for one, amount_minor in quote.used.items()]))


def promotions_for(book: PromotionBook, lines: Sequence[PricedLine]) -> list[Promotion]:
    """Return the promotions of the platform and of these lines' merchants, whether or not they are open."""
    found = list(book.platform)
    for merchant_id in {line.merchant_id for line in lines}:
        found += book.of_merchants.get(merchant_id, ())
    return found


def take_given(given: Given, wish: Wish, giving: Giving) -> None:
    """Count down what a purchase takes: it is gone for the next one."""
    if given.used:
        giving.spending.take(
            given.quote,
            promotions={promotion.id: promotion for promotion, _ in given.used},
            lane=wish.slice_lane,
            market=wish.market,
            shopper_id=wish.shopper_id,
        )
    if given.quote.packets:
        taken = given.quote.packets
        whose = (wish.shopper_id, wish.currency)
        giving.packets[whose] = [
            Packet(packet.id, packet.left_minor - taken.get(packet.id, 0))
            for packet in giving.packets[whose]
            if packet.left_minor > taken.get(packet.id, 0)
        ]


def deposit_worth(offer: Offer, quantity: int) -> Sequence[Discount]:
    """Return what a presale's deposit is worth more than it is: the first discount, given by the merchant."""
    if offer.presale is None or not offer.presale.inflation_minor:
        return ()
    source, funder = inflation_source(offer.deal_id or 0), merchant_funds(offer.merchant_id)
    return (Discount(_DEAL, source, funder, offer.presale.inflation_minor * quantity),)


def priced_line(plan: LinePlan) -> PricedLine:
    """Return a line as promotions see it: of a presale what is left when its deposit has counted for what it is worth.

    A threshold is tested against that too (terms of a large presale of 2018).
    """
    offer, presale = plan.offer, plan.offer.presale
    return PricedLine(
        sku_id=offer.sku_id,
        merchant_id=offer.merchant_id,
        quantity=plan.quantity,
        unit_minor=offer.unit_price_minor - (presale.inflation_minor if presale else 0),
        in_deal=offer.deal_id is not None,
        hall_id=offer.hall_id,
        categories=offer.categories,
        kept_minor=presale.kept_minor(plan.quantity) if presale else 0,
    )


def with_discounts(plans: Sequence[LinePlan], given: Given, *, is_tax_included: bool) -> list[LinePlan]:
    """Return the lines with what is taken off them beside what their deals took, and the tax that is left.

    What merchants fund lowers the tax. What the platform funds is paid by a third party for the goods, so tax is due
    on it (Directive 2006/112/EC, Art. 73).
    """
    return [
        replace(
            plan,
            tax_minor=tax_minor_of(
                plan.goods_minor - plan.discount_minor - _merchants_minor(line.discounts),
                plan.tax_rate_bps,
                is_tax_included,
            ),
            discount_minor=plan.discount_minor + line.goods_minor - line.payable_minor,
            discounts=[*plan.discounts, *line.discounts],
        )
        if line.discounts
        else plan
        for plan, line in zip(plans, given.quote.lines, strict=True)
    ]


def _merchants_minor(discounts: Sequence[Discount]) -> int:
    return sum([one.amount_minor for one in discounts if one.funder != PLATFORM])
