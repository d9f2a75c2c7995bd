"""What the back office says of a refusal, and what it calls states and acts."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fairground.catalog.actions.edits import NoSuchProduct, NoSuchWord, PriceOutOfRange, TitleMissing
from fairground.festivals.actions import NoSuchFestival, TimesRefused
from fairground.identity.actions import NoSuchShopper, ReasonMissing
from fairground.inventory.deal_edits import DealFixed, DealOutOfRange, NoSuchDeal
from fairground.kernel import switches
from fairground.kernel.edits import By, ShopBusy
from fairground.kernel.refusal import Refusal
from fairground.merchants.actions import CommissionOutOfRange, NoSuchMerchant
from fairground.orders.rules import Step
from fairground.sites.back_office.shown import ChangedSince

_GONE = _("It is not there any more. Nothing changed.")
_WORDS: dict[type[Refusal], Any] = {
    ShopBusy: _("The sale is busy just now, so nothing was changed. Try again in a moment."),
    ChangedSince: _(
        "It was changed after you opened this page, so nothing was written. It is shown as it is now: look again."
    ),
    NoSuchProduct: _GONE,
    NoSuchFestival: _GONE,
    NoSuchShopper: _GONE,
    NoSuchDeal: _GONE,
    NoSuchMerchant: _GONE,
    NoSuchWord: _("There is no such brand or category. Nothing changed."),
    TitleMissing: _("A text needs a title. Nothing changed."),
    PriceOutOfRange: _("A price is above zero and not absurdly high. Nothing changed."),
    CommissionOutOfRange: _("A commission is between 0 and 10,000 basis points. Nothing changed."),
    DealFixed: _("This deal is frozen or open: what it promises stays. Nothing changed."),
    DealOutOfRange: _("A deal has units, and no price above the usual one. Nothing changed."),
    ReasonMissing: _("Say why. Nothing changed."),
    switches.ReasonMissing: _("Say why. Nothing changed."),
}
TIMES: dict[str, Any] = {
    "opened": _("The festival has opened; its times stay."),
    "past": _("It has to open in the future."),
    "order": _("It has to close after it opens."),
    "deal-later": _("A deal of it would open after it closes."),
}
STATES: dict[Step, Any] = {
    Step.PLACED: _("Placed, not paid"),
    Step.PAID: _("Paid for"),
    Step.SHIPPED: _("Shipped"),
    Step.DELIVERED: _("Delivered"),
    Step.COMPLETED: _("Completed"),
    Step.EXPIRED: _("Expired"),
    Step.CANCELLED: _("Cancelled"),
}
MOMENTS: dict[str, Any] = {
    "placed_at": _("Placed"),
    "paid_at": _("Paid for"),
    "shipped_at": _("Shipped"),
    "delivered_at": _("Delivered"),
    "ended_at": _("Ended"),
}
KINDS: dict[str, Any] = {
    "product": _("product"),
    "sku": _("SKU"),
    "merchant": _("merchant"),
    "festival": _("festival"),
    "deal": _("deal"),
    "shopper": _("shopper"),
    "order": _("order"),
    "user": _("user"),
    "switch": _("switch"),
}
VERBS: dict[str, Any] = {
    "changed": _("changed"),
    "blocked": _("blocked"),
    "unblocked": _("unblocked"),
    "address-seen": _("saw the address"),
    "found-by-address": _("found by an e-mail address"),
    "picture-added": _("added a picture"),
    "picture-described": _("described a picture"),
    "picture-moved": _("moved a picture"),
    "picture-removed": _("removed a picture"),
    "role-given": _("gave a role"),
    "role-taken": _("took a role"),
    "switched-off": _("switched off"),
    "switched-on": _("switched on"),
}


def refusal_text(refusal: Refusal) -> str:
    """Return what a refusal means to whoever edits."""
    if isinstance(refusal, TimesRefused):
        return str(TIMES[str(refusal.facts["why"])])
    words = _WORDS.get(type(refusal))
    return str(words) if words else gettext("That can't be done. Nothing changed.")


def by_request(request: HttpRequest, *, reason: str = "") -> By:
    """Return who asks, now."""
    user: Any = request.user
    return By(user_id=int(user.pk), now=datetime.now(UTC), reason=reason)
