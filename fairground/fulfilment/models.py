"""Parcels, what is waited for after them, and withdrawals. Parcels are as many as orders: no foreign keys.

`fairground verify` looks for rows whose order is not there, and for orders whose parcels do not fit their state.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from fairground.fulfilment.rules import (
    CARRIER_LENGTH_MAX,
    NAME_LENGTH_MAX,
    STATEMENT_LENGTH_MAX,
    TRACKING_LENGTH_MAX,
    WithdrawalEnd,
)


class Shipment(models.Model):
    """A parcel of an order. Carrier and tracking number name it; both are empty where nobody said how it left."""

    pk = models.CompositePrimaryKey("lane", "order_id", "shipment_no")
    lane = models.SmallIntegerField(help_text="the order's")
    order_id = models.BigIntegerField()
    shipment_no = models.SmallIntegerField(help_text="which parcel of its order, from 1")
    carrier = models.CharField(max_length=CARRIER_LENGTH_MAX)
    tracking_number = models.CharField(max_length=TRACKING_LENGTH_MAX)
    shipped_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lane", "order_id", "carrier", "tracking_number"], name="inv_32_parcel_written_once"
            ),
            models.CheckConstraint(condition=Q(shipment_no__gt=0), name="shipment_numbered_from_1"),
            models.CheckConstraint(
                condition=~Q(carrier="") | Q(tracking_number=""), name="shipment_number_has_carrier"
            ),
        ]


class ShipmentLine(models.Model):
    """How many units of a line a parcel holds. Only ever added to; never more than were ordered (a trigger, INV-32)."""

    pk = models.CompositePrimaryKey("lane", "order_id", "shipment_no", "line_no")
    lane = models.SmallIntegerField()
    order_id = models.BigIntegerField()
    shipment_no = models.SmallIntegerField()
    line_no = models.SmallIntegerField()
    units = models.IntegerField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(units__gt=0), name="shipmentline_positive")]


class AwaitedReceipt(models.Model):
    """A shipped order, and when it goes on if nobody says anything; gone when it is completed.

    Without a moment it waits for what becomes of its withdrawal. Orders themselves have no index by state, which every
    step of theirs would have to write.
    """

    pk = models.CompositePrimaryKey("lane", "order_id")
    lane = models.SmallIntegerField()
    order_id = models.BigIntegerField()
    due_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="awaitedreceipt_due")
        ]


class PostedWithdrawal(models.Model):
    """What somebody sent from the page of withdrawals, as it came; gone as soon as it was matched or was not.

    The page only writes this row, so that it takes the same time and says the same whether or not anything matches.
    """

    number = models.CharField(max_length=60)
    email = models.CharField(max_length=254)
    name = models.CharField(max_length=NAME_LENGTH_MAX)
    statement = models.CharField(max_length=STATEMENT_LENGTH_MAX)
    language = models.CharField(max_length=12)
    declared_at = models.DateTimeField()


class Withdrawal(models.Model):
    """That an order is withdrawn from, since when, and what became of it; one an order (INV-33).

    Its e-mail is that of the purchase, which stands with the order's address. Name and statement are personal.
    """

    pk = models.CompositePrimaryKey("lane", "order_id")
    lane = models.SmallIntegerField()
    order_id = models.BigIntegerField()
    purchase_id = models.BigIntegerField()
    shopper_id = models.BigIntegerField()
    merchant_id = models.BigIntegerField()
    declared_at = models.DateTimeField()
    outcome = models.SmallIntegerField(choices=[(one.value, one.name) for one in WithdrawalEnd])
    name = models.CharField(max_length=NAME_LENGTH_MAX)
    statement = models.CharField(
        max_length=STATEMENT_LENGTH_MAX, help_text="which parts, where it is not all of the order; empty: all of it"
    )
    language = models.CharField(max_length=12)
    refund_by = models.DateTimeField(null=True, help_text="until when the money is back by law, where it goes back")
    settled_at = models.DateTimeField(null=True, help_text="when nothing was left to do about it")
    told_at = models.DateTimeField(null=True, help_text="when the acknowledgement was handed to the mail server")
    tell_after = models.DateTimeField(help_text="when it is tried to tell it next")
    tells = models.SmallIntegerField(db_default=0, help_text="how often that failed")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(outcome__in=[one.value for one in WithdrawalEnd]), name="withdrawal_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome=WithdrawalEnd.NOTED, refund_by__isnull=False, refund_by__gt=F("declared_at"))
                | ~Q(outcome=WithdrawalEnd.NOTED) & Q(refund_by__isnull=True, settled_at__isnull=False),
                name="withdrawal_open_or_settled",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["refund_by"], condition=Q(settled_at__isnull=True), name="withdrawal_to_settle"),
            models.Index(fields=["tell_after"], condition=Q(told_at__isnull=True), name="withdrawal_to_tell"),
            models.Index(fields=["shopper_id"], name="withdrawal_of_shopper"),
        ]
