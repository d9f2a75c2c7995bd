"""Payments with providers as they stand, the newest first; and gift cards and credit, which the staff gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from fairground.kernel.edits import REASON_MAX, ReasonMissing, ShopBusy
from fairground.kernel.ids import ID_MAX, parse_id
from fairground.kernel.money import minor_from_text
from fairground.kernel.refusal import Refusal
from fairground.markets.queries import market_currencies
from fairground.orders.lookup import purchase_numbers
from fairground.payments.asked_cards import ask_for_gift_cards
from fairground.payments.credit import grant_credit
from fairground.payments.gift_cards import CARDS_AT_ONCE_MAX, CardsIssued, CardsRefused, SoldByTwo, issue_gift_cards
from fairground.payments.life import PaymentEnd, PaymentState, Why
from fairground.payments.reading import PaymentFacts, payments_before
from fairground.payments.staff_days import StaffDayFull
from fairground.settlement.reports.listed import payments_listed
from fairground.sites.back_office.fields import form_key_field, moment_field, plain_field, typed_text
from fairground.sites.back_office.money.days import days_of
from fairground.sites.back_office.money.files import file_links, list_file
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request, refusal_text

PAYMENTS_A_PAGE = 50
SOLD, GIVEN = "sold", "given"
_KEY_MISSING = _("The form came without its number. Open the page anew, and fill it in again.")
_STATES = {
    PaymentState.ASKING: _("asking"),
    PaymentState.WAITING: _("waiting for the shopper"),
    PaymentState.CAPTURING: _("being taken"),
    PaymentState.VOIDING: _("being given up"),
    PaymentState.TAKEN: _("money taken"),
    PaymentState.ENDED: _("nothing taken"),
}
_ENDS = {
    PaymentEnd.PAID: _("paid"),
    PaymentEnd.PAID_LATE: _("paid late, goods taken again"),
    PaymentEnd.TOPPED_UP: _("in the wallet"),
    PaymentEnd.RETURNED: _("goes back in full"),
}
_WHY = {
    Why.NONE: "",
    Why.FAILED: _("declined by the provider"),
    Why.AMOUNT_DIFFERS: _("another amount"),
    Why.NOT_PAYABLE: _("nothing to pay any more"),
    Why.GIVEN_UP: _("given up"),
    Why.NEVER_ASKED: _("never asked"),
    Why.TOO_OLD: _("too old"),
}


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment in words."""

    id: int
    begun_at: datetime
    provider: str
    ref: str
    amount: str
    from_wallet: str
    state: str
    why: str
    shopper_id: int
    number: str

    @classmethod
    def of(cls, one: PaymentFacts, number: str) -> "PaymentRow":
        """Return a payment's words; `number` is that of its purchase, or empty."""
        return cls(
            id=one.id,
            begun_at=one.begun_at,
            provider=one.provider,
            ref=one.ref,
            amount=amount_text(one.captured_minor or one.amount_minor, one.captured_currency or one.currency),
            from_wallet=amount_text(one.wallet_minor, one.currency) if one.wallet_minor else "",
            state=str(_ENDS[one.end] if one.end else _STATES[one.state]),
            why=str(_WHY[one.why]),
            shopper_id=one.shopper_id,
            number=number,
        )


@require_safe
def payments(request: HttpRequest) -> HttpResponseBase:
    """Show a page of payments, the newest first, of all states or of those that are not over; or one by its number."""
    require(request, "payments.view_payment")
    days = days_of(request)
    before_id = parse_id(request.GET.get("before", "")) or ID_MAX
    is_open = request.GET.get("open") == "1"
    only_id = parse_id(request.GET.get("payment", ""))
    asked = {"open": "1" if is_open else "", "payment": str(only_id or ""), **days.asked}
    file = list_file(
        request, asked=asked, table=lambda: payments_listed(span=days.span, is_open=is_open, only_id=only_id)
    )
    if file:
        return file
    if only_id is None:
        found = payments_before(
            before_id=before_id,
            is_open=is_open,
            payments_max=PAYMENTS_A_PAGE + 1,
            from_at=days.span.from_at,
            to_at=days.span.to_at,
        )
    else:
        found = [
            one for one in payments_before(before_id=only_id + 1, is_open=False, payments_max=1) if one.id == only_id
        ]
    shown = found[:PAYMENTS_A_PAGE]
    numbers = purchase_numbers(purchase_ids={one.purchase_id for one in shown if one.purchase_id})
    context = {
        "title": gettext("Payments"),
        "rows": [PaymentRow.of(one, numbers.get(one.purchase_id or 0, "")) for one in shown],
        "is_open": is_open,
        "is_one": only_id is not None,
        "asked": asked,
        "files": file_links(asked),
        "next": urlencode({**asked, "before": shown[-1].id}) if len(found) > PAYMENTS_A_PAGE else None,
    }
    return show_page(request, "back_office/payments.html", context)


class MoneyForm(forms.Form):
    """An amount in the currency of a market."""

    amount = plain_field(label=_("Amount"), note=_("With a point, such as 25 or 12.50."), required=True)
    currency = forms.ChoiceField(label=_("Currency"))

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        currency = self.fields["currency"]
        assert isinstance(currency, forms.ChoiceField), currency
        currency.choices = [(one, one) for one in sorted(set(market_currencies().values()))]

    def clean(self) -> dict[str, Any]:
        """Return what was typed, with the amount in minor units."""
        data = super().clean() or {}
        if {"amount", "currency"} <= data.keys():
            try:
                data["amount_minor"] = minor_from_text(data["amount"], currency=data["currency"])
            except ValueError:
                self.add_error("amount", _("That is no amount in this currency."))
        return data


class CardsForm(MoneyForm):
    """How many gift cards of how much, until when."""

    form_key = form_key_field()
    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=CARDS_AT_ONCE_MAX, initial=1)
    until = moment_field(
        label=_("Good until (UTC)"),
        note=_(
            "What a card still holds then is the platform's. The law of some markets forbids an end, or an early one."
        ),
        required=True,
    )
    source = forms.ChoiceField(
        label=_("Where the money is from"),
        choices=[
            ("", _("Choose one")),
            (SOLD, _("They were sold: it came in outside")),
            (GIVEN, _("They are given away: it is the platform's")),
        ],
    )
    reason = forms.CharField(
        label=_("Why, or the invoice under which they were sold"),
        help_text=_("It stands in the audit log and beside the cards."),
        max_length=REASON_MAX,
    )


class CreditForm(MoneyForm):
    """Credit for a shopper, and why."""

    form_key = form_key_field()
    shopper = plain_field(label=_("Shopper"), note=_("The number."), required=True)
    reason = forms.CharField(label=_("Why? It stands in the audit log."), max_length=REASON_MAX)


@require_http_methods(["GET", "HEAD", "POST"])
def gift_cards(request: HttpRequest) -> HttpResponse:
    """Ask for gift cards, issue them, and show their codes, this once; or ask somebody else to issue them."""
    require(request, "payments.add_giftcard")
    form = CardsForm(request.POST if request.method == "POST" else None)
    codes: Sequence[str] | None = []
    if request.method == "POST" and form.is_valid():
        codes = _issue(request, form)
        if codes is None:
            return HttpResponseRedirect(reverse("admin:asked-cards"))
    context = {"title": gettext("Gift cards"), "form": form, "codes": codes, "back": reverse("admin:payments")}
    return show_page(request, "back_office/gift_cards.html", context)


def _issue(request: HttpRequest, form: CardsForm) -> Sequence[str] | None:
    """Issue cards and return their codes, none where it was refused; None: somebody else is asked to."""
    data = form.cleaned_data
    if data["form_key"] is None:
        form.add_error(None, _KEY_MISSING)
        return []
    wanted = {
        "key": data["form_key"],
        "count": data["count"],
        "amount_minor": data["amount_minor"],
        "currency": data["currency"],
        "expires_at": data["until"].replace(tzinfo=UTC),
        "by": by_request(request, reason=data["reason"]),
    }
    try:
        try:
            return issue_gift_cards(**wanted, is_sold=data["source"] == SOLD)
        except SoldByTwo:
            ask_for_gift_cards(**wanted)
    except CardsIssued:
        messages.warning(request, gettext("This form was sent before. Its codes can't be shown again."))
    except CardsRefused:
        form.add_error("amount", _("Such cards are not issued: the amount or the end is out of range."))
    except (StaffDayFull, ReasonMissing, ShopBusy) as refusal:
        messages.error(request, refusal_text(refusal))
    else:
        messages.success(request, gettext("They are asked for: somebody else issues them, and has their codes."))
        return None
    return []


@require_http_methods(["GET", "HEAD", "POST"])
def credit(request: HttpRequest) -> HttpResponse:
    """Ask how much credit for whom and why, and put it into the wallet."""
    require(request, "payments.add_credit")
    initial = {"shopper": typed_text(request.GET, "shopper")}
    form = CreditForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid() and _grant(request, form):
        return HttpResponseRedirect(reverse("admin:payments"))
    context = {"title": gettext("Grant credit"), "form": form, "back": reverse("admin:payments")}
    return show_page(request, "back_office/credit.html", context)


def _grant(request: HttpRequest, form: CreditForm) -> bool:
    data = form.cleaned_data
    shopper_id, key = parse_id(data["shopper"]), data["form_key"]
    if key is None:
        form.add_error(None, _KEY_MISSING)
        return False
    if shopper_id is None:
        form.add_error("shopper", _("There is no such shopper."))
        return False
    try:
        granted = grant_credit(
            key=key,
            shopper_id=shopper_id,
            amount_minor=data["amount_minor"],
            currency=data["currency"],
            by=by_request(request, reason=data["reason"]),
        )
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
        return False
    words = gettext("The credit is in the wallet.") if granted else gettext("This form was sent before: it is granted.")
    messages.success(request, words)
    return True
