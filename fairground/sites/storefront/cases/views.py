"""Pages of a case: the case itself with what can be done, its pictures, its label, and the list of mine."""

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from fairground.aftersales.actions.replacing import confirm_replacement, pay_instead, report_lost
from fairground.aftersales.actions.return_goods import send_back
from fairground.aftersales.actions.shopper_steps import escalate_case, withdraw_case, write_message
from fairground.aftersales.queries import CaseShown, case_shown, cases_of, evidence_content, return_address
from fairground.aftersales.rules import MESSAGES_MAX, TEXT_LENGTH_MAX, TRACKING_LENGTH_MAX, Who
from fairground.catalog.pictures.kinds import TAKEN
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import By
from fairground.orders.queries import PurchaseShown
from fairground.payments.reading import returns_of_purchases
from fairground.sites.case_files import label_file
from fairground.sites.case_words import REFUSALS, refused_case_text
from fairground.sites.evidence_forms import brought
from fairground.sites.picture_words import PICTURE_REFUSALS, refused_picture_text
from fairground.sites.storefront.case_rows import row_words
from fairground.sites.storefront.cases.label import code_path
from fairground.sites.storefront.cases.words import case_words
from fairground.sites.storefront.frame import show_alone
from fairground.sites.storefront.money_back import back_text, sent_then
from fairground.sites.storefront.posted import posted_number, see_other
from fairground.sites.storefront.purchases.mine import my_purchase, my_shoppers
from fairground.sites.storefront.reader import Reader, reader_of
from fairground.sites.wording import country_text


@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """Show my cases, the newest first."""
    reader, shopper_ids = reader_of(request), my_shoppers(request)
    found = cases_of(shopper_ids=shopper_ids) if shopper_ids else []
    context = {"cases": [row_words(one, reader.zone_of(one.market)) for one in found]}
    return show_alone(request, reader, "storefront/cases.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, number: str, case_id: int) -> HttpResponse:
    """Show a case to who opened it; a POST does what its form says, and leads back to it."""
    reader, found = reader_of(request), my_purchase(request, number)
    shown = _my_case(found, case_id)
    if request.method == "POST":
        _do(request, found, shown, reader)
        return see_other(reverse("case", args=[found.number, case_id]) + reader.query)
    context = {
        "case": case_words(
            shown,
            reader.zone_of(found.market),
            has_address=return_address(case_id=case_id) is not None,
            now=reader.now,
            returns=returns_of_purchases(purchase_ids=[found.id]).get(found.id, ()),
        ),
        "purchase": found,
        "text_max": TEXT_LENGTH_MAX,
        "tracking_max": TRACKING_LENGTH_MAX,
        "accept": ",".join(f"image/{kind.lower()}" for kind in TAKEN),
    }
    return show_alone(request, reader, "storefront/case.html", context)


@require_safe
def label(request: HttpRequest, number: str, case_id: int) -> HttpResponse:
    """Show the label of a parcel that goes back, to be printed."""
    reader, found = reader_of(request), my_purchase(request, number)
    shown = _my_case(found, case_id)
    address = return_address(case_id=case_id)
    words = case_words(shown, reader.zone_of(found.market), has_address=address is not None, now=reader.now)
    if not words.may_print or address is None:
        raise Http404
    path, width = code_path(shown.row.number)
    context = {
        "case": words,
        "purchase": found,
        "address": address,
        "country": country_text(address.country),
        "path": path,
        "width": width,
    }
    return show_alone(request, reader, "storefront/case_label.html", context)


@require_safe
def carrier_label(request: HttpRequest, number: str, case_id: int) -> HttpResponse:
    """Send the carrier's label of a case to who sends the goods back; nobody else may see it, nor keep it."""
    shown = _my_case(my_purchase(request, number), case_id)
    return label_file(shown)


@require_safe
def evidence(request: HttpRequest, number: str, case_id: int, position: int) -> HttpResponse:
    """Send a picture of a case to who brought it; nobody else may see it, nor keep it."""
    _my_case(my_purchase(request, number), case_id)
    content = evidence_content(case_id=case_id, position=position)
    if content is None:
        raise Http404
    return HttpResponse(content, content_type="image/webp", headers={"Cache-Control": "private, no-store"})


def _my_case(found: PurchaseShown, case_id: int) -> CaseShown:
    shown = case_shown(case_id=case_id)
    if shown is None or shown.row.order_id not in {order.id for order in found.orders}:
        raise Http404
    return shown


def _do(request: HttpRequest, found: PurchaseShown, shown: CaseShown, reader: Reader) -> None:
    deed = _DEEDS.get(request.POST.get("deed", ""))
    if deed is None:
        return
    try:
        words = deed(request, found, shown, reader)
    except REFUSALS as refusal:
        messages.warning(request, refused_case_text(refusal))
    except PICTURE_REFUSALS as refusal:
        messages.warning(request, refused_picture_text(refusal))
    else:
        messages.success(request, words)


def _write(request: HttpRequest, found: PurchaseShown, shown: CaseShown, reader: Reader) -> str:
    write_message(
        case_id=shown.row.id,
        who=Who.SHOPPER,
        text=request.POST.get("text", ""),
        by=By(user_id=None, now=reader.now),
        seen=posted_number(request, "messages_seen", most=MESSAGES_MAX) or 0,
        shopper_id=found.shopper_id,
        evidence=brought(request),
    )
    return gettext("Your message stands here now.")


def _send(request: HttpRequest, found: PurchaseShown, shown: CaseShown, reader: Reader) -> str:
    tracking = request.POST.get("tracking", "")
    send_back(case_id=shown.row.id, shopper_id=found.shopper_id, tracking=tracking, now=reader.now)
    return gettext("Thank you: the merchant looks out for your parcel.")


def _escalate(request: HttpRequest, found: PurchaseShown, shown: CaseShown, reader: Reader) -> str:
    text = request.POST.get("text", "")
    escalate_case(case_id=shown.row.id, shopper_id=found.shopper_id, text=text, now=reader.now)
    return gettext("Fairground looks into it.")


def _withdraw(request: HttpRequest, found: PurchaseShown, shown: CaseShown, reader: Reader) -> str:
    withdraw_case(case_id=shown.row.id, shopper_id=found.shopper_id, now=reader.now)
    return gettext("It is taken back.")


def _confirm(request: HttpRequest, found: PurchaseShown, shown: CaseShown, reader: Reader) -> str:
    confirm_replacement(case_id=shown.row.id, shopper_id=found.shopper_id, now=reader.now)
    return gettext("Thank you: the exchange is complete.")


def _lost(request: HttpRequest, found: PurchaseShown, shown: CaseShown, reader: Reader) -> str:
    report_lost(
        case_id=shown.row.id,
        who=Who.SHOPPER,
        text=request.POST.get("text", ""),
        by=By(user_id=None, now=reader.now),
        shopper_id=found.shopper_id,
    )
    return gettext("The merchant knows now that it did not come.")


def _money(request: HttpRequest, found: PurchaseShown, shown: CaseShown, reader: Reader) -> str:
    by = By(user_id=None, now=reader.now)
    paid_minor = pay_instead(case_id=shown.row.id, who=Who.SHOPPER, by=by, shopper_id=found.shopper_id)
    returns = returns_of_purchases(purchase_ids=[found.id]).get(found.id, ())
    sent = sent_then(returns, at_ms=to_unix_ms(reader.now), order_id=shown.row.order_id)
    return back_text(paid_minor, shown.row.currency, sent)


_DEEDS: Mapping[str, Callable[[HttpRequest, PurchaseShown, CaseShown, Reader], str]] = {
    "write": _write,
    "send": _send,
    "escalate": _escalate,
    "withdraw": _withdraw,
    "confirm": _confirm,
    "lost": _lost,
    "money": _money,
}
