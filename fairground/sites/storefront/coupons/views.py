"""The page of the coupon centre, and what its buttons do."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from fairground.identity.queries import shopper_is_verified
from fairground.promotions.queries import COUPONS_SHOWN_MAX, coupons_of, coupons_offered
from fairground.promotions.rules.collecting import CouponNeedsVerified
from fairground.sites.storefront.checkout import counter
from fairground.sites.storefront.coupons.shown import changes_at, held_words, offered_words, shops_of
from fairground.sites.storefront.coupons.words import refusal_words
from fairground.sites.storefront.frame import show
from fairground.sites.storefront.giving_button import Refused, fresh_key, refused_by_door, shopper_at_button
from fairground.sites.storefront.posted import posted_id, posted_market, see_other
from fairground.sites.storefront.reader import Reader, reader_of


@require_http_methods(["GET", "HEAD", "POST"])
def coupons(request: HttpRequest) -> HttpResponse:
    """Show what can be collected and what the reader has; a POST collects a coupon and leads back here."""
    reader, shopper_id = reader_of(request), shopper_at_button(request)
    if request.method != "POST":
        return _show(request, reader, shopper_id, None)
    promotion_id = posted_id(request, "promotion")
    if promotion_id is None:
        return see_other(reverse("coupons") + reader.query)
    key, ticket = request.POST.get("key", ""), request.POST.get("ticket", "")
    if shopper_id is None:
        words = refusal_words(CouponNeedsVerified.code)
        return _show(request, reader, None, Refused(promotion_id, words, key))
    market = posted_market(request, reader).code
    answered = counter.collect(promotion_id=promotion_id, market=market, shopper_id=shopper_id, key=key, ticket=ticket)
    if answered.code:
        refused = refused_by_door(answered, wanted=promotion_id, words=refusal_words(answered.code), key=key)
        return _show(request, reader, shopper_id, refused)
    messages.success(request, gettext("The coupon is yours. The checkout uses it by itself where it saves something."))
    return see_other(reverse("coupons") + reader.query)


def _show(request: HttpRequest, reader: Reader, shopper_id: int | None, refused: Refused | None) -> HttpResponse:
    market = reader.market.code if reader.market else None
    mine = coupons_of(shopper_id=shopper_id, market=market) if shopper_id is not None and market else []
    offered = coupons_offered(market=market, now=reader.now) if market else []
    shops = shops_of([*[one.promotion for one in offered], *[one.promotion for one in mine]])
    context = {
        "coupons": offered_words(offered, mine, reader, shops),
        "mine": held_words(mine, reader, shops)[:COUPONS_SHOWN_MAX],
        "may_collect": shopper_id is not None and shopper_is_verified(shopper_id=shopper_id),
        "refused": refused,
        "key": refused.key if refused else fresh_key(),
    }
    return show(request, reader, "storefront/coupons.html", context, changes_at=changes_at(offered, reader.now))
