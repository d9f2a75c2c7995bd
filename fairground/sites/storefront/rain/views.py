"""The page of the rain, and what its button does where no script does it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from fairground.identity.queries import shopper_is_verified
from fairground.redpackets.queries import packets_of_shopper, rounds_from
from fairground.redpackets.rules import PacketNeedsVerifiedShopper
from fairground.sites.storefront.checkout import counter
from fairground.sites.storefront.frame import show
from fairground.sites.storefront.giving_button import Refused, fresh_key, refused_by_door, shopper_at_button
from fairground.sites.storefront.posted import posted_id, see_other
from fairground.sites.storefront.rain.shown import packet_words, round_words
from fairground.sites.storefront.rain.words import all_words, refusal_words
from fairground.sites.storefront.reader import Reader, reader_of
from fairground.sites.wording import money_text


@require_http_methods(["GET", "HEAD", "POST"])
def rain(request: HttpRequest) -> HttpResponse:
    """Show the next rounds and my packets; a POST grabs a packet and leads back here."""
    reader, shopper_id = reader_of(request), shopper_at_button(request)
    if request.method != "POST":
        return _show(request, reader, shopper_id, None)
    round_id = posted_id(request, "round")
    if round_id is None:
        return see_other(reverse("rain") + reader.query)
    key, ticket = request.POST.get("key", ""), request.POST.get("ticket", "")
    if shopper_id is None:
        words = refusal_words(PacketNeedsVerifiedShopper.code)
        return _show(request, reader, None, Refused(round_id, words, key))
    answered = counter.grab(round_id=round_id, shopper_id=shopper_id, key=key, ticket=ticket)
    if answered.code:
        refused = refused_by_door(answered, wanted=round_id, words=refusal_words(answered.code), key=key)
        return _show(request, reader, shopper_id, refused)
    amount = money_text(answered.facts["amount_minor"], answered.facts["currency"])
    messages.success(request, gettext("You opened a packet with %(amount)s.") % {"amount": amount})
    return see_other(reverse("rain") + reader.query)


def _show(request: HttpRequest, reader: Reader, shopper_id: int | None, refused: Refused | None) -> HttpResponse:
    mine = packets_of_shopper(shopper_id=shopper_id) if shopper_id is not None else []
    had = {one.round_id for one in mine}
    found = rounds_from(market=reader.market.code, now=reader.now) if reader.market else []
    rounds = [round_words(one, reader) for one in found]
    to_grab = [one for one in rounds if one.round_id not in had]
    first = [
        next((one for one in to_grab if one.is_personal and one.phase == "open"), None),
        next((one for one in to_grab if not one.is_personal), None),
    ]
    shown = [one for one in first if one is not None]
    is_verified = shopper_id is not None and shopper_is_verified(shopper_id=shopper_id)
    script: dict[str, object] = {"words": all_words()}
    if is_verified and shopper_id is not None and shown:
        script["pass"] = counter.write_pass(shopper_id=shopper_id)
    context = {
        "rounds": shown,
        "later": [one for one in rounds if one not in shown and one.phase == "before" and not one.is_personal],
        "packets": [packet_words(one, reader) for one in mine],
        "may_grab": is_verified,
        "has_shopper": shopper_id is not None,
        "refused": refused,
        "key": refused.key if refused else fresh_key(),
        "script_facts": script,
    }
    return show(request, reader, "storefront/rain.html", context)
