"""Promotions, what they say in each market, what they are for; and what was given, used and collected of them.

A foreign key with which a key or a unique constraint begins has no index of its own.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from fairground.catalog.models import Category, Sku
from fairground.festivals.models import Hall
from fairground.markets.models import Market
from fairground.merchants.models import Merchant
from fairground.promotions.rules.terms import WHOLE_BPS, DiscountStep, PromotionKind

# Plain numbers, so that a migration holds no enumeration of today.
_OF_MERCHANTS = [DiscountStep.MERCHANT_DISCOUNT.value, DiscountStep.MERCHANT_COUPON.value]
_OF_PLATFORM = [DiscountStep.CROSS_SHOP.value, DiscountStep.PLATFORM_COUPON.value]
_WITH_PERCENT = [PromotionKind.PERCENT_OFF.value, PromotionKind.SHIPPING_OFF.value]
_BUNDLES = [PromotionKind.BUNDLE_FOR_PRICE.value, PromotionKind.BUNDLE_FOR_FEWER.value]


class Promotion(models.Model):
    """What makes a cart cheaper between two moments; `rules.terms.Promotion` says what its fields mean.

    A merchant's own is for that merchant's goods alone; without a merchant it is the platform's.
    """

    id = models.BigIntegerField(primary_key=True)
    merchant = models.ForeignKey(Merchant, models.PROTECT, null=True)
    step = models.SmallIntegerField(choices=[(one.value, one.name.replace("_", " ").title()) for one in DiscountStep])
    kind = models.SmallIntegerField(choices=[(one.value, one.name.replace("_", " ").title()) for one in PromotionKind])
    names = models.JSONField(help_text="language -> name")
    excludes_deals = models.BooleanField(db_default=False)
    repeats = models.BooleanField(db_default=False, help_text="per full threshold, as often as it is full")
    percent_bps = models.SmallIntegerField(db_default=0)
    bundle_units = models.SmallIntegerField(db_default=0)
    bundle_paid_units = models.SmallIntegerField(db_default=0)
    merchant_bps = models.SmallIntegerField(db_default=0, help_text="the share that the goods' merchant funds")
    needs_coupon = models.BooleanField(db_default=False)
    shopper_uses_max = models.IntegerField(db_default=0, help_text="purchases of one shopper; 0: no limit")
    collects_from = models.DateTimeField(null=True, help_text="when coupons can be collected, until it closes")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    is_on = models.BooleanField(db_default=True)
    form_key = models.UUIDField(null=True, help_text="of the form that made it, so that a form sent twice makes one")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["closes_at"], name="promotion_by_closing")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["form_key"], name="promotion_made_once_a_form"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="promotion_opens_before_it_closes"),
            models.CheckConstraint(
                condition=Q(collects_from__isnull=True) | Q(needs_coupon=True, collects_from__lt=F("closes_at")),
                name="promotion_collects_before_it_closes",
            ),
            models.CheckConstraint(
                condition=Q(merchant_bps__gte=0, merchant_bps__lte=WHOLE_BPS, shopper_uses_max__gte=0),
                name="promotion_share_and_limit_in_range",
            ),
            models.CheckConstraint(
                condition=Q(
                    step__in=[DiscountStep.MERCHANT_DISCOUNT.value, DiscountStep.MERCHANT_COUPON.value],
                    merchant__isnull=False,
                )
                | Q(step__in=_OF_PLATFORM, merchant__isnull=True)
                | Q(step=DiscountStep.SHIPPING.value),
                name="promotion_step_fits_whose_it_is",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=_WITH_PERCENT,
                    percent_bps__gt=0,
                    percent_bps__lte=WHOLE_BPS,
                )
                | Q(percent_bps=0) & ~Q(kind__in=_WITH_PERCENT),
                name="promotion_percent_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind=PromotionKind.BUNDLE_FOR_PRICE.value, bundle_units__gte=2, bundle_paid_units=0)
                | Q(
                    kind=PromotionKind.BUNDLE_FOR_FEWER.value,
                    bundle_paid_units__gte=1,
                    bundle_units__gt=F("bundle_paid_units"),
                )
                | Q(bundle_units=0, bundle_paid_units=0) & ~Q(kind__in=_BUNDLES),
                name="promotion_bundle_fits_kind",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class PromotionTerms(models.Model):
    """A promotion's amounts and limits in a market; no row, no promotion there."""

    pk = models.CompositePrimaryKey("promotion_id", "market_id")
    promotion = models.ForeignKey(Promotion, models.CASCADE, related_name="terms", db_index=False)
    market = models.ForeignKey(Market, models.PROTECT, db_index=False)
    currency = models.CharField(max_length=3)
    threshold_minor = models.BigIntegerField(db_default=0)
    off_minor = models.BigIntegerField(db_default=0)
    ceiling_minor = models.BigIntegerField(db_default=0, help_text="0: none")
    bundle_minor = models.BigIntegerField(db_default=0)
    uses_max = models.IntegerField(null=True)
    amount_max_minor = models.BigIntegerField(null=True)
    coupons_max = models.IntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    threshold_minor__gte=0,
                    off_minor__gte=0,
                    ceiling_minor__gte=0,
                    bundle_minor__gte=0,
                    threshold_minor__lt=2**53,
                    off_minor__lt=2**53,
                    ceiling_minor__lt=2**53,
                    bundle_minor__lt=2**53,
                ),
                name="promotionterms_amounts_in_range",
            ),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="promotionterms_currency_iso_4217"),
            models.CheckConstraint(
                condition=(Q(uses_max__isnull=True) | Q(uses_max__gt=0))
                & (Q(amount_max_minor__isnull=True) | Q(amount_max_minor__gt=0, amount_max_minor__lt=2**53))
                & (Q(coupons_max__isnull=True) | Q(coupons_max__gt=0)),
                name="promotionterms_limits_positive",
            ),
        ]


class PromotionScope(models.Model):
    """One thing that a promotion is for; a category covers what is below it. No row: it is for everything."""

    promotion = models.ForeignKey(Promotion, models.CASCADE, related_name="scopes")
    merchant = models.ForeignKey(Merchant, models.PROTECT, null=True, db_index=False)
    hall = models.ForeignKey(Hall, models.PROTECT, null=True, db_index=False)
    category = models.ForeignKey(Category, models.PROTECT, null=True, db_index=False)
    sku = models.ForeignKey(Sku, models.PROTECT, null=True, db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(merchant__isnull=False, hall__isnull=True, category__isnull=True, sku__isnull=True)
                | Q(merchant__isnull=True, hall__isnull=False, category__isnull=True, sku__isnull=True)
                | Q(merchant__isnull=True, hall__isnull=True, category__isnull=False, sku__isnull=True)
                | Q(merchant__isnull=True, hall__isnull=True, category__isnull=True, sku__isnull=False),
                name="promotionscope_one_thing",
            )
        ]


class AllowanceKind(models.IntegerChoices):
    """What an allowance counts: uses of a promotion, or coupons that were collected."""

    USE = 1
    COLLECT = 2


class Allowance(models.Model):
    """A slice of what a promotion may still give in a market. Hot: no foreign keys, which halve the rate.

    There is one a writer, in its first lane; together the slices are what the terms allow. Where nothing is limited
    there is no row; a bound that is empty is none.
    """

    pk = models.CompositePrimaryKey("lane", "promotion_id", "market", "kind")
    lane = models.SmallIntegerField(help_text="the first of its writer's")
    promotion_id = models.BigIntegerField()
    market = models.CharField(max_length=8)
    kind = models.SmallIntegerField(choices=AllowanceKind.choices)
    taken = models.IntegerField(db_default=0)
    taken_max = models.IntegerField(null=True)
    amount_minor = models.BigIntegerField(db_default=0)
    amount_max_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(taken__gte=0, amount_minor__gte=0)
                & (Q(taken_max__isnull=True) | Q(taken__lte=F("taken_max")))
                & (Q(amount_max_minor__isnull=True) | Q(amount_minor__lte=F("amount_max_minor"))),
                name="inv_14_allowance_kept",
            )
        ]


class ShopperUse(models.Model):
    """How often a shopper used a promotion that bounds it. Hot: no foreign keys, which halve the rate."""

    pk = models.CompositePrimaryKey("lane", "promotion_id", "shopper_id")
    lane = models.SmallIntegerField(help_text="the shopper's")
    promotion_id = models.BigIntegerField()
    shopper_id = models.BigIntegerField()
    uses = models.IntegerField()
    uses_max = models.IntegerField(help_text="the promotion's limit for one shopper")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(uses__gte=0, uses__lte=F("uses_max")), name="inv_15_shopper_uses_kept")
        ]


class Coupon(models.Model):
    """A promotion's coupon that a shopper collected. Hot: no foreign keys, which halve the rate.

    `market` is where it was collected and counted; it is good in every market of its promotion.
    """

    pk = models.CompositePrimaryKey("lane", "promotion_id", "shopper_id")
    lane = models.SmallIntegerField(help_text="the shopper's")
    promotion_id = models.BigIntegerField()
    shopper_id = models.BigIntegerField()
    market = models.CharField(max_length=8)
    held = models.SmallIntegerField(db_default=1)
    used = models.SmallIntegerField(db_default=0)
    collected_at = models.DateTimeField()

    class Meta:
        # "My coupons" are found by their shopper.
        indexes: ClassVar = [models.Index(fields=["lane", "shopper_id"], name="coupon_of_shopper")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(used__gte=0, used__lte=F("held")), name="inv_15_coupon_held")
        ]
