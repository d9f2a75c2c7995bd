"""What a coupon takes off, in a sentence; and what a person is told who gets none."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from fairground.intake import batcher, codec, door
from fairground.promotions.rules import collecting
from fairground.promotions.rules.terms import Promotion
from fairground.sites.saving_words import saving_sentence
from fairground.sites.wording import money_text, number_text, rate_text

# Below it a number would be stale before it is read.
_COUNTED_FROM = 20
_BUSY = gettext_lazy("Fairground is busy just now. Press the button again: you get the coupon once, never twice.")
_BROKEN = gettext_lazy("Something in Fairground is broken. No coupon was collected.")
_REFUSALS: Mapping[str, str | Promise] = {
    collecting.UnknownCoupon.code: gettext_lazy("There is no such coupon here any more."),
    collecting.CouponNotOpen.code: gettext_lazy("This coupon can't be collected yet. When it can, its button is here."),
    collecting.CouponOver.code: gettext_lazy("This coupon is over."),
    collecting.CouponsGone.code: gettext_lazy("Others were faster: all of these coupons were collected."),
    collecting.CouponNeedsVerified.code: gettext_lazy(
        "Coupons are for people we know: confirm your e-mail address, then come back."
    ),
    door.LineFull.code: gettext_lazy(
        "Very many collect at this moment. Your place in the line is kept: press the button again in some seconds."
    ),
    door.ShopperBlocked.code: gettext_lazy("The operator has stopped this from here. Write to the operator."),
    door.ClockUnsteady.code: _BUSY,
    batcher.OutcomeUnknown.code: _BUSY,
    codec.BadKey.code: gettext_lazy("This page was open for very long. Press the button again."),
}


def refusal_words(code: str) -> str:
    """Return what a person is told of a refusal; of one that only programs meet, that the shop is at fault."""
    return str(_REFUSALS.get(code, _BROKEN))


def saving_text(promotion: Promotion, currency: str) -> str:
    """Return what a promotion takes off: €10.00 off from €50.00."""
    return saving_sentence(promotion) % {
        "amount": money_text(promotion.off_minor, currency),
        "threshold": money_text(promotion.threshold_minor, currency),
        "ceiling": money_text(promotion.ceiling_minor, currency),
        "rate": rate_text(promotion.percent_bps),
        "units": number_text(promotion.bundle_units),
        "paid": number_text(promotion.bundle_paid_units),
        "price": money_text(promotion.bundle_minor, currency),
    }


def left_text(left: int | None) -> str:
    """Return how many coupons are left, roughly and never more than there are; nothing where there is no bound."""
    if left is None:
        return ""
    if left < _COUNTED_FROM:
        return gettext("Only a few left") if left else gettext("All collected")
    step = 10 ** (len(str(left)) - 2)
    return gettext("About %(number)s left") % {"number": number_text(left // step * step)}
