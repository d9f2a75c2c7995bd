"""Customs areas, and what markets ask of goods that come into them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from fairground.crossborder.rules import AREA_NAME_LENGTH_MAX, HEADING_MAX_MINOR, VALUE_BPS_MAX, VALUE_MAX_MINOR
from fairground.markets.models import Market


class CustomsArea(models.Model):
    """Countries between which customs asks nothing: a customs union, or one country."""

    code = models.CharField(max_length=8, primary_key=True)
    name = models.CharField(max_length=AREA_NAME_LENGTH_MAX)
    countries = ArrayField(models.CharField(max_length=2))

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(code__regex=r"^[A-Z]{2,8}$"), name="customsarea_code"),
            models.CheckConstraint(condition=Q(countries__len__gt=0), name="customsarea_has_countries"),
        ]

    def __str__(self) -> str:
        return self.name


class DutyRule(models.Model):
    """What a market asks of a consignment that comes into its area; without a row it asks nothing."""

    market = models.OneToOneField(Market, models.PROTECT, primary_key=True, related_name="+")
    area = models.ForeignKey(CustomsArea, models.PROTECT, related_name="rules")
    heading_minor = models.BigIntegerField(help_text="for each heading in a consignment, in the market's currency")
    value_bps = models.SmallIntegerField(help_text="of what the goods are worth without tax")
    value_max_minor = models.BigIntegerField(help_text="a consignment worth more is asked at the border itself")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    heading_minor__gte=0,
                    heading_minor__lte=HEADING_MAX_MINOR,
                    value_bps__gte=0,
                    value_bps__lte=VALUE_BPS_MAX,
                    value_max_minor__gt=0,
                    value_max_minor__lte=VALUE_MAX_MINOR,
                ),
                name="dutyrule_in_range",
            ),
            models.CheckConstraint(
                condition=Q(heading_minor__gt=0) | Q(value_bps__gt=0), name="dutyrule_asks_something"
            ),
        ]
