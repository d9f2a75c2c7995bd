"""Purchases, orders and lines in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, ngettext

from fairground.catalog.pictures.picture import Picture
from fairground.checkout.rules.refunding import PAID_STEPS
from fairground.kernel.clock import to_unix_ms
from fairground.orders.queries import LineShown, OrderShown, PurchaseListed, PurchaseShown
from fairground.orders.rules import Step, invoice_sums
from fairground.promotions.rules.terms import DiscountStep
from fairground.sites.storefront.addresses import frozen_address_lines
from fairground.sites.storefront.art import Art, product_art
from fairground.sites.storefront.customs_words import duty_facts
from fairground.sites.storefront.money_back import Returns, back_rows, back_text
from fairground.sites.storefront.pictures import PictureShown, card_picture
from fairground.sites.storefront.purchases.deposits import (
    BalanceClock,
    balance_clock,
    cancel_text,
    payment_rows,
    terms_text,
)
from fairground.sites.storefront.purchases.leaving import NOTHING_LEAVES, Leaving, LeavingWords
from fairground.sites.storefront.purchases.refunds import counted, difference_until, refund_rows
from fairground.sites.storefront.purchases.story import (
    NextStep,
    StateWords,
    TimelineStep,
    next_step,
    order_moments,
    stands_at,
    state_words,
    timeline,
)
from fairground.sites.storefront.reader import Reader
from fairground.sites.wording import (
    country_text,
    date_text,
    money_text,
    number_text,
    rate_text,
    short_moment_text,
)

_WHY = {
    DiscountStep.DEAL: gettext_lazy("Presale"),
    DiscountStep.MERCHANT_DISCOUNT: gettext_lazy("Merchant's discount"),
    DiscountStep.MERCHANT_COUPON: gettext_lazy("Merchant's coupon"),
    DiscountStep.CROSS_SHOP: gettext_lazy("Across shops"),
    DiscountStep.PLATFORM_COUPON: gettext_lazy("Fairground's coupon"),
    DiscountStep.RED_PACKET: gettext_lazy("Red packet"),
    DiscountStep.SHIPPING: gettext_lazy("Shipping discount"),
}
# What a shopper held before it was used.
_HELD = frozenset({DiscountStep.MERCHANT_COUPON, DiscountStep.PLATFORM_COUPON, DiscountStep.RED_PACKET})
Pictures = Mapping[int, Picture]


@dataclass(frozen=True, slots=True)
class FirstLineWords:
    """A line in the list of purchases."""

    title: str
    art: Art
    picture: PictureShown | None = None


@dataclass(frozen=True, slots=True)
class PurchaseListedWords:
    """A purchase in the list; `more` says how many lines are not named, or is empty."""

    number: str
    placed_iso: str
    placed: str
    total: str
    state: StateWords
    next: NextStep
    lines: list[FirstLineWords]
    more: str
    balance: BalanceClock | None = None


@dataclass(frozen=True, slots=True)
class LineWords:
    """A line of an order. `each` is empty where there is one unit; `product_id` where the product is gone."""

    title: str
    product_id: str
    art: Art
    quantity: str
    each: str
    sum: str
    has_deal: bool
    discounts: list[tuple[str, str]]
    picture: PictureShown | None = None


@dataclass(frozen=True, slots=True)
class OrderWords:
    """An order: `rows` add up to the total, `notes` are what is in it already.

    `refunded` says where the money of one that is cancelled is. `back` is what went back of one that is not, and
    `remains` what is left of the total then. `problem` is where something can be asked about it, if it can. `customs`
    says what the import duty is made of.
    """

    number: str
    merchant: str
    merchant_slug: str
    country: str
    state: StateWords
    moments: list[tuple[str, str, str]]
    lines: list[LineWords]
    rows: list[tuple[str, str]]
    total: str
    notes: list[tuple[str, str]]
    refunded: str
    back: list[tuple[str, str]] = field(default_factory=list)
    remains: str = ""
    leaving: LeavingWords | None = None
    problem: str = ""
    customs: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PurchaseWords:
    """A purchase: its next step, its timeline, its orders, and where it goes.

    `due` is what its button pays; `payments`, `terms` and `cancelling` are empty but for a presale. `gives_back`:
    whoever cancels has coupons or red packets again. `back` is what went back and where to, and `remains` what is left
    of the total then; both are empty where nothing did.
    """

    number: str
    placed_iso: str
    placed: str
    total: str
    state: StateWords
    is_paid: bool
    next: NextStep
    steps: list[TimelineStep]
    orders: list[OrderWords]
    address: list[str]
    zone: str
    due: str = ""
    payments: list[tuple[str, str]] = field(default_factory=list)
    terms: str = ""
    cancelling: str = ""
    balance: BalanceClock | None = None
    gives_back: bool = False
    difference_until: str = ""
    may_withdraw: bool = False
    back: list[tuple[str, str]] = field(default_factory=list)
    remains: str = ""


def discount_why(step: int) -> str:
    """Return why a line costs less."""
    return str(_WHY[DiscountStep(step)])


def list_words(
    purchase: PurchaseListed, reader: Reader, pictures: Pictures, *, returns: Returns = ()
) -> PurchaseListedWords:
    """Return a purchase as it stands in the list; `pictures` are those of its products by product."""
    zone = reader.zone_of(purchase.market)
    more = purchase.lines_count - len(purchase.lines)
    return PurchaseListedWords(
        number=purchase.number,
        placed_iso=purchase.placed_at.isoformat(),
        placed=date_text(purchase.placed_at, zone),
        total=money_text(purchase.total_minor, purchase.currency),
        state=state_words(stands_at(purchase.state, purchase.order_states)),
        next=next_step(purchase, now=reader.now, zone=zone, returns=returns),
        lines=[
            FirstLineWords(
                counted(line.title, line.quantity),
                _art(line.product_id, line.brand, line.category),
                _picture(line.product_id, pictures),
            )
            for line in purchase.lines
        ],
        more=ngettext("and %(count)s more", "and %(count)s more", more) % {"count": number_text(more)} if more else "",
        balance=balance_clock(purchase, purchase.deposit, now=reader.now, due_minor=None),
    )


def purchase_words(
    purchase: PurchaseShown,
    reader: Reader,
    pictures: Pictures,
    *,
    due_minor: int | None = None,
    leaving: Leaving = NOTHING_LEAVES,
    returns: Returns = (),
) -> PurchaseWords:
    """Return a purchase as its page shows it; `pictures` are those of its products by product.

    `due_minor` is what is to be paid now where that is not the total; `leaving` how its orders leave; `returns` what
    of it goes back to providers.
    """
    zone, deposit = reader.zone_of(purchase.market), purchase.deposit
    back_minor = sum(order.back_minor for order in purchase.orders)
    until = difference_until(purchase, now_ms=to_unix_ms(reader.now))
    return PurchaseWords(
        number=purchase.number,
        placed_iso=purchase.placed_at.isoformat(),
        placed=date_text(purchase.placed_at, zone),
        total=money_text(purchase.total_minor, purchase.currency),
        state=state_words(stands_at(purchase.state, [order.state for order in purchase.orders])),
        is_paid=purchase.paid_at is not None,
        next=next_step(purchase, now=reader.now, zone=zone, returns=returns),
        steps=timeline(purchase, zone=zone, leaving=leaving.orders, returns=returns),
        orders=[
            _order_words(order, purchase, zone, pictures, leaving.orders.get(order.id), returns)
            for order in purchase.orders
        ],
        address=frozen_address_lines(purchase.orders[0].address),
        due=money_text(purchase.total_minor if due_minor is None else due_minor, purchase.currency),
        payments=payment_rows(purchase, deposit) if deposit else [],
        terms=terms_text(deposit.mode) if deposit and not purchase.paid_at and not purchase.ended_at else "",
        cancelling=cancel_text(purchase, deposit) if deposit else "",
        balance=balance_clock(purchase, deposit, now=reader.now, due_minor=due_minor),
        back=back_rows(back_minor, purchase.currency, returns),
        remains=money_text(purchase.total_minor - back_minor, purchase.currency) if back_minor else "",
        difference_until=short_moment_text(until, zone) if until else "",
        may_withdraw=leaving.may_withdraw,
        zone=zone,
        gives_back=any(
            step in _HELD for order in purchase.orders for line in order.lines for step, _ in line.discounts
        ),
    )


def money_rows(order: OrderShown, currency: str) -> list[tuple[str, str]]:
    """Return what an order's total is made of, in words and amounts that add up to it."""
    rows = [(gettext("Goods"), order.goods_minor)]
    if order.discount_minor:
        rows.append((gettext("Discounts"), -order.discount_minor))
    given_minor = sum(amount_minor for _, amount_minor in order.shipping_discounts)
    if order.shipping_minor or given_minor:
        rows.append((gettext("Shipping"), order.shipping_minor + given_minor))
    rows += [(discount_why(step), -amount_minor) for step, amount_minor in order.shipping_discounts]
    if order.tax_added_minor:
        rows += [(gettext("Tax, %(rate)s") % {"rate": rate_text(rate)}, tax) for rate, tax in _taxes(order, added=True)]
    if order.duties_minor:
        rows.append((gettext("Import duty, with the tax on it"), order.duties_minor))
    return [(words, money_text(amount_minor, currency)) for words, amount_minor in rows]


def tax_notes(order: OrderShown, currency: str) -> list[tuple[str, str]]:
    """Return the taxes that are inside the total already."""
    return [
        (gettext("Tax included, %(rate)s") % {"rate": rate_text(rate)}, money_text(tax_minor, currency))
        for rate, tax_minor in _taxes(order, added=False)
    ]


def _taxes(order: OrderShown, *, added: bool) -> list[tuple[int, int]]:
    all_of_it = (*(line.sums for line in order.lines), order.shipping)
    of_kind = [one for one in all_of_it if one.tax_included is not added]
    if not added:
        of_kind += order.customs  # its sum among the rows has the tax on it inside
    return [(one.rate_bps, one.tax_minor) for one in invoice_sums(of_kind).taxes if one.tax_minor]


def _order_words(
    order: OrderShown,
    purchase: PurchaseShown,
    zone: str,
    pictures: Pictures,
    leaving: LeavingWords | None,
    returns: Returns,
) -> OrderWords:
    currency = purchase.currency
    cancelled = order.state is Step.CANCELLED and purchase.paid_at
    back = [] if cancelled else refund_rows(order, currency, zone=zone)
    return OrderWords(
        number=f"{purchase.number}-{order.position}",
        merchant=order.merchant_name,
        merchant_slug=order.merchant_slug,
        country=country_text(order.merchant_country),
        state=state_words(order.state),
        moments=order_moments(order, zone=zone),
        lines=[_line_words(line, currency, pictures) for line in order.lines],
        rows=money_rows(order, currency),
        total=money_text(order.total_minor, currency),
        notes=tax_notes(order, currency),
        refunded=_cancelled_text(order, currency, returns) if cancelled else "",
        back=back,
        remains=money_text(order.total_minor - order.back_minor, currency) if back else "",
        leaving=leaving,
        problem=reverse("ask-case", args=[purchase.number, order.position]) if order.state in PAID_STEPS else "",
        customs=duty_facts(order, currency),
    )


def _cancelled_text(order: OrderShown, currency: str, returns: Returns) -> str:
    own = [one for one in returns if one.order_id == order.id]
    is_cancelled = gettext("This order is cancelled.")
    return f"{is_cancelled} {back_text(order.total_minor, currency, own)}"


def _line_words(line: LineShown, currency: str, pictures: Pictures) -> LineWords:
    return LineWords(
        title=line.title,
        product_id=str(line.product_id) if line.product_id else "",
        art=_art(line.product_id, line.brand, line.category),
        quantity=number_text(line.quantity),
        each=money_text(line.unit_price_minor, currency) if line.quantity > 1 else "",
        sum=money_text(line.sums.goods_minor - line.sums.discount_minor, currency),
        has_deal=line.has_deal,
        discounts=[(discount_why(step), money_text(-amount_minor, currency)) for step, amount_minor in line.discounts],
        picture=_picture(line.product_id, pictures),
    )


def _picture(product_id: int | None, pictures: Pictures) -> PictureShown | None:
    picture = pictures.get(product_id) if product_id else None
    return card_picture(picture) if picture else None


def _art(product_id: int | None, brand: str | None, category: str | None) -> Art:
    return product_art(product_id=product_id or 0, brand=brand, category=category)
