"""Tallies: what each batch added to the figures, written in its own transaction."""

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models


class TallyKind(models.IntegerChoices):
    """What happened to the orders that a row sums."""

    PLACED = 1
    PAID = 2
    VOIDED = 3
    REFUNDED = 4


class Tally(models.Model):
    """A batch's orders of one kind that agree in all dimensions. Hot and insert-only."""

    pk = models.CompositePrimaryKey("lane", "writer_seq", "row_no")
    lane = models.SmallIntegerField(help_text="the first lane of the writer")
    writer_seq = models.BigIntegerField(help_text="the batch's number at its writer")
    row_no = models.IntegerField()
    second = models.BigIntegerField(help_text="Unix second of the batch")
    kind = models.SmallIntegerField(choices=TallyKind.choices)
    market = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    buyer_country = models.CharField(max_length=2)
    merchant_country = models.CharField(max_length=2)
    channel = models.SmallIntegerField()
    device = models.SmallIntegerField()
    entry_hall_id = models.SmallIntegerField(null=True)
    orders = models.IntegerField()
    units = models.IntegerField()
    amount_minor = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [BrinIndex(fields=["second"], name="tally_second")]


class MerchantTally(models.Model):
    """A batch's orders of one kind at one merchant. Hot and insert-only."""

    pk = models.CompositePrimaryKey("lane", "writer_seq", "row_no")
    lane = models.SmallIntegerField(help_text="the first lane of the writer")
    writer_seq = models.BigIntegerField()
    row_no = models.IntegerField()
    second = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=TallyKind.choices)
    merchant_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    orders = models.IntegerField()
    units = models.IntegerField()
    amount_minor = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [BrinIndex(fields=["second"], name="merchanttally_second")]
