"""Units of paid lines that something open is about: while it is, nobody else may give them back."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class UnitsHeld(models.Model):
    """Units of a line that an open after-sale case is about. With what went back they never exceed the line (INV-31).

    It stands here, below the checkout, so that whatever gives units back sees it. The row goes when the case ends.
    """

    pk = models.CompositePrimaryKey("lane", "order_id", "line_no", "case_id")
    lane = models.SmallIntegerField()
    order_id = models.BigIntegerField()
    line_no = models.SmallIntegerField()
    case_id = models.BigIntegerField()
    units = models.IntegerField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(units__gt=0), name="unitsheld_holds_units")]
