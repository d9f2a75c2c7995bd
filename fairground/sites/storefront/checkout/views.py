"""The page on which a purchase is placed, and what its forms do."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from fairground.carts.actions import take_bought
from fairground.carts.queries import CartLine
from fairground.checkout.queries import number_of_key
from fairground.checkout.rules.placing import PurchasePlan, ShopperNotVerified
from fairground.identity.actions import AddressBookFull, save_address
from fairground.identity.queries import SavedAddressFacts, saved_addresses, shopper_is_verified, shoppers_of
from fairground.intake.batcher import Broken, OutcomeUnknown
from fairground.intake.codec import EMAIL_LENGTH_MAX, BadKey, new_key, parse_key
from fairground.intake.door import ClockUnsteady, LineFull
from fairground.markets.queries import MarketFacts
from fairground.orders.queries import PurchaseShown
from fairground.orders.rules import Step
from fairground.payments.queries import wallet_balance_minor
from fairground.sites.storefront.address_words import book_full_words
from fairground.sites.storefront.addresses import (
    CHANGE_COUNTRY,
    AddressForm,
    address_form,
    country_choices,
    likely_country,
    take_address,
)
from fairground.sites.storefront.cart_lines import cart_of
from fairground.sites.storefront.checkout import counter
from fairground.sites.storefront.checkout.draft import (
    Draft,
    Opening,
    Wanted,
    device_of,
    draft_purchase,
    wanted_lines,
)
from fairground.sites.storefront.checkout.presale import PresaleAsked, presale_asked, show_presale
from fairground.sites.storefront.checkout.shown import (
    goods_text,
    left_out_words,
    show_addresses,
    show_merchants,
    show_openings,
    show_sums,
)
from fairground.sites.storefront.checkout.words import refusal_words
from fairground.sites.storefront.frame import show
from fairground.sites.storefront.posted import see_other
from fairground.sites.storefront.purchases.mine import my_purchase
from fairground.sites.storefront.reader import Reader, reader_of
from fairground.sites.storefront.wording import money_text
from fairground.sites.visitor import Visitor, visitor_of

_ADDRESS, _EMAIL, _EMPTIED = "checkout_address", "checkout_email", "checkout_emptied"
NEW = "new"
# Purchases of a session whose goods have left the cart; more than one makes before the page has been shown.
_EMPTIED_KEPT = 20
# After these the same key asks again; any other refusal used none up, and the next try is a new purchase.
_KEY_STAYS = {OutcomeUnknown.code, Broken.code, LineFull.code, ClockUnsteady.code}


@dataclass(frozen=True, slots=True)
class _Desk:
    """Everything that the page is made of: what is bought of the cart, where it goes, what that costs.

    `to_come` has lines whose deals open later; `left_out` those that are not bought, whatever the reason.
    """

    reader: Reader
    market: MarketFacts
    visitor: Visitor
    shopper_id: int
    opening: Opening
    wanted: list[Wanted]
    to_come: list[CartLine]
    left_out: list[CartLine]
    addresses: list[SavedAddressFacts]
    chosen: SavedAddressFacts | None
    email: str
    draft: Draft | None
    presale: PresaleAsked | None = None

    @property
    def query(self) -> str:
        """Return the query that the addresses of this page carry: the reader's, and which presale it is about."""
        if self.presale is None:
            return self.reader.query
        return f"{self.reader.query}&{self.presale.query}" if self.reader.query else f"?{self.presale.query}"


@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """Show the purchase, or place it where its button was pressed."""
    if request.method == "POST":
        made = _made_before(request)
        if made is not None:
            return made
    desk = _desk(request)
    if desk is None or not (desk.wanted or desk.left_out):
        return see_other(reverse("cart") + reader_of(request).query)
    if request.method == "POST":
        return _place(request, desk)
    return _show(request, desk, problem=_asked_problem(request))


def _made_before(request: HttpRequest) -> HttpResponse | None:
    """Lead on to the purchase that this key made, whatever became of the cart since: its answer may have been lost."""
    shopper_id = visitor_of(request).shopper_id
    try:
        key = parse_key(request.POST.get("key", ""), now_ms=time.time_ns() // 1_000_000)
    except BadKey:
        return None
    number = number_of_key(key=key, shopper_id=shopper_id) if shopper_id else None
    return _lead_on(request, my_purchase(request, number)) if number else None


@require_POST
def give_address(request: HttpRequest) -> HttpResponse:
    """Keep where the purchase goes and, for a guest, whom to write to; or show what is wrong with it."""
    desk = _desk(request)
    if desk is None:
        return see_other(reverse("cart") + reader_of(request).query)
    taken = take_address(desk.market.code, request.POST)
    email = request.POST.get("email", "").strip()
    is_known = desk.visitor.signed_in or CHANGE_COUNTRY in request.POST
    email_problem = "" if is_known else _email_problem(email)
    if taken.address is None or email_problem:
        return _show(request, desk, form=taken.form, email=email, email_problem=email_problem)
    try:
        address_id = save_address(shopper_id=desk.shopper_id, address=taken.address, now=desk.reader.now)
    except AddressBookFull:
        return _show(request, desk, form=taken.form, email=email, problem=book_full_words())
    request.session[_ADDRESS] = address_id
    if not desk.visitor.signed_in:
        request.session[_EMAIL] = email
    return see_other(reverse("checkout") + desk.query)


@require_POST
def placed(request: HttpRequest) -> HttpResponse:
    """Take what was bought out of the cart, and lead on: to paying it, or to the purchase. Twice is once."""
    return _lead_on(request, my_purchase(request, request.POST.get("number", "")))


def _lead_on(request: HttpRequest, bought: PurchaseShown) -> HttpResponse:
    shopper_id, emptied = visitor_of(request).shopper_id, request.session.get(_EMPTIED, [])
    if shopper_id is not None and bought.deposit is None and bought.number not in emptied:
        take_bought(shopper_id=shopper_id, units=bought.units)
        request.session[_EMPTIED] = [*emptied, bought.number][-_EMPTIED_KEPT:]
    way = "pay" if bought.state is Step.PLACED else "purchase"
    return see_other(reverse(way, args=[bought.number]) + reader_of(request).query)


def _place(request: HttpRequest, desk: _Desk) -> HttpResponse:
    draft, key = desk.draft, request.POST.get("key", "")
    if draft is None:
        return _show(request, desk)
    if draft.digest != request.POST.get("shown"):
        return _show(request, desk, problem=gettext("Something changed while you were here: look at the sum again."))
    answer = counter.place(body=draft.body, shopper_id=desk.shopper_id, key=key, ticket=request.POST.get("ticket", ""))
    if answer.code:
        kept = {"key": key, "ticket": answer.ticket} if answer.code in _KEY_STAYS else {}
        return _show(request, desk, problem=refusal_words(answer.code), kept=kept)
    facts = answer.facts
    due_minor = facts.get("deposit_minor", facts["total_minor"])
    if _pays_at_once(desk, due_minor):
        # What the payment says is on the page that follows; the purchase is placed whatever it says.
        counter.pay(
            purchase_id=int(facts["purchase"]),
            shopper_id=desk.shopper_id,
            amount_minor=due_minor,
            currency=facts["currency"],
            key=request.POST.get("pay_key", ""),
        )
    return _lead_on(request, my_purchase(request, facts["number"]))


def _pays_at_once(desk: _Desk, due_minor: int) -> bool:
    return wallet_balance_minor(shopper_id=desk.shopper_id, currency=desk.market.currency) >= due_minor


def _desk(request: HttpRequest) -> _Desk | None:
    reader, visitor = reader_of(request), visitor_of(request)
    if visitor.shopper_id is None or reader.market is None:
        return None
    presale = presale_asked(request, reader)
    lines = [] if presale else [line for line in cart_of(visitor.shopper_id, reader) if not line.aside]
    to_come = [line for line in lines if line.opens_later(now=reader.now)]
    opening = _opening(request, all_to_come=len(to_come) == len(lines))
    wanted = [presale.wanted(now=reader.now)] if presale else wanted_lines(lines, opening=opening, now=reader.now)
    countries = {code for code, _ in country_choices(reader.market.code)}
    addresses = [
        one
        for one in saved_addresses(shopper_ids=shoppers_of(shopper_id=visitor.shopper_id))
        if one.address.country in countries
    ]
    chosen = _chosen(request, addresses)
    user: Any = request.user
    email = user.email if visitor.signed_in else request.session.get(_EMAIL, "")
    if not email:
        chosen = None
    draft = None
    if chosen and wanted:
        draft = draft_purchase(
            wanted=wanted,
            address=chosen.address,
            email=email,
            shopper_id=visitor.shopper_id,
            verified=shopper_is_verified(shopper_id=visitor.shopper_id),
            reader=reader,
            device=device_of(request),
        )
    bought = [one.line for one in wanted]
    return _Desk(
        reader=reader,
        market=reader.market,
        visitor=visitor,
        shopper_id=visitor.shopper_id,
        opening=opening,
        wanted=wanted,
        to_come=to_come,
        left_out=[line for line in lines if line not in bought],
        addresses=addresses,
        chosen=chosen,
        email=email,
        draft=draft,
        presale=presale,
    )


def _opening(request: HttpRequest, *, all_to_come: bool) -> Opening:
    """Return what becomes of deals to come; who has nothing else waits, if nothing else is asked for."""
    asked = request.POST.get("opening") or request.GET.get("opening", "")
    if asked in set(Opening):
        return Opening(asked)
    return Opening.WAIT if all_to_come else Opening.LEAVE


def _chosen(request: HttpRequest, addresses: Sequence[SavedAddressFacts]) -> SavedAddressFacts | None:
    asked = request.POST.get("address") or request.GET.get("address", "")
    if asked == NEW:
        return None
    by_id = {str(one.id): one for one in addresses}
    if asked in by_id:
        return by_id[asked]
    return by_id.get(str(request.session.get(_ADDRESS)), next(iter(addresses), None))


def _show(
    request: HttpRequest,
    desk: _Desk,
    *,
    problem: str = "",
    form: AddressForm | None = None,
    email: str = "",
    email_problem: str = "",
    kept: Mapping[str, str] | None = None,
) -> HttpResponse:
    now_ms, currency = time.time_ns() // 1_000_000, desk.market.currency
    balance_minor = wallet_balance_minor(shopper_id=desk.shopper_id, currency=currency)
    context: dict[str, object] = {
        "addresses": show_addresses(desk.addresses, chosen=desk.chosen),
        "chosen": desk.chosen is not None and form is None,
        "form": form or address_form(desk.market.code, country=likely_country(request, desk.market)),
        "merchants": show_merchants(desk.wanted, desk.market),
        "goods": goods_text(desk.wanted, currency),
        "opening": desk.opening.value,
        "openings": show_openings(desk.to_come, desk.wanted, desk.opening, desk.market) if desk.to_come else [],
        "address_id": desk.chosen.id if desk.chosen else "",
        "email": email or desk.email,
        "email_problem": email_problem,
        "left_out": left_out_words(desk.left_out, desk.reader.now),
        "problem": problem,
        "wallet": money_text(balance_minor, currency),
        "key": new_key(now_ms=now_ms),
        "pay_key": new_key(now_ms=now_ms),
        "query": desk.query,
        "presale_asked": desk.presale,
        **(kept or {}),
    }
    draft = desk.draft if form is None else None
    if draft is not None and isinstance(draft.quote, PurchasePlan):
        sums = show_sums(draft, currency, desk.reader.language)
        presale = show_presale(draft.quote, desk.reader)
        pays = balance_minor >= (presale.deposit_minor if presale else sums.total_minor)
        context |= {
            "draft": draft,
            "sums": sums,
            "presale": presale,
            "pays": pays,
            "order_facts": {
                "body": draft.body.decode(),
                "pass": counter.write_pass(shopper_id=desk.shopper_id),
                "pays": pays,
                "currency": currency,
            },
        }
    elif draft is not None:
        code = draft.quote.code  # type: ignore[union-attr]  # it is no plan
        context |= {"problem": problem or refusal_words(code), "sign_in": code == ShopperNotVerified.code}
    return show(request, desk.reader, "storefront/checkout.html", context)


def _asked_problem(request: HttpRequest) -> str:
    """The script at the button met a refusal and leads here, where its words are."""
    code = request.GET.get("refused", "")
    return refusal_words(code) if code else ""


def _email_problem(email: str) -> str:
    try:
        validate_email(email)
    except ValidationError:
        return gettext("Enter an address such as ana@example.org.")
    return gettext("This e-mail address is too long.") if len(email) > EMAIL_LENGTH_MAX else ""
