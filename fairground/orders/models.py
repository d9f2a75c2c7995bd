"""Purchases, orders, lines. All hot: every key begins with the lane, and no foreign keys, which halve the rate.

`fairground verify` looks for rows whose owner is not there.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from fairground.markets.rules import DepositMode
from fairground.orders.customs import OrderDuty
from fairground.orders.given_back import Refund, RefundDiscount
from fairground.orders.held import UnitsHeld
from fairground.orders.rules import DepositEnd, Step
from fairground.promotions.rules.terms import DiscountStep

# Tables with a file of their own, which Django finds by this one.
__all__ = ["OrderDuty", "Refund", "RefundDiscount", "UnitsHeld"]


class Channel(models.IntegerChoices):
    """Through what an order came."""

    WEB = 1
    APP = 2
    STORE = 3
    API = 4
    LIVE = 5


class Device(models.IntegerChoices):
    """On what it was placed."""

    OTHER = 0
    DESKTOP = 1
    MOBILE = 2
    TABLET = 3


class State(models.IntegerChoices):
    """Where a purchase or an order stands; `rules.TRANSITIONS` says what follows what."""

    PLACED = Step.PLACED
    PAID = Step.PAID
    SHIPPED = Step.SHIPPED
    DELIVERED = Step.DELIVERED
    COMPLETED = Step.COMPLETED
    EXPIRED = Step.EXPIRED
    CANCELLED = Step.CANCELLED
    DEPOSITED = Step.DEPOSITED


class LineKind(models.IntegerChoices):
    """What a line is."""

    GOODS = 1
    DIGITAL = 2
    STAKE = 3


class Claim(models.IntegerChoices):
    """What ties an order to a creator: a coupon of theirs, goods put into the cart through them, a click."""

    COUPON = 1
    CART = 2
    CLICK = 3


# A state and the moments it needs: nothing is paid without a moment of payment, nothing ends without one.
_MOMENTS_FIT = (
    (Q(state__in=[State.PLACED, State.DEPOSITED]) & Q(paid_at__isnull=True, ended_at__isnull=True))
    | (Q(state__in=[State.PAID, State.SHIPPED, State.DELIVERED]) & Q(paid_at__isnull=False, ended_at__isnull=True))
    | (Q(state=State.COMPLETED) & Q(paid_at__isnull=False, ended_at__isnull=False))
    | (Q(state=State.EXPIRED) & Q(paid_at__isnull=True, ended_at__isnull=False))
    | (Q(state=State.CANCELLED) & Q(ended_at__isnull=False))
)


# Only a presale has a deposit, and then all that was promised about it.
_TERMS_FIT = Q(
    deposit_minor=0,
    deposit_mode__isnull=True,
    balance_opens_at__isnull=True,
    balance_closes_at__isnull=True,
    deposited_at__isnull=True,
) | Q(
    deposit_minor__gt=0,
    deposit_mode__isnull=False,
    balance_opens_at__isnull=False,
    balance_closes_at__isnull=False,
    balance_closes_at__gt=F("balance_opens_at"),
)
_COUNTED = DepositEnd.COUNTED.value
_FALLEN = [DepositEnd.FORFEITED.value, DepositEnd.RETURNED.value, DepositEnd.DOUBLED.value]
# A comparison with NULL is no refusal of a CHECK, so each says that it is there.
# A deposit is paid before the balance is due, and ends once: with the balance, or with the purchase.
_DEPOSIT_ENDS_ONCE = (
    Q(deposit_minor=0, deposit_end__isnull=True) & ~Q(state=State.DEPOSITED)
    | Q(deposited_at__isnull=True, deposit_end__isnull=True, deposit_minor__gt=0, paid_at__isnull=True)
    & Q(state__in=[State.PLACED, State.EXPIRED, State.CANCELLED])
    | Q(deposited_at__isnull=False, deposit_end__isnull=True, state=State.DEPOSITED)
    | Q(deposited_at__isnull=False, deposit_end__isnull=False, deposit_end=_COUNTED, paid_at__isnull=False)
    | Q(deposited_at__isnull=False, paid_at__isnull=True, state__in=[State.EXPIRED, State.CANCELLED])
    & Q(deposit_end__isnull=False, deposit_end__in=_FALLEN)
)
# What the balance took is what was missing, so both together are the total.
_PAID_IS_TOTAL = Q(balance_minor__isnull=True) & (Q(deposit_end__isnull=True) | Q(deposit_end__in=_FALLEN)) | Q(
    deposit_end__isnull=False,
    deposit_end=_COUNTED,
    balance_minor__isnull=False,
    total_minor=F("deposit_minor") + F("balance_minor"),
)
# Discounts lower what is paid last, until the price guarantee may take that and more.
_LEAVES_A_BALANCE = Q(deposit_minor=0) | Q(balance_minor__isnull=False) | Q(total_minor__gt=F("deposit_minor"))


class Purchase(models.Model):
    """What a shopper pays in one go. Its public number: see `rules.purchase_number`.

    `order_ids` leads to its orders, each in its own lane, without an index.
    """

    pk = models.CompositePrimaryKey("lane", "id")
    lane = models.SmallIntegerField(help_text="the lowest lane of its merchants")
    id = models.BigIntegerField()
    random_bits = models.BigIntegerField(help_text="60 random bits, so that nobody guesses a number")
    shopper_id = models.BigIntegerField()
    market = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    order_ids = ArrayField(models.BigIntegerField())
    state = models.SmallIntegerField(choices=State.choices)
    placed_at = models.DateTimeField()
    pay_before = models.DateTimeField()
    extended = models.BooleanField(db_default=False, help_text="a pending payment extends the reservation once")
    paid_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    deposit_minor = models.BigIntegerField(db_default=0, help_text="what a presale is paid first; 0: it is none")
    deposit_mode = models.SmallIntegerField(choices=[(mode.value, mode.name) for mode in DepositMode], null=True)
    balance_opens_at = models.DateTimeField(null=True)
    balance_closes_at = models.DateTimeField(null=True)
    deposited_at = models.DateTimeField(null=True)
    deposit_end = models.SmallIntegerField(choices=[(end.value, end.name) for end in DepositEnd], null=True)
    balance_minor = models.BigIntegerField(null=True, help_text="what was paid last; below 0: so much was given back")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(total_minor__gte=0), name="purchase_total_not_negative"),
            models.CheckConstraint(condition=_MOMENTS_FIT, name="purchase_moments_fit_state"),
            models.CheckConstraint(condition=_TERMS_FIT, name="purchase_presale_has_its_terms"),
            models.CheckConstraint(condition=_DEPOSIT_ENDS_ONCE, name="inv_22_deposit_ends_once"),
            models.CheckConstraint(condition=_PAID_IS_TOTAL, name="inv_23_presale_paid_is_total"),
            models.CheckConstraint(condition=_LEAVES_A_BALANCE, name="inv_23_discounts_leave_a_balance"),
        ]
        # Presales are few among purchases, and what the sweep looks for never changes: other rows stand in no index but
        # the key, so that taking them from state to state touches none (a heap-only update).
        indexes: ClassVar = [
            models.Index(
                fields=["lane", "balance_closes_at"], condition=Q(deposit_minor__gt=0), name="purchase_balances_due"
            )
        ]


class Order(models.Model):
    """The part of a purchase that one merchant fulfils, with all that must never change afterwards."""

    pk = models.CompositePrimaryKey("lane", "id")
    lane = models.SmallIntegerField(help_text="the merchant's")
    id = models.BigIntegerField()
    purchase_lane = models.SmallIntegerField()
    purchase_id = models.BigIntegerField()
    purchase = models.ForeignObject(
        Purchase,
        models.DO_NOTHING,
        from_fields=("purchase_lane", "purchase_id"),
        to_fields=("lane", "id"),
        related_name="orders",
    )
    position = models.SmallIntegerField(help_text="which order of its purchase, from 1")
    merchant_id = models.BigIntegerField()
    shopper_id = models.BigIntegerField()
    festival_id = models.CharField(max_length=60, null=True)
    market = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=12)
    channel = models.SmallIntegerField(choices=Channel.choices)
    device = models.SmallIntegerField(choices=Device.choices)
    buyer_country = models.CharField(max_length=2)
    buyer_region = models.CharField(max_length=6, help_text="ISO 3166-2 where it is known, else the country")
    merchant_country = models.CharField(max_length=2)
    entry_hall_id = models.SmallIntegerField(null=True)
    creator_id = models.BigIntegerField(null=True)
    creator_claim = models.SmallIntegerField(choices=Claim.choices, null=True)
    store_id = models.BigIntegerField(null=True)
    creator_bps = models.SmallIntegerField(help_text="what its creator is promised of its goods; without one 0")
    goods_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    shipping_minor = models.BigIntegerField(help_text="after its discounts, with its tax where that is inside prices")
    shipping_tax_minor = models.BigIntegerField(
        db_default=0, help_text="at the rate of the goods; inside what shipping costs, or on top as theirs is"
    )
    tax_added_minor = models.BigIntegerField(help_text="tax on top; tax inside the prices stands on the lines")
    duties_minor = models.BigIntegerField(db_default=0, help_text="what customs asks, with the tax on that")
    total_minor = models.BigIntegerField()
    state = models.SmallIntegerField(choices=State.choices)
    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    total_minor=F("goods_minor")
                    - F("discount_minor")
                    + F("shipping_minor")
                    + F("tax_added_minor")
                    + F("duties_minor")
                ),
                name="inv_4_order_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(shipping_minor__gte=0, shipping_tax_minor__gte=0), name="inv_37_shipping_not_negative"
            ),
            models.CheckConstraint(condition=Q(duties_minor__gte=0), name="inv_40_duties_not_negative"),
            models.CheckConstraint(condition=_MOMENTS_FIT, name="order_moments_fit_state"),
            models.CheckConstraint(
                condition=Q(creator_bps__range=(0, 10_000)) & (Q(creator_id__isnull=False) | Q(creator_bps=0)),
                name="inv_34_share_of_a_creator",
            ),
        ]


class OrderLine(models.Model):
    """One SKU of an order. `goods_minor` is quantity times unit price; what it costs less stands in `LineDiscount`."""

    pk = models.CompositePrimaryKey("lane", "order_id", "line_no")
    lane = models.SmallIntegerField()
    order_id = models.BigIntegerField()
    line_no = models.SmallIntegerField()
    order = models.ForeignObject(
        Order, models.DO_NOTHING, from_fields=("lane", "order_id"), to_fields=("lane", "id"), related_name="lines"
    )
    kind = models.SmallIntegerField(choices=LineKind.choices)
    sku_id = models.BigIntegerField()
    deal_id = models.BigIntegerField(null=True)
    stock_id = models.BigIntegerField(help_text="the stock row from which its units are reserved")
    place_id = models.BigIntegerField()
    title = models.CharField(max_length=300, help_text="as the shopper read it")
    quantity = models.IntegerField()
    unit_price_minor = models.BigIntegerField()
    price_version = models.BigIntegerField()
    goods_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    tax_rate_bps = models.SmallIntegerField()
    tax_included = models.BooleanField()
    tax_region = models.CharField(max_length=6)
    hs_code = models.CharField(max_length=10)
    commission_bps = models.SmallIntegerField(help_text="what the platform takes of the price that its merchant made")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, goods_minor=F("unit_price_minor") * F("quantity")),
                name="inv_4_line_adds_up",
            ),
            models.CheckConstraint(condition=Q(commission_bps__range=(0, 10_000)), name="inv_34_commission_in_range"),
        ]


class LineDiscount(models.Model):
    """What a line costs less, who gave it and who pays for it; line 0 is the order's shipping."""

    pk = models.CompositePrimaryKey("lane", "order_id", "line_no", "step", "source", "funder")
    lane = models.SmallIntegerField()
    order_id = models.BigIntegerField()
    line_no = models.SmallIntegerField()
    line = models.ForeignObject(
        OrderLine,
        models.DO_NOTHING,
        from_fields=("lane", "order_id", "line_no"),
        to_fields=("lane", "order_id", "line_no"),
        related_name="discounts",
    )
    step = models.SmallIntegerField(choices=[(one.value, one.name.replace("_", " ").title()) for one in DiscountStep])
    source = models.CharField(max_length=60, help_text="which deal, promotion, coupon or packet")
    funder = models.CharField(max_length=60, help_text="who pays: `platform` or a merchant's address")
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="linediscount_positive")]


class OrderAddress(models.Model):
    """Where an order goes: the one row of an order with personal data, erased after its time."""

    pk = models.CompositePrimaryKey("lane", "order_id")
    lane = models.SmallIntegerField()
    order_id = models.BigIntegerField()
    address = models.JSONField()
    erase_after = models.DateTimeField()


class Erasure(models.Model):
    """A running order of somebody who wanted to be erased: its address goes when the order ends."""

    pk = models.CompositePrimaryKey("lane", "order_id")
    lane = models.SmallIntegerField()
    order_id = models.BigIntegerField()


class PurchaseKey(models.Model):
    """What a key did, so that the same request twice is one effect (INV-3). Keys are UUIDv7, so rows go by day.

    The key leads the primary key, not the lane: a key used again for other goods, hence in another lane, is found.
    """

    pk = models.CompositePrimaryKey("key", "shopper_id", "lane")
    lane = models.SmallIntegerField()
    key = models.UUIDField()
    shopper_id = models.BigIntegerField()
    request_hash = models.BinaryField(max_length=16)
    purchase_id = models.BigIntegerField()


class ShopperPurchase(models.Model):
    """What a shopper sees as "my purchases": a read table by shopper, filled from the outbox, so a moment behind."""

    pk = models.CompositePrimaryKey("lane", "shopper_id", "purchase_id")
    lane = models.SmallIntegerField(help_text="the shopper's")
    shopper_id = models.BigIntegerField()
    purchase_id = models.BigIntegerField()
    state = models.SmallIntegerField(choices=State.choices)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    placed_at = models.DateTimeField()
