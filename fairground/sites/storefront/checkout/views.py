"""The page on which a purchase is placed, and what its forms do."""

import time
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from fairground.checkout.rules.placing import PurchasePlan, ShopperNotVerified
from fairground.identity.actions import AddressBookFull, save_address
from fairground.intake.codec import EMAIL_LENGTH_MAX, new_key
from fairground.intake.door import LineFull
from fairground.payments.queries import wallet_balance_minor
from fairground.sites.storefront.address_words import book_full_words
from fairground.sites.storefront.addresses import (
    CHANGE_COUNTRY,
    CHOSEN,
    AddressForm,
    address_form,
    likely_country,
    take_address,
)
from fairground.sites.storefront.checkout import counter
from fairground.sites.storefront.checkout.desk import EMAIL, Desk, desk_of
from fairground.sites.storefront.checkout.placing import KEY_STAYS, lead_on, made_before, place_shown
from fairground.sites.storefront.checkout.presale import show_presale
from fairground.sites.storefront.checkout.shown import (
    goods_text,
    left_out_words,
    show_addresses,
    show_merchants,
    show_openings,
    show_sums,
)
from fairground.sites.storefront.checkout.waiting import Waits, begin_to_wait
from fairground.sites.storefront.checkout.words import CHANGED, refusal_words
from fairground.sites.storefront.frame import show
from fairground.sites.storefront.posted import see_other
from fairground.sites.storefront.purchases.mine import my_purchase
from fairground.sites.storefront.reader import reader_of
from fairground.sites.wording import money_text

# What somebody brings along whose purchase changed while they waited: their place is for this key.
_PLACE = ("key", "ticket")


@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """Show the purchase, or place it where its button was pressed."""
    if request.method == "POST":
        made = made_before(request, request.POST.get("key", ""))
        if made is not None:
            return made
    desk = desk_of(request)
    if desk is None or not (desk.wanted or desk.left_out):
        return see_other(reverse("cart") + reader_of(request).query)
    if request.method == "POST":
        return _place(request, desk)
    return _show(request, desk, problem=_asked_problem(request), kept=_place_in_line(request.GET))


@require_POST
def give_address(request: HttpRequest) -> HttpResponse:
    """Keep where the purchase goes and, for a guest, whom to write to; or show what is wrong with it."""
    desk = desk_of(request)
    if desk is None:
        return see_other(reverse("cart") + reader_of(request).query)
    taken = take_address(desk.market.code, request.POST)
    email = request.POST.get("email", "").strip()
    kept = _place_in_line(request.POST)
    is_known = desk.visitor.signed_in or CHANGE_COUNTRY in request.POST
    email_problem = "" if is_known else _email_problem(email)
    if taken.address is None or email_problem:
        return _show(request, desk, form=taken.form, email=email, email_problem=email_problem, kept=kept)
    try:
        address_id = save_address(shopper_id=desk.shopper_id, address=taken.address, now=desk.reader.now)
    except AddressBookFull:
        return _show(request, desk, form=taken.form, email=email, problem=book_full_words(), kept=kept)
    request.session[CHOSEN] = address_id
    if not desk.visitor.signed_in:
        request.session[EMAIL] = email
    query = f"{desk.query}&{urlencode(kept)}" if desk.query else f"?{urlencode(kept)}"
    return see_other(reverse("checkout") + (query if kept else desk.query))


@require_POST
def placed(request: HttpRequest) -> HttpResponse:
    """Take what was bought out of the cart, and lead on: to paying it, or to the purchase. Twice is once."""
    return lead_on(request, my_purchase(request, request.POST.get("number", "")))


def _place(request: HttpRequest, desk: Desk) -> HttpResponse:
    if desk.draft is None:
        return _show(request, desk, kept=_place_in_line(request.POST))
    fields = {name: request.POST.get(name, "") for name in ("shown", "key", "pay_key", "ticket")}
    answer = place_shown(desk, **fields)
    if answer.code == LineFull.code:
        waits = Waits.of(desk, shown=fields["shown"], key=fields["key"], pay_key=fields["pay_key"])
        return begin_to_wait(request, waits.with_ticket(answer.ticket))
    if answer.code:
        stays = answer.code == CHANGED or answer.code in KEY_STAYS
        kept = {name: fields[name] for name in _PLACE if fields[name]} if stays else {}
        return _show(request, desk, problem=refusal_words(answer.code), kept=kept)
    return lead_on(request, my_purchase(request, answer.facts["number"]))


def _place_in_line(asked: Mapping[str, str]) -> dict[str, str]:
    """Return the key and the ticket that somebody brings along; nothing unless both are there."""
    kept = {name: asked[name] for name in _PLACE if asked.get(name)}
    return kept if len(kept) == len(_PLACE) else {}


def _show(
    request: HttpRequest,
    desk: Desk,
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
        "merchants": show_merchants(desk.wanted, desk.market, desk.reader),
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
        "place": urlencode(_place_in_line(kept or {})),
        **(kept or {}),
    }
    draft = desk.draft if form is None else None
    if draft is not None and isinstance(draft.quote, PurchasePlan):
        sums = show_sums(draft, desk.wanted, desk.market, desk.reader.language)
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
