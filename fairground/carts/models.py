"""Carts and wish lists. Neither is hot: one person writes, and a foreign key holds every row to its SKU and shopper."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from fairground.catalog.models import Sku
from fairground.catalog.rules import QUANTITY_MAX
from fairground.identity.models import Shopper

# A price that was shown has a currency, and one that was not has none.
_SEEN_WHOLE = Q(seen_minor__isnull=True, seen_currency="") | (
    Q(seen_minor__gt=0, seen_minor__lt=2**53) & Q(seen_currency__regex=r"^[A-Z]{3}$")
)


class CartEntry(models.Model):
    """So many units of a SKU in a shopper's cart, or set aside for later; `seen_…`: the price last shown."""

    pk = models.CompositePrimaryKey("shopper_id", "sku_id")
    shopper = models.ForeignKey(Shopper, models.CASCADE, db_index=False)
    sku = models.ForeignKey(Sku, models.CASCADE)
    quantity = models.SmallIntegerField()
    aside = models.BooleanField(db_default=False, help_text="saved for later")
    seen_minor = models.BigIntegerField(null=True)
    seen_currency = models.CharField(max_length=3, db_default="", default="")
    put_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=QUANTITY_MAX), name="cartentry_quantity_in_range"
            ),
            models.CheckConstraint(condition=_SEEN_WHOLE, name="cartentry_seen_with_currency"),
        ]


class Wish(models.Model):
    """A SKU on a shopper's wish list, and its price when it was put there."""

    pk = models.CompositePrimaryKey("shopper_id", "sku_id")
    shopper = models.ForeignKey(Shopper, models.CASCADE, db_index=False)
    sku = models.ForeignKey(Sku, models.CASCADE)
    seen_minor = models.BigIntegerField(null=True)
    seen_currency = models.CharField(max_length=3, db_default="", default="")
    put_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=_SEEN_WHOLE, name="wish_seen_with_currency")]
