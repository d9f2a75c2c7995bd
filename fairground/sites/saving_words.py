"""What a promotion takes off, in a sentence: for who collects it, and for who looks after it."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from fairground.promotions.rules.terms import WHOLE_BPS, Promotion, PromotionKind

# Whole sentences for each way in which they are put together: (there is a ceiling, there is a threshold).
_RATES: Mapping[tuple[bool, bool], str | Promise] = {
    (False, False): gettext_lazy("%(rate)s off"),
    (False, True): gettext_lazy("%(rate)s off from %(threshold)s"),
    (True, False): gettext_lazy("%(rate)s off, at most %(ceiling)s"),
    (True, True): gettext_lazy("%(rate)s off, at most %(ceiling)s, from %(threshold)s"),
}
_SHIPPING: Mapping[tuple[bool, bool], str | Promise] = {
    (False, False): gettext_lazy("%(rate)s off shipping"),
    (False, True): gettext_lazy("%(rate)s off shipping from %(threshold)s"),
    (True, False): gettext_lazy("%(rate)s off shipping, at most %(ceiling)s"),
    (True, True): gettext_lazy("%(rate)s off shipping, at most %(ceiling)s, from %(threshold)s"),
}


def saving_sentence(promotion: Promotion) -> str:
    """Return what a promotion takes off as a sentence with places, which each site fills in its own way.

    They are `amount`, `threshold`, `ceiling`, `rate`, `units`, `paid` and `price`.
    """
    ways = (promotion.ceiling_minor > 0, promotion.threshold_minor > 0)
    match PromotionKind(promotion.kind):
        case PromotionKind.PERCENT_OFF:
            return str(_RATES[ways])
        case PromotionKind.SHIPPING_OFF if promotion.percent_bps == WHOLE_BPS and not promotion.ceiling_minor:
            if promotion.threshold_minor:
                return gettext("Free shipping from %(threshold)s")
            return gettext("Free shipping")
        case PromotionKind.SHIPPING_OFF:
            return str(_SHIPPING[ways])
        case PromotionKind.BUNDLE_FOR_PRICE:
            return gettext("%(units)s for %(price)s")
        case PromotionKind.BUNDLE_FOR_FEWER:
            return gettext("%(units)s for the price of %(paid)s")
        case PromotionKind.AMOUNT_OFF if not promotion.threshold_minor:
            return gettext("%(amount)s off")
        case PromotionKind.AMOUNT_OFF if promotion.repeats:
            return gettext("%(amount)s off for every %(threshold)s")
        case PromotionKind.AMOUNT_OFF:
            return gettext("%(amount)s off from %(threshold)s")
