"""What the back office calls the blocks of a hall, and what it says of a mistake in one."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from fairground.festivals.blocks import (
    BRANDS_MAX,
    COUPONS_MAX,
    DEALS_MAX,
    HEADING_LENGTH_MAX,
    LABEL_LENGTH_MAX,
    SKUS_MAX,
    TEXT_LENGTH_MAX,
    Block,
    Brands,
    Countdown,
    Coupons,
    Deals,
    Kind,
    Mistake,
    Source,
    Wrong,
)

KINDS: Mapping[Kind, Any] = {
    Kind.COUNTDOWN: _("Countdown"),
    Kind.DEALS: _("Deals"),
    Kind.BRANDS: _("Brands"),
    Kind.COUPONS: _("Coupons"),
    Kind.TEXT: _("Text"),
}
ABOUT: Mapping[Kind, Any] = {
    Kind.COUNTDOWN: _("How long until the next deals of the hall open, or until a moment that you choose."),
    Kind.DEALS: _("A grid of goods with a deal. What the market does not have, and what has no deal, is left out."),
    Kind.BRANDS: _("A wall of merchants, each with the way to its shop."),
    Kind.COUPONS: _("The coupons of the market that can be collected, with the way to the coupon centre."),
    Kind.TEXT: _("A heading and paragraphs, with a product and a link beside them if you like."),
}
SOURCES: Mapping[Source, Any] = {
    Source.HALL: _("the hall, the best first"),
    Source.NEXT: _("what opens next in the hall"),
    Source.CATEGORY: _("a category"),
    Source.MERCHANT: _("a merchant"),
    Source.SKUS: _("SKUs that you choose"),
}
_UNKNOWN: Mapping[str, Any] = {
    "category": _("There is no category with this code."),
    "merchant": _("There is no merchant with this slug."),
    "merchants": _("One of these is no merchant's slug."),
    "skus": _("One of these is no SKU."),
    "product": _("There is no product with this number."),
    "markets": _("One of these is no market."),
}
_MISSING: Mapping[str, Any] = {
    "category": _("Name the category by its code."),
    "merchant": _("Name the merchant by its slug."),
    "skus": _("Name at least one SKU by its number."),
    "heading": _("A text has a heading in each language that it speaks."),
    "label": _("Say in each language what the link is called."),
}
_WRONG: Mapping[Wrong, Any] = {
    Wrong.UNKNOWN: _("There is no such choice."),
    Wrong.MISSING: _("This is needed."),
    Wrong.NO_MOMENT: _("This is no moment."),
    Wrong.NO_ID: _("Write numbers as the lists of products and SKUs show them."),
    Wrong.NOT_IN_THE_SHOP: _("A link leads to an address inside the shop: it begins with one slash."),
    Wrong.ENDS_FIRST: _("It has to end after it starts."),
    Wrong.NO_LINK: _("There is no link that could be called this."),
}
_MOST = {Kind.BRANDS: BRANDS_MAX, Kind.COUPONS: COUPONS_MAX}
_LENGTHS = {"heading": HEADING_LENGTH_MAX, "text": TEXT_LENGTH_MAX, "label": LABEL_LENGTH_MAX}


def mistake_text(mistake: Mistake, *, kind: Kind) -> str:
    """Return what is wrong with a field, and what to write instead."""
    name = mistake.field.partition("_")[0]
    if mistake.wrong is Wrong.LONG:
        words = gettext("It has at most %(n)s characters.")
        return words % {"n": _LENGTHS[name]}
    if mistake.wrong is Wrong.COUNT:
        return gettext("Write a number from 1 to %(n)s.") % {"n": _MOST.get(kind, DEALS_MAX)}
    if mistake.wrong is Wrong.MANY:
        return gettext("At most %(n)s of them.") % {"n": BRANDS_MAX if kind is Kind.BRANDS else SKUS_MAX}
    said = {Wrong.UNKNOWN: _UNKNOWN, Wrong.MISSING: _MISSING}.get(mistake.wrong, {})
    return str(said.get(name) or _WRONG[mistake.wrong])


def block_text(block: Block) -> str:
    """Return in a line what a block shows, besides its words."""
    match block.matter:
        case Countdown(to=None):
            return gettext("Until what opens next in the hall")
        case Countdown():
            return gettext("Until a moment")
        case Deals(source, of, _sku_ids, most):
            named = f"{SOURCES[source]} ({of})" if of else str(SOURCES[source])
            words = ngettext("%(n)s product at most from: %(source)s", "%(n)s products at most from: %(source)s", most)
            return words % {"n": most, "source": named}
        case Brands(merchants, most):
            if merchants:
                return ", ".join(merchants)
            return ngettext("The merchant with most deals", "The %(n)s merchants with most deals", most) % {"n": most}
        case Coupons(most):
            return ngettext("%(n)s coupon at most", "%(n)s coupons at most", most) % {"n": most}
        case _:
            return ""
