"""What went back of a purchase in words, and asking for the difference to a price that fell."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from fairground.checkout.actions.protect_prices import return_difference
from fairground.checkout.rules import refunding
from fairground.checkout.rules.paying import UnknownPurchase
from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.kernel.edits import ShopBusy
from fairground.kernel.refusal import Refusal
from fairground.markets.queries import protection_days
from fairground.orders.queries import OrderShown, PurchaseShown
from fairground.orders.refunds import RefundShown
from fairground.orders.rules import RefundReason, Step
from fairground.payments.reading import returns_of_purchases
from fairground.sites.refund_words import charge_words
from fairground.sites.storefront.money_back import back_text, sent_then
from fairground.sites.storefront.posted import see_other
from fairground.sites.storefront.purchases.mine import my_purchase
from fairground.sites.storefront.reader import reader_of
from fairground.sites.wording import date_text, money_text, number_text

_REASONS: Mapping[RefundReason, Promise] = {
    RefundReason.CANCELLED: gettext_lazy("cancelled"),
    RefundReason.WITHDRAWN: gettext_lazy("sent back"),
    RefundReason.FAULTY: gettext_lazy("faulty"),
    RefundReason.MISSING: gettext_lazy("not delivered"),
    RefundReason.GOODWILL: gettext_lazy("goodwill"),
    RefundReason.CHARGED_BACK: gettext_lazy("taken back by your bank"),
    RefundReason.PRICE_FELL: gettext_lazy("price difference"),
}
_REFUSED: Mapping[str, str | Promise] = {
    refunding.OrderNotRefundable.code: gettext_lazy("Nothing of this purchase is paid and kept, so nothing goes back."),
    refunding.PaidByPrize.code: gettext_lazy("A draw has paid this purchase back to you already."),
    refunding.NoPriceProtection.code: gettext_lazy("Prices are not protected after payment in this market."),
    refunding.PriceNotFallen.code: gettext_lazy("Nothing that you bought costs less today."),
    refunding.DifferenceGiven.code: gettext_lazy("You have the difference to today's prices already."),
    ShopBusy.code: gettext_lazy("Fairground is busy just now: nothing went back. Try again in a moment."),
}
_ASKED = (
    refunding.OrderNotRefundable,
    refunding.PaidByPrize,
    refunding.NoPriceProtection,
    refunding.ProtectionOver,
    refunding.PriceNotFallen,
    refunding.DifferenceGiven,
    refunding.ShopperErased,
    UnknownPurchase,
    ShopBusy,
)


@require_POST
def difference(request: HttpRequest, number: str) -> HttpResponse:
    """Return the difference where what was bought costs less today, or say why nothing goes back."""
    reader, found = reader_of(request), my_purchase(request, number)
    try:
        returned = return_difference(purchase_id=found.id, shopper_id=found.shopper_id, now_ms=to_unix_ms(reader.now))
    except _ASKED as refusal:
        messages.info(request, refused_words(refusal))
    else:
        returns = returns_of_purchases(purchase_ids=[found.id]).get(found.id, ())
        where = back_text(returned.amount_minor, returned.currency, sent_then(returns, at_ms=to_unix_ms(reader.now)))
        costs_less = gettext("It costs less today.")
        messages.success(request, f"{costs_less} {where}")
    return see_other(reverse("purchase", args=[found.number]) + reader.query)


def refused_words(refusal: Refusal) -> str:
    """Return why nothing goes back."""
    if isinstance(refusal, refunding.ProtectionOver):
        days = int(str(refusal.facts["days"]))
        return ngettext(
            "The difference can be asked for until %(days)s day after payment, and that is over.",
            "The difference can be asked for until %(days)s days after payment, and they are over.",
            days,
        ) % {"days": number_text(days)}
    return str(_REFUSED.get(refusal.code, _REFUSED[refunding.OrderNotRefundable.code]))


def difference_until(purchase: PurchaseShown, *, now_ms: int) -> datetime | None:
    """Return until when the difference to a lower price may be asked for; None where it may not. No price is read."""
    if purchase.paid_at is None or not any(map(_is_kept, purchase.orders)):
        return None
    paid_at_ms = to_unix_ms(purchase.paid_at)
    until_ms = refunding.protection_until_ms(paid_at_ms=paid_at_ms, days=protection_days(market=purchase.market))
    return from_unix_ms(until_ms) if now_ms < until_ms else None


def _is_kept(order: OrderShown) -> bool:
    units = sum(line.quantity for line in order.lines)
    return order.state is not Step.CANCELLED and sum(one.units for one in order.refunds) < units


def refund_rows(order: OrderShown, currency: str, *, zone: str) -> list[tuple[str, str]]:
    """Return what went back of an order, refund by refund, in words and amounts below nothing."""
    titles = {number: line.title for number, line in enumerate(order.lines, 1)}
    rows = []
    for one in order.refunds:
        if not (one.line_no or one.paid_minor):
            continue  # shipping that cost nothing in the end
        title = charge_words(one.line_no)
        facts = {
            "title": title or counted(titles[one.line_no], one.units),
            "why": str(_REASONS[one.reason]),
            "date": date_text(one.at, zone),
        }
        words = gettext("Back on %(date)s: %(title)s, %(why)s") % facts
        rows.append((words, money_text(-one.paid_minor, currency)))
    return rows


def refund_reasons(refunds: Sequence[RefundShown]) -> str:
    """Return why money went back, each reason once."""
    return ", ".join(dict.fromkeys(str(_REASONS[one.reason]) for one in refunds))


def counted(title: str, quantity: int) -> str:
    """Return a title with its units, where there are several."""
    return f"{number_text(quantity)} \N{MULTIPLICATION SIGN} {title}" if quantity > 1 else title
