"""What the styleguide puts into the parts of buying: the product's form, the cart, customs, the wish list."""

from dataclasses import replace

from fairground.sites.storefront.art import Art
from fairground.sites.storefront.cards import DealTime
from fairground.sites.storefront.cart_lines import LineShown
from fairground.sites.storefront.customs_words import CustomsShown
from fairground.sites.storefront.offers import OfferShown, VariantShown
from fairground.sites.storefront.wishes import WishShown
from fairground.sites.styleguide.samples import CLOSES_MS, OPENS_MS, euros, stock_of


def cart_lines() -> list[LineShown]:
    """Return lines of a cart: with several discounts, with none, and with something to know."""
    return [
        LineShown(
            id="line-1",
            sku="1",
            title="Over-ear headphones with quiet mode",
            href="#cart-line",
            variant="Night blue · Nordlicht Audio",
            art=Art("headphones", 7, 1),
            picture=None,
            quantity=2,
            most=2,
            each=euros(9_900),
            sum=euros(19_800),
            sum_before=euros(25_800),
            discounts=[("Festival price", euros(-3_800)), ("The second one a fifth less", euros(-2_200))],
            notices=[("good", "Price changed: was €110.00, now €99.00.")],
        ),
        LineShown(
            id="line-2",
            sku="2",
            title="Sencha, first harvest, 100 g",
            href="#cart-line",
            variant="100 g · Tea House Uji",
            art=Art("cup", 4, 2),
            picture=None,
            quantity=1,
            most=5,
            each=euros(1_450),
            sum=euros(1_450),
            sum_before="",
            discounts=[],
            notices=[("warn", "Only 3 left."), ("", "The deal opens Nov 11, 00:00: €12.00 then.")],
        ),
        LineShown(
            id="line-3",
            sku="3",
            title="Trail tent for two",
            href="#cart-line",
            variant="Moss · Field & Fell",
            art=Art("tent", 5, 3),
            picture=None,
            quantity=1,
            most=1,
            each=euros(9_900),
            sum="",
            sum_before="",
            discounts=[],
            notices=[("warn", "Sold out. It stays here in case some come back.")],
            gone=True,
        ),
    ]


def wishes() -> list[WishShown]:
    """Return wishes: cheaper than when it was saved, with a deal to come, and sold out."""
    variants = ("Night blue", "100 g", "Moss")
    cheaper, to_come, gone = (replace(one, variant=its) for one, its in zip(cart_lines(), variants, strict=True))
    return [
        WishShown(cheaper, "Nordlicht Audio", 9_900, "Price dropped: was €110.00 when you saved it.", ""),
        WishShown(to_come, "Tea House Uji", 1_450, "", "The deal opens Nov 11, 00:00: €12.00 then."),
        WishShown(gone, "Field & Fell", 9_900, "", "Sold out. It stays here in case some come back."),
    ]


def offers() -> list[OfferShown]:
    """Return a product's form: before its deal opens with variants, open with one, and sold out."""
    small, large, none = (
        _variant("Moss", "1", left=500),
        _variant("Night blue", "2", left=38),
        _variant("Chalk", "3", left=0),
    )
    opened = _variant("", "4", left=38, phase="open")
    return [
        OfferShown(best=small, chosen=small, dearer_too=False, variants=[small, large, none]),
        OfferShown(best=opened, chosen=opened, dearer_too=False, variants=[opened]),
        OfferShown(best=none, chosen=None, dearer_too=False, variants=[none]),
    ]


def _variant(name: str, sku: str, *, left: int, phase: str = "before") -> VariantShown:
    return VariantShown(
        name=name,
        price=euros(6_790),
        prior_price=euros(10_000),
        discount="",
        limit="2",
        time=DealTime(OPENS_MS, CLOSES_MS, phase, "Nov 11, 00:00"),
        stock=stock_of(left, 500),
        units_left=0,
        units_left_text="0",
        sku=sku,
        asked_minor=6_790,
        most=left,
    )


def customs() -> list[CustomsShown]:
    """Return what customs asks with the purchase, and what it asks itself."""
    facts = [
        "Over-ear headphones with quiet mode · from Japan, tariff heading 8518.30 · duty €3.00, tax on it €0.57",
        "Sencha, first harvest, 100 g · from Japan, tariff heading 0902.10 · duty €3.00, tax on it €0.57",
    ]
    warning = (
        "A parcel from Field & Fell is worth more than €150.00 without tax: customs in Germany asks for duty and tax "
        "itself when it arrives. That is in no sum here."
    )
    return [
        CustomsShown("Germany", euros(714), 714, facts, []),
        CustomsShown("Germany", "", 0, [], [warning]),
    ]
