"""The form that opens a case: which goods, how many, what is the matter, what is wished, words and pictures."""

from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from fairground.aftersales.actions.open_case import CaseAsked, CaseThereAlready, open_case
from fairground.aftersales.exchanging import SwapShown, swaps_for
from fairground.aftersales.market_days import case_days
from fairground.aftersales.queries import cases_of_orders, units_held
from fairground.aftersales.rules import CASES_AN_ORDER_MAX, EVIDENCE_MAX, CaseReason, Wish
from fairground.catalog.pictures.kinds import TAKEN
from fairground.checkout.rules.refunding import PAID_STEPS
from fairground.fulfilment.queries import parcels_of
from fairground.kernel.clock import to_unix_ms
from fairground.orders.queries import OrderShown, PurchaseShown
from fairground.orders.rules import Step
from fairground.payments.reading import returns_of_purchases
from fairground.sites.case_words import REASONS, REFUSALS, WISHES, refused_case_text
from fairground.sites.evidence_forms import brought
from fairground.sites.languages import in_language
from fairground.sites.picture_words import PICTURE_REFUSALS, refused_picture_text
from fairground.sites.storefront.frame import show_alone
from fairground.sites.storefront.money_back import back_text, sent_then
from fairground.sites.storefront.posted import posted_id, posted_number, see_other
from fairground.sites.storefront.purchases.mine import my_purchase
from fairground.sites.storefront.reader import Reader, reader_of
from fairground.sites.wording import money_text


@dataclass(frozen=True, slots=True)
class LineAskable:
    """A line of which units can be asked about; `swaps` are (SKU, words) that they may be exchanged for."""

    line_no: int
    title: str
    most: int
    units: int
    sum: str
    swaps: list[tuple[str, str]]
    swap: str


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, number: str, position: int) -> HttpResponse:
    """Ask what is the matter with goods of an order; a POST opens the case and leads to it."""
    reader, found = reader_of(request), my_purchase(request, number)
    order = next((one for one in found.orders if one.position == position), None)
    if order is None or order.state not in PAID_STEPS:
        raise Http404
    error = _open(request, found, order, reader) if request.method == "POST" else ""
    if isinstance(error, HttpResponse):
        return error
    lines = _lines(request, found, order, reader)
    if request.method != "POST" and len(lines) == 1 and lines[0].most == 1:
        lines = [replace(lines[0], units=1)]  # there is nothing to choose
    context = {
        "purchase": found,
        "order": order,
        "lines": lines,
        "reasons": [(one.name.lower(), words, "") for one, words in REASONS.items()],
        "reason": [request.POST.get("reason", "")],
        "wishes": [(one.name.lower(), words, "") for one, words in WISHES.items()] if _swaps(lines) else [],
        "wish": [request.POST.get("wish", Wish.MONEY.name.lower())],
        "text": request.POST.get("text", ""),
        "is_shipped": order.state is not Step.PAID or bool(parcels_of(order_ids=[order.id])),
        "case_no": len(cases_of_orders(order_ids=[order.id])) + 1,
        "evidence_max": EVIDENCE_MAX,
        "accept": ",".join(f"image/{kind.lower()}" for kind in TAKEN),
        "answer_days": case_days(market=found.market).answer,
        "error": error,
    }
    response = show_alone(request, reader, "storefront/case_ask.html", context)
    response.status_code = 422 if error else 200
    return response


def _swaps(lines: list[LineAskable]) -> bool:
    return any(line.swaps for line in lines)


def _lines(request: HttpRequest, found: PurchaseShown, order: OrderShown, reader: Reader) -> list[LineAskable]:
    held = units_held(order_ids=[order.id])
    sku_ids = [] if order.state is Step.PAID else [line.sku_id for line in order.lines]
    found_swaps = swaps_for(sku_ids=sku_ids, market=found.market) if sku_ids else {}
    lines = []
    for line_no, line in enumerate(order.lines, 1):
        gone = sum(one.units for one in order.refunds if one.line_no == line_no)
        most = line.quantity - gone - held.get((order.id, line_no), 0)
        if most <= 0:
            continue
        swaps = found_swaps.get(line.sku_id, [])
        lines.append(
            LineAskable(
                line_no=line_no,
                title=line.title,
                most=most,
                units=posted_number(request, f"units-{line_no}", most=most) or 0,
                sum=money_text(line.sums.goods_minor - line.sums.discount_minor, found.currency),
                swaps=[(str(one.sku_id), _swap_words(one, line.sku_id, reader)) for one in swaps],
                swap=request.POST.get(f"swap-{line_no}", str(line.sku_id)),
            )
        )
    return lines


def _swap_words(swap: SwapShown, bought_id: int, reader: Reader) -> str:
    words = ", ".join(in_language(one, reader.language) or next(iter(one.values()), "") for one in swap.options)
    if swap.sku_id == bought_id:
        return gettext("The same again: %(variant)s") % {"variant": words} if words else gettext("The same again")
    return words or str(swap.sku_id)


def _open(request: HttpRequest, found: PurchaseShown, order: OrderShown, reader: Reader) -> HttpResponse | str:
    """Open the case and lead to it, or say what is missing or refused."""
    units = {
        line_no: count
        for line_no, line in enumerate(order.lines, 1)
        if (count := posted_number(request, f"units-{line_no}", most=line.quantity))
    }
    reason = CaseReason.__members__.get(request.POST.get("reason", "").upper())
    wish = Wish.__members__.get(request.POST.get("wish", "money").upper())
    case_no = posted_number(request, "case_no", most=CASES_AN_ORDER_MAX + 1)
    if not units:
        return gettext("Choose how many of what it is about.")
    if reason is None or wish is None or case_no is None:
        return gettext("Choose what is the matter.")
    try:
        asked = CaseAsked(
            purchase_id=found.id,
            order_id=order.id,
            shopper_id=found.shopper_id,
            units=units,
            reason=reason,
            wish=wish,
            seen=case_no - 1,
            swaps={line_no: posted_id(request, f"swap-{line_no}") or 0 for line_no in units},
            text=request.POST.get("text", ""),
            evidence=brought(request),
            language=translation.get_language() or reader.language,
        )
        opened = open_case(asked=asked, now=reader.now)
    except CaseThereAlready as refusal:
        messages.info(request, refused_case_text(refusal))
        return see_other(reverse("purchase", args=[found.number]) + reader.query)
    except REFUSALS as refusal:
        return refused_case_text(refusal)
    except PICTURE_REFUSALS as refusal:
        return refused_picture_text(refusal)
    if opened.paid_minor:
        returns = returns_of_purchases(purchase_ids=[found.id]).get(found.id, ())
        sent = sent_then(returns, at_ms=to_unix_ms(reader.now), order_id=order.id)
        messages.success(request, back_text(opened.paid_minor, opened.currency, sent))
    return see_other(reverse("case", args=[found.number, opened.case_id]) + reader.query)
