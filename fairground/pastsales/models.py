"""Past sales. Cold: written by imports, read by reports."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from fairground.merchants.models import Merchant


class PastSale(models.Model):
    """A line of a merchant's past invoice; below zero units it came back. `line_no` counts the invoice's lines.

    The code is the merchant's; whether such a SKU is sold now is another matter. Prices are thousandths (mills) of the
    currency's unit, as past invoices have them.
    """

    pk = models.CompositePrimaryKey("merchant_id", "invoice_number", "line_no")
    merchant = models.ForeignKey(Merchant, models.PROTECT, db_index=False)
    invoice_number = models.CharField(max_length=20)
    line_no = models.IntegerField()
    sku = models.CharField(max_length=120)
    quantity = models.IntegerField()
    unit_price_mills = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    sold_at = models.DateTimeField()
    customer = models.BigIntegerField(null=True, help_text="a pseudonym; no key of anything")
    country = models.CharField(max_length=2, null=True, help_text="ISO 3166-1; where the customer lives")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(line_no__gt=0), name="pastsale_line_counted"),
            models.CheckConstraint(condition=~Q(quantity=0), name="pastsale_moves_units"),
            models.CheckConstraint(
                condition=Q(unit_price_mills__gt=0, unit_price_mills__lt=2**53), name="pastsale_price_in_range"
            ),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="pastsale_currency_iso_4217"),
            models.CheckConstraint(
                condition=Q(country__isnull=True) | Q(country__regex=r"^[A-Z]{2}$"), name="pastsale_country_iso_3166"
            ),
        ]
