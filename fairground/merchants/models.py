"""Merchants, and who they are by law."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from fairground.markets.models import Market
from fairground.merchants.rules import SHIPPING_BOUND_MINOR, SHIPPING_DAYS_MAX


class MerchantKind(models.TextChoices):
    """Who a merchant is."""

    BRAND = "brand"
    SHOP = "shop"
    PERSON = "person"
    OVERSEAS = "overseas"


class Merchant(models.Model):
    """Who sells. `commission_bps` is what the platform takes where its goods' category has no other."""

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


class MerchantShipping(models.Model):
    """What a merchant asks for shipping an order in a market; where there is none, shipping costs nothing."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="shipping")
    market = models.ForeignKey(Market, models.PROTECT, related_name="+")
    price_minor = models.BigIntegerField(help_text="an order, in the market's currency, taxed as its goods are")
    free_from_minor = models.BigIntegerField(default=0, help_text="of goods, so many are sent for nothing; 0: none are")
    days_min = models.SmallIntegerField()
    days_max = models.SmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "market"], name="shipping_once_a_market"),
            models.CheckConstraint(
                condition=Q(
                    price_minor__gte=0,
                    price_minor__lte=SHIPPING_BOUND_MINOR,
                    free_from_minor__gte=0,
                    free_from_minor__lte=SHIPPING_BOUND_MINOR,
                ),
                name="shipping_prices_in_range",
            ),
            models.CheckConstraint(
                condition=Q(days_min__gte=1, days_max__gte=F("days_min"), days_max__lte=SHIPPING_DAYS_MAX),
                name="shipping_days_in_range",
            ),
        ]


_IS_PERSON = (
    Q(is_person=True, birth_date__isnull=False, legal_name="", registration_number="", establishments=[])
    & ~Q(first_name="")
    & ~Q(last_name="")
)
_IS_ENTITY = Q(is_person=False, birth_date__isnull=True, first_name="", last_name="", birth_city="", birth_country="")


class LegalIdentity(models.Model):
    """Who a merchant is by law: personal data where it is a person. What sells reads an entity's address alone."""

    merchant = models.OneToOneField(Merchant, models.PROTECT, primary_key=True, related_name="legal_identity")
    is_person = models.BooleanField()
    legal_name = models.CharField(max_length=200, blank=True, help_text="of an entity, with its legal form")
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    street = models.CharField(max_length=200)
    post_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100)
    country = models.CharField(max_length=2)
    residences = ArrayField(models.CharField(max_length=2), help_text="countries in which it is resident for tax")
    tins = models.JSONField(default=dict, help_text="country -> tax identification number")
    vat_number = models.CharField(max_length=20, blank=True)
    registration_number = models.CharField(max_length=60, blank=True)
    birth_date = models.DateField(null=True)
    birth_city = models.CharField(max_length=100, blank=True, help_text="of a person without any tax number")
    birth_country = models.CharField(max_length=2, blank=True)
    establishments = ArrayField(
        models.CharField(max_length=2), default=list, help_text="Member States in which it has a fixed place"
    )
    financial_identifier = models.CharField(
        max_length=60,
        blank=True,
        db_default="",
        help_text="the account to which it is paid: an IBAN, or another's number",
    )
    financial_holder = models.CharField(
        max_length=200, blank=True, db_default="", help_text="whose account that is, where somebody else's"
    )
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=_IS_PERSON | (_IS_ENTITY & ~Q(legal_name="")), name="identity_is_whole"),
            models.CheckConstraint(condition=Q(country__regex=r"^[A-Z]{2}$"), name="identity_country_iso_3166"),
            models.CheckConstraint(condition=~Q(street="") & ~Q(city=""), name="identity_has_an_address"),
            models.CheckConstraint(condition=~Q(residences=[]), name="identity_has_a_residence"),
            models.CheckConstraint(
                condition=~Q(tins={}) | Q(is_person=False) | (~Q(birth_city="") & ~Q(birth_country="")),
                name="identity_person_is_told_apart",
            ),
            models.CheckConstraint(
                condition=Q(financial_identifier="", financial_holder="")
                | Q(financial_identifier__regex=r"^[0-9A-Za-z][0-9A-Za-z ./_@+-]{3,59}$"),
                name="identity_holder_has_an_identifier",
            ),
        ]


class Contact(models.Model):
    """Where a merchant is told of after-sale and of money: personal data where it is a person's.

    Without a money address the other one counts for both. Each change raises `version`, by which links of older
    letters are known; so a contact that is erased keeps its row, and nothing else.
    """

    merchant = models.OneToOneField(Merchant, models.PROTECT, primary_key=True, related_name="contact")
    email = models.CharField(max_length=254, blank=True)
    language = models.CharField(max_length=12, blank=True)
    money_email = models.CharField(max_length=254, blank=True)
    money_language = models.CharField(max_length=12, blank=True)
    version = models.IntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(email="", language="", money_email="") | ~Q(email="") & ~Q(language=""),
                name="contact_has_an_address_and_a_language",
            ),
            models.CheckConstraint(
                condition=Q(money_email="", money_language="") | ~Q(money_email="") & ~Q(money_language=""),
                name="contact_money_address_has_a_language",
            ),
            models.CheckConstraint(condition=Q(version__gt=0), name="contact_version_from_1"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
