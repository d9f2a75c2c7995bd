"""What the price engine reads and answers. Whole minor units of one market's currency throughout.

msgspec structs, not frozen dataclasses (ADR 6): a batch of the opening second makes several an order.
"""

from collections.abc import Iterable
from enum import IntEnum

from msgspec import Struct

# Rates are basis points: so many of them are the whole.
WHOLE_BPS = 10_000
PLATFORM = "platform"
# What the sources of discounts begin with; an id follows after a colon.
PROMOTION_SOURCE, COUPON_SOURCE, PACKET_SOURCE = "promotion", "coupon", "packet"


class DiscountStep(IntEnum):
    """The order in which discounts stack: the merchant's own first, the platform's last."""

    DEAL = 1
    MERCHANT_DISCOUNT = 2
    MERCHANT_COUPON = 3
    CROSS_SHOP = 4
    PLATFORM_COUPON = 5
    RED_PACKET = 6
    SHIPPING = 7


class PromotionKind(IntEnum):
    """How a promotion reckons what it takes off."""

    AMOUNT_OFF = 1
    PERCENT_OFF = 2
    BUNDLE_FOR_PRICE = 3
    BUNDLE_FOR_FEWER = 4
    SHIPPING_OFF = 5


class Scope(Struct, frozen=True, gc=False):
    """What a promotion is for: whatever is named in any of the sets. A category covers all that is below it."""

    merchant_ids: frozenset[int] = frozenset()
    hall_ids: frozenset[int] = frozenset()
    categories: frozenset[str] = frozenset()
    sku_ids: frozenset[int] = frozenset()


class Promotion(Struct, frozen=True, gc=False):
    """A promotion as it stands in one market; amounts that its kind does not read are 0.

    `merchant_id`: whose it is, and then it is for that merchant's goods alone; None is the platform's. `scope` None is
    all goods. AMOUNT_OFF: `off_minor` at `threshold_minor`, with `repeats` as often as the threshold is full.
    PERCENT_OFF and SHIPPING_OFF: `percent_bps` of the goods or of their shipping, at most `ceiling_minor` (0: no
    ceiling). BUNDLE_FOR_PRICE: each `bundle_units` cost `bundle_minor`. BUNDLE_FOR_FEWER: of each `bundle_units` only
    `bundle_paid_units` are paid. `merchant_bps` is the share that the merchant of the goods funds, the platform the
    rest. `limited`: its uses or what it gives are bounded, so they
    are counted; `shopper_uses_max` 0 is no limit.
    """

    id: int
    step: int
    kind: int
    opens_at_ms: int
    closes_at_ms: int
    merchant_id: int | None = None
    scope: Scope | None = None
    excludes_deals: bool = False
    threshold_minor: int = 0
    off_minor: int = 0
    repeats: bool = False
    percent_bps: int = 0
    ceiling_minor: int = 0
    bundle_units: int = 0
    bundle_minor: int = 0
    bundle_paid_units: int = 0
    merchant_bps: int = 0
    needs_coupon: bool = False
    limited: bool = False
    shopper_uses_max: int = 0
    names: dict[str, str] = {}

    @property
    def source(self) -> str:
        """Return what a discount names as its source."""
        return f"{COUPON_SOURCE if self.needs_coupon else PROMOTION_SOURCE}:{self.id}"


class PricedLine(Struct, frozen=True, gc=False):
    """A line to be priced. `unit_minor` is the price asked, of a deal the deal's.

    `categories` are the codes from the top one down to the product's own. `kept_minor` of the line is paid whatever is
    taken off it: of a presale the deposit and a little more. It counts to thresholds and percentages like the rest.
    """

    sku_id: int
    merchant_id: int
    quantity: int
    unit_minor: int
    in_deal: bool = False
    hall_id: int | None = None
    categories: frozenset[str] = frozenset()
    kept_minor: int = 0


class Packet(Struct, frozen=True, gc=False):
    """A red packet of the shopper's, and what is left in it."""

    id: int
    left_minor: int


class Discount(Struct, frozen=True, gc=False):
    """What a line, or a merchant's shipping, costs less: one row a funder (`platform` or `merchant:<id>`)."""

    step: int
    source: str
    funder: str
    amount_minor: int


class LineQuote(Struct, frozen=True, gc=False):
    """What a line costs, and why not more: `payable_minor` is the goods less all discounts."""

    sku_id: int
    goods_minor: int
    payable_minor: int
    discounts: list[Discount]


class MerchantQuote(Struct, frozen=True, gc=False):
    """One merchant's part. `shipping_minor` is before its discounts, `shipping_payable_minor` after them."""

    goods_minor: int
    discount_minor: int
    shipping_minor: int
    shipping_payable_minor: int
    shipping_discounts: list[Discount]

    @property
    def payable_minor(self) -> int:
        """Return what is due to this merchant's order, without tax on top."""
        return self.goods_minor - self.discount_minor + self.shipping_payable_minor


class Hint(Struct, frozen=True, gc=False):
    """Goods for `more_minor` more, of what the promotion is for, would save `saves_minor` more in its step."""

    promotion_id: int
    step: int
    more_minor: int
    saves_minor: int


class Quote(Struct, frozen=True):
    """What a purchase costs. `lines` stand as they were asked, merchants in the order of their first line.

    `used` is what each promotion gave by its id, `packets` what is taken out of each red packet.
    """

    lines: list[LineQuote]
    merchants: dict[int, MerchantQuote]
    used: dict[int, int]
    packets: dict[int, int]
    hints: list[Hint]

    @property
    def goods_minor(self) -> int:
        """Return the goods at the prices asked."""
        return sum(one.goods_minor for one in self.merchants.values())

    @property
    def discount_minor(self) -> int:
        """Return what the goods cost less; shipping stands apart."""
        return sum(one.discount_minor for one in self.merchants.values())

    @property
    def payable_minor(self) -> int:
        """Return what is due for goods and shipping, without tax on top."""
        return sum(one.payable_minor for one in self.merchants.values())


class PromotionBook(Struct, frozen=True):
    """The promotions of one market by whose they are, so that a cart looks at its own merchants' alone."""

    platform: tuple[Promotion, ...] = ()
    of_merchants: dict[int, tuple[Promotion, ...]] = {}

    def promotions(self) -> Iterable[Promotion]:
        """Return all of them, the platform's first."""
        yield from self.platform
        for some in self.of_merchants.values():
            yield from some

    def __bool__(self) -> bool:
        return bool(self.platform or self.of_merchants)


def make_book(promotions: Iterable[Promotion]) -> PromotionBook:
    """Return the promotions of one market as a book; each stands in the order of its id."""
    platform: list[Promotion] = []
    of_merchants: dict[int, list[Promotion]] = {}
    for promotion in sorted(promotions, key=lambda one: one.id):
        mine = platform if promotion.merchant_id is None else of_merchants.setdefault(promotion.merchant_id, [])
        mine.append(promotion)
    return PromotionBook(tuple(platform), {merchant_id: tuple(some) for merchant_id, some in of_merchants.items()})


def covers(promotion: Promotion, line: PricedLine) -> bool:
    """Return whether a line is among what a promotion is for."""
    if promotion.merchant_id is not None and promotion.merchant_id != line.merchant_id:
        return False
    if promotion.excludes_deals and line.in_deal:
        return False
    scope = promotion.scope
    return (
        scope is None
        or line.sku_id in scope.sku_ids
        or line.hall_id in scope.hall_ids
        or line.merchant_id in scope.merchant_ids
        or not scope.categories.isdisjoint(line.categories)
    )
