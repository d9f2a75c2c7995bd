"""The tables of what went back of orders: for units, for a price that fell, shipping, and duties."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from fairground.orders.rules import RefundReason
from fairground.promotions.rules.terms import DiscountStep

_PRICE_FELL = RefundReason.PRICE_FELL.value
_UNITS_BACK = Q(line_no__gt=0, units__gt=0, ahead_minor__gte=0) & ~Q(reason=_PRICE_FELL)
_PRICE_BACK = Q(
    line_no__gt=0, units=0, goods_minor=0, discount_minor=0, ahead_minor__lt=0, restocked=False, reason=_PRICE_FELL
)
# Line 0 is the shipping, which goes back whole, so there is no second refund of it.
_SHIPPING_BACK = Q(line_no=0, refund_no=1, units=0, ahead_minor=0, restocked=False) & ~Q(reason=_PRICE_FELL)
# Below 0 are the duties, each whole.
_DUTY_BACK = Q(
    line_no__lt=0, refund_no=1, units=0, discount_minor=0, ahead_minor=0, tax_included=False, restocked=False
) & ~Q(reason=_PRICE_FELL)
_PAYABLE = F("goods_minor") - F("discount_minor") - F("ahead_minor")


class Refund(models.Model):
    """Money of a paid line that went back: for units, or because the price fell.

    Line 0 is the order's shipping, line -n its duty n. Only ever added to (INV-25). Shipping goes back whole, once,
    with the last units of its order (INV-37), a duty with the last units that it was asked for (INV-40).

    The sums of a line's rows are what of it has gone back; they never exceed the line (a trigger). `ahead_minor` below
    0 was given ahead by price protection, above 0 it is the part of that which the units coming back had already.
    """

    pk = models.CompositePrimaryKey("lane", "order_id", "line_no", "refund_no")
    lane = models.SmallIntegerField()
    order_id = models.BigIntegerField()
    line_no = models.SmallIntegerField()
    refund_no = models.SmallIntegerField(help_text="which refund of its line, from 1")
    line = models.ForeignObject(
        "orders.OrderLine",
        models.DO_NOTHING,
        from_fields=("lane", "order_id", "line_no"),
        to_fields=("lane", "order_id", "line_no"),
        related_name="refunds",
    )
    reason = models.SmallIntegerField(choices=[(one.value, one.name) for one in RefundReason])
    units = models.IntegerField()
    goods_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    ahead_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    tax_included = models.BooleanField()
    paid_minor = models.BigIntegerField(help_text="what went back to the wallet")
    restocked = models.BooleanField(help_text="its units are on the shelf again")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(tax_included=True, paid_minor=_PAYABLE)
                | Q(tax_included=False, paid_minor=_PAYABLE + F("tax_minor")),
                name="inv_25_refund_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(paid_minor__gte=0, goods_minor__gte=0, discount_minor__gte=0, tax_minor__gte=0)
                & (_UNITS_BACK | _PRICE_BACK | _SHIPPING_BACK | _DUTY_BACK),
                name="inv_25_units_price_or_charges",
            ),
        ]


class RefundDiscount(models.Model):
    """What of a line's discount ended with units that came back, so that its funder pays for the others alone."""

    pk = models.CompositePrimaryKey("lane", "order_id", "line_no", "refund_no", "step", "source", "funder")
    lane = models.SmallIntegerField()
    order_id = models.BigIntegerField()
    line_no = models.SmallIntegerField()
    refund_no = models.SmallIntegerField()
    step = models.SmallIntegerField(choices=[(one.value, one.name.replace("_", " ").title()) for one in DiscountStep])
    source = models.CharField(max_length=60)
    funder = models.CharField(max_length=60)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refunddiscount_positive")
        ]
