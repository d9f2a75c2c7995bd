"""Merchants."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class MerchantKind(models.TextChoices):
    """Who a merchant is."""

    BRAND = "brand"
    SHOP = "shop"
    PERSON = "person"
    OVERSEAS = "overseas"


class Merchant(models.Model):
    """Who sells. `commission_bps` is what the platform takes; an order freezes it."""

    id = models.BigIntegerField(primary_key=True)
    lane = models.SmallIntegerField()
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=MerchantKind.choices)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    commission_bps = models.SmallIntegerField()
    about = models.JSONField(default=dict, help_text="language -> text")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(commission_bps__gte=0, commission_bps__lte=10_000),
                name="merchant_commission_in_range",
            ),
            models.CheckConstraint(condition=Q(lane__gte=0, lane__lt=64), name="merchant_lane_in_range"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="merchant_currency_iso_4217"),
            models.CheckConstraint(condition=Q(country__regex=r"^[A-Z]{2}$"), name="merchant_country_iso_3166"),
        ]

    def __str__(self) -> str:
        return self.name
