"""What shipping costs in a purchase: what its merchants ask, what is taken off that, and the tax on it."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from fairground.checkout.rules.taxing import tax_minor_of
from fairground.promotions.rules.terms import PLATFORM, Discount, Quote

# What discounts and refunds of an order's shipping stand under, where those of its goods have the line's number.
SHIPPING_LINE_NO = 0


class ShippingPlan(Struct, frozen=True):
    """The shipping of an order that will be written: asked, less its discounts, is payable; the tax is in it or on top.

    Shipping goes with the goods and is taxed as they are, since what a seller charges for transport is part of the
    taxable amount (Directive 2006/112/EC, Art. 78 (b)); so are delivery charges where tax comes on top (Streamlined
    Sales and Use Tax Agreement, Appendix C, "sales price"). What the platform funds is taxed too (Art. 73).
    """

    payable_minor: int = 0
    tax_minor: int = 0
    discounts: Sequence[Discount] = ()


class ShippingSold(Struct, frozen=True):
    """What was frozen of a paid order's shipping; `is_kept`: it has not gone back."""

    payable_minor: int = 0
    tax_minor: int = 0
    discounts: tuple[Discount, ...] = ()
    is_kept: bool = False

    @property
    def asked_minor(self) -> int:
        """Return what it cost before its discounts."""
        return self.payable_minor + sum([one.amount_minor for one in self.discounts])


NO_SHIPPING = ShippingPlan()
NOTHING_SHIPPED = ShippingSold()


def shipping_plans(
    asked_minor: Mapping[int, int], *, quote: Quote | None, rate_bps: int, is_tax_included: bool
) -> dict[int, ShippingPlan]:
    """Return the shipping that will be written, by merchant; one that asks nothing is left out.

    `asked_minor` is what merchants ask, `quote` what is left of it with promotions; None where there are none.
    """
    plans: dict[int, ShippingPlan] = {}
    discounts: Sequence[Discount]
    for merchant_id, whole_minor in asked_minor.items():
        payable_minor, discounts = whole_minor, ()
        if quote is not None:
            priced = quote.merchants[merchant_id]
            payable_minor, discounts = priced.shipping_payable_minor, priced.shipping_discounts
        funded_minor = sum([one.amount_minor for one in discounts if one.funder == PLATFORM])
        tax_minor = tax_minor_of(payable_minor + funded_minor, rate_bps, is_tax_included)
        plans[merchant_id] = ShippingPlan(payable_minor, tax_minor, discounts)
    return plans
