"""The table of what customs asked of orders."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class OrderDuty(models.Model):
    """What customs asks for a heading of what is sent from one place; refunds of it stand under line -`duty_no`.

    It is asked for the lines with that place whose tariff code begins with the heading (INV-40).
    """

    pk = models.CompositePrimaryKey("lane", "order_id", "duty_no")
    lane = models.SmallIntegerField()
    order_id = models.BigIntegerField()
    duty_no = models.SmallIntegerField(help_text="which of its order, from 1")
    place_id = models.BigIntegerField(help_text="from where it is sent")
    country = models.CharField(max_length=2, help_text="in which that is")
    heading = models.CharField(max_length=6, help_text="of the tariff codes; empty: goods without a code")
    value_minor = models.BigIntegerField(help_text="what its goods are worth without tax and transport")
    duty_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(help_text="tax on the duty, on top of it")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lane", "order_id", "place_id", "heading"], name="inv_40_once_a_consignment_and_heading"
            ),
            models.CheckConstraint(
                condition=Q(duty_no__gt=0, value_minor__gte=0, duty_minor__gt=0, tax_minor__gte=0),
                name="inv_40_duty_in_range",
            ),
            models.CheckConstraint(condition=Q(country__regex=r"^[A-Z]{2}$"), name="inv_40_duty_from_a_stated_country"),
        ]
