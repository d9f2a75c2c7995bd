"""Categories, brands, attributes, products, SKUs, texts and prices.

A foreign key with which a key or a unique constraint begins has no index of its own, and neither has a price's
market: a price for every SKU and market is most of what an import writes.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from fairground.catalog.rules import PICTURES_MAX
from fairground.markets.models import Market
from fairground.merchants.models import Merchant


class Category(models.Model):
    """A node of the category tree; its code is its path (`sports.cycling.bicycles`)."""

    code = models.CharField(max_length=120, primary_key=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    names = models.JSONField(help_text="language -> name")

    def __str__(self) -> str:
        return self.code


class Attribute(models.Model):
    """A fact that products may state (`weight_g`), and how its values are to be read."""

    code = models.CharField(max_length=120, primary_key=True)
    kind = models.CharField(max_length=10, choices=[("text", "text"), ("number", "number"), ("boolean", "boolean")])
    names = models.JSONField(default=dict, help_text="language -> name")


class OptionValue(models.Model):
    """How a value of a variant's option (`moss`) is called in each language."""

    code = models.CharField(max_length=60, primary_key=True)
    names = models.JSONField(help_text="language -> name")


class Brand(models.Model):
    """A brand, as named on the goods."""

    slug = models.SlugField(max_length=80, primary_key=True)
    name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """What a merchant offers in one or more variants (SKUs)."""

    id = models.BigIntegerField(primary_key=True)
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="products", db_index=False)
    external_id = models.CharField(max_length=120, help_text="the merchant's own; imports find the product by it")
    brand = models.ForeignKey(Brand, models.PROTECT, null=True)
    category = models.ForeignKey(Category, models.PROTECT, null=True)
    attributes = models.JSONField(default=dict, help_text="attribute code -> value")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "external_id"], name="product_once_by_external_id")
        ]
        # A shop's pages follow each other by id, however many goods it has.
        indexes: ClassVar = [models.Index(fields=["merchant", "id"], name="product_of_merchant")]

    def __str__(self) -> str:
        return self.external_id


class ProductText(models.Model):
    """A product's words in one language."""

    pk = models.CompositePrimaryKey("product_id", "language")
    product = models.ForeignKey(Product, models.CASCADE, related_name="texts", db_index=False)
    language = models.CharField(max_length=12)
    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)


class ProductPicture(models.Model):
    """A picture of a product; its files are in the realm's `PictureStore`. Positions are 1, 2, … without a gap."""

    pk = models.CompositePrimaryKey("product_id", "name")
    product = models.ForeignKey(Product, models.CASCADE, related_name="pictures", db_index=False)
    name = models.CharField(max_length=32, help_text="hash of the file it was made from")
    position = models.SmallIntegerField()
    width = models.IntegerField(help_text="in pixels, upright, of the file it was made from")
    height = models.IntegerField()
    alt = models.JSONField(default=dict, help_text="language -> what it shows")
    added_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["name"], name="picture_by_name")]
        constraints: ClassVar = [
            # At the end of the transaction, so that pictures may change places.
            models.UniqueConstraint(
                fields=["product", "position"], name="picture_position_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=PICTURES_MAX), name="picture_position_in_range"
            ),
            models.CheckConstraint(condition=Q(width__gt=0, height__gt=0), name="picture_has_a_size"),
        ]


class Sku(models.Model):
    """One variant of a product, as one merchant sells it: the offer."""

    id = models.BigIntegerField(primary_key=True)
    lane = models.SmallIntegerField()
    merchant = models.ForeignKey(Merchant, models.PROTECT, db_index=False)
    product = models.ForeignKey(Product, models.CASCADE, related_name="skus")
    external_id = models.CharField(max_length=120)
    gtin = models.CharField(max_length=14, blank=True, db_index=True)
    options = models.JSONField(default=dict, help_text="option axis -> value code")
    hs_code = models.CharField(max_length=10, blank=True)
    on_sale = models.BooleanField(db_default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "external_id"], name="sku_once_by_external_id"),
            models.CheckConstraint(condition=Q(lane__gte=0, lane__lt=64), name="sku_lane_in_range"),
        ]

    def __str__(self) -> str:
        return self.external_id


class Price(models.Model):
    """The usual price of a SKU in a market; no row, no offer there. `version` is what an order freezes."""

    pk = models.CompositePrimaryKey("sku_id", "market_id")
    sku = models.ForeignKey(Sku, models.CASCADE, related_name="prices", db_index=False)
    market = models.ForeignKey(Market, models.PROTECT, db_index=False)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    version = models.BigIntegerField(db_default=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(price_minor__gt=0, price_minor__lt=2**53), name="price_in_range")
        ]


class FormerPrice(models.Model):
    """A usual price that a SKU had in a market before its present one, from `since_at` up to `until_at`.

    A trigger on `Price` writes it, so that no road of changing a price forgets it; a row never changes.
    """

    pk = models.CompositePrimaryKey("sku_id", "market_id", "until_at")
    sku_id = models.BigIntegerField()
    market_id = models.CharField(max_length=8)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    since_at = models.DateTimeField(help_text="-infinity: ever since the SKU was offered")
    until_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(since_at__lt=models.F("until_at")), name="formerprice_period_forward")
        ]
