"""Placing what the checkout shows, from its own form or from the waiting room: once, whatever is lost on the way."""

import time

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from fairground.carts.actions import take_bought
from fairground.checkout.queries import number_of_key
from fairground.intake.batcher import Broken, OutcomeUnknown
from fairground.intake.codec import BadKey, parse_key
from fairground.intake.door import ClockUnsteady, LineFull
from fairground.orders.queries import PurchaseShown
from fairground.orders.rules import Step
from fairground.payments.queries import wallet_balance_minor
from fairground.sites.storefront.checkout import counter
from fairground.sites.storefront.checkout.counter import Answered
from fairground.sites.storefront.checkout.desk import Desk
from fairground.sites.storefront.checkout.words import CHANGED
from fairground.sites.storefront.posted import see_other
from fairground.sites.storefront.purchases.mine import my_purchase
from fairground.sites.storefront.reader import reader_of
from fairground.sites.visitor import visitor_of

_EMPTIED = "checkout_emptied"
# Purchases of a session whose goods have left the cart; more than one makes before the page has been shown.
_EMPTIED_KEPT = 20
# After these the same key asks again; any other refusal used none up, and the next try is a new purchase.
KEY_STAYS = frozenset({OutcomeUnknown.code, Broken.code, LineFull.code, ClockUnsteady.code})


def made_before(request: HttpRequest, key_text: str) -> HttpResponse | None:
    """Lead on to the purchase that this key made, whatever became of the cart since: its answer may have been lost."""
    shopper_id = visitor_of(request).shopper_id
    try:
        key = parse_key(key_text, now_ms=time.time_ns() // 1_000_000)
    except BadKey:
        return None
    number = number_of_key(key=key, shopper_id=shopper_id) if shopper_id else None
    return lead_on(request, my_purchase(request, number)) if number else None


def place_shown(desk: Desk, *, shown: str, key: str, pay_key: str, ticket: str) -> Answered:
    """Place the desk's purchase where it still is the one that was `shown`, and pay it where the wallet holds enough.

    Refused with the code `CHANGED`, without asking the door, where it is another one by now.
    """
    draft = desk.draft
    if draft is None or draft.digest != shown:
        return Answered({}, CHANGED)
    answer = counter.place(body=draft.body, shopper_id=desk.shopper_id, key=key, ticket=ticket)
    if answer.code:
        return answer
    due_minor = answer.facts.get("deposit_minor", answer.facts["total_minor"])
    if _pays_at_once(desk, due_minor):
        # What the payment says is on the page that follows; the purchase is placed whatever it says.
        counter.pay(
            purchase_id=int(answer.facts["purchase"]),
            shopper_id=desk.shopper_id,
            amount_minor=due_minor,
            currency=answer.facts["currency"],
            key=pay_key,
        )
    return answer


def lead_on(request: HttpRequest, bought: PurchaseShown) -> HttpResponse:
    """Take what was bought out of the cart, once, and lead to paying it, or to the purchase."""
    shopper_id, emptied = visitor_of(request).shopper_id, request.session.get(_EMPTIED, [])
    if shopper_id is not None and bought.deposit is None and bought.number not in emptied:
        take_bought(shopper_id=shopper_id, units=bought.units)
        request.session[_EMPTIED] = [*emptied, bought.number][-_EMPTIED_KEPT:]
    way = "pay" if bought.state is Step.PLACED else "purchase"
    return see_other(reverse(way, args=[bought.number]) + reader_of(request).query)


def _pays_at_once(desk: Desk, due_minor: int) -> bool:
    return wallet_balance_minor(shopper_id=desk.shopper_id, currency=desk.market.currency) >= due_minor
