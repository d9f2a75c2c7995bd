"""Places and stock."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from fairground.inventory.rules import PLACE_CITY_LENGTH_MAX
from fairground.merchants.models import Merchant


class Place(models.Model):
    """Where stock is: a warehouse or a store on a street."""

    id = models.BigIntegerField(primary_key=True)
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="places")
    kind = models.CharField(max_length=10, choices=[("warehouse", "warehouse"), ("store", "store")])
    name = models.CharField(max_length=120)
    city = models.CharField(max_length=PLACE_CITY_LENGTH_MAX)
    country = models.CharField(max_length=2, help_text="from which customs counts; empty: nobody stated it")
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "name"], name="place_once_by_name"),
            models.CheckConstraint(condition=Q(country__regex=r"^([A-Z]{2})?$"), name="place_country_stated_or_empty"),
        ]


class Stock(models.Model):
    """Units of a SKU at a place, or those set aside there for a deal. Hot: no foreign keys, which halve the rate."""

    pk = models.CompositePrimaryKey("lane", "id")
    lane = models.SmallIntegerField()
    id = models.BigIntegerField()
    sku_id = models.BigIntegerField()
    place_id = models.BigIntegerField()
    deal_id = models.BigIntegerField(null=True)
    units = models.IntegerField()
    reserved = models.IntegerField(db_default=0)
    sold = models.IntegerField(db_default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lane", "sku_id", "place_id", "deal_id"], name="stock_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, sold__gte=0, units__gte=F("reserved") + F("sold")),
                name="inv_1_no_unit_sold_twice",
            ),
        ]
        # The rows of deals are few among those of all SKUs and looked at every second; `deal_id` never changes, so a
        # row's updates still touch no index.
        indexes: ClassVar = [
            models.Index(fields=["deal_id"], condition=Q(deal_id__isnull=False), name="stock_of_deals")
        ]
