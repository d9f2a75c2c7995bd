"""An invoice in words: of each merchant of a purchase one, as the law wants it from who sells."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext

from fairground.orders.queries import LineShown, OrderShown, PurchaseShown
from fairground.orders.rules import InvoiceSums, LineSums, Step, invoice_sums
from fairground.sites.storefront.addresses import frozen_address_lines
from fairground.sites.storefront.customs_words import heading_text
from fairground.sites.storefront.purchases.deposits import end_text
from fairground.sites.storefront.purchases.refunds import refund_rows
from fairground.sites.storefront.purchases.words import discount_why
from fairground.sites.storefront.reader import Reader
from fairground.sites.wording import (
    country_text,
    date_text,
    moment_text,
    money_text,
    number_text,
    rate_text,
)


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A line: `net` and `tax` are its `gross`. `discounts` are in the net already."""

    title: str
    discounts: list[str]
    quantity: str
    unit_price: str
    rate: str
    net: str
    tax: str
    gross: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """What one merchant writes to the buyer. `sums` add up to `total`; `notes` say what happened to the money.

    `back` is what went back since, below nothing, and `remains` what is left of the total and its tax then.
    """

    number: str
    seller: str
    seller_country: str
    buyer: list[str]
    facts: list[tuple[str, str]]
    lines: list[InvoiceLine]
    sums: list[tuple[str, str]]
    total: str
    notes: list[str]
    back: list[tuple[str, str]] = field(default_factory=list)
    remains: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """The invoices of a purchase; before it is paid they are confirmations, and `not_an_invoice` says so."""

    title: str
    number: str
    not_an_invoice: str
    invoices: list[Invoice]


def invoice_words(purchase: PurchaseShown, reader: Reader) -> InvoiceDocument:
    """Return the invoices of a paid purchase, or the confirmations of one that is not paid."""
    is_paid = purchase.paid_at is not None
    not_an_invoice = ""
    if purchase.state in {Step.PLACED, Step.DEPOSITED}:
        not_an_invoice = gettext("This is not an invoice: the purchase is not paid yet.")
    elif not is_paid:
        not_an_invoice = gettext("This is not an invoice: the purchase ended without being paid.")
    return InvoiceDocument(
        title=gettext("Invoice") if is_paid else gettext("Order confirmation"),
        number=purchase.number,
        not_an_invoice=not_an_invoice,
        invoices=[_invoice(order, purchase, reader.zone_of(purchase.market)) for order in purchase.orders],
    )


def order_sums(order: OrderShown) -> InvoiceSums:
    """Return what an order's invoice adds up to; its gross is what the order costs, to the minor unit."""
    sums = invoice_sums([*(line.sums for line in order.lines), order.shipping, *order.customs])
    assert sums.gross_minor == order.total_minor, (order.id, sums)
    return sums


def _invoice(order: OrderShown, purchase: PurchaseShown, zone: str) -> Invoice:
    currency = purchase.currency
    return Invoice(
        number=f"{purchase.number}-{order.position}",
        seller=order.merchant_name,
        seller_country=country_text(order.merchant_country),
        buyer=frozen_address_lines(order.address) or [gettext("The address was erased.")],
        facts=_facts(order, purchase, zone),
        lines=[_line(line, currency) for line in order.lines],
        sums=_sums(order, currency),
        total=money_text(order.total_minor, currency),
        notes=_notes(order, purchase, zone),
        back=refund_rows(order, currency, zone=zone),
        remains=_remains(order, currency),
    )


def _remains(order: OrderShown, currency: str) -> list[tuple[str, str]]:
    """What is left of the invoice once something went back, and the tax in it."""
    if not order.refunds:
        return []
    tax_minor = order_sums(order).tax_minor - sum(one.tax_minor for one in order.refunds)
    return [
        (gettext("Tax that remains"), money_text(tax_minor, currency)),
        (gettext("Paid in the end"), money_text(order.total_minor - order.back_minor, currency)),
    ]


def _facts(order: OrderShown, purchase: PurchaseShown, zone: str) -> list[tuple[str, str]]:
    facts = [(gettext("Date of the order"), date_text(purchase.placed_at, zone))]
    if purchase.paid_at:
        facts.insert(0, (gettext("Date of the invoice"), date_text(purchase.paid_at, zone)))
        supplied_at = order.shipped_at
        never = order.state is Step.CANCELLED
        supply = date_text(supplied_at, zone) if supplied_at else "" if never else gettext("when it is sent")
        if supply:
            facts.append((gettext("Date of supply"), supply))
    return [*facts, (gettext("Currency"), purchase.currency)]


def _line(line: LineShown, currency: str) -> InvoiceLine:
    sums: LineSums = line.sums
    return InvoiceLine(
        title=line.title,
        discounts=[f"{discount_why(step)} {money_text(-amount, currency)}" for step, amount in line.discounts],
        quantity=number_text(line.quantity),
        unit_price=money_text(line.unit_price_minor, currency),
        rate=rate_text(sums.tax_rate_bps),
        net=money_text(sums.net_minor, currency),
        tax=money_text(sums.tax_minor, currency),
        gross=money_text(sums.gross_minor, currency),
    )


def _sums(order: OrderShown, currency: str) -> list[tuple[str, str]]:
    sums = order_sums(order)
    charged_minor = order.shipping.net_minor + sum(one.net_minor for one in order.customs)
    rows = [(gettext("Goods without tax"), sums.net_minor - charged_minor)]
    if order.shipping_minor or order.shipping_tax_minor:
        rows.append((gettext("Shipping without tax"), order.shipping.net_minor))
    rows += [
        (
            gettext("Import duty without tax, tariff heading %(heading)s") % {"heading": heading_text(one.heading)}
            if one.heading
            else gettext("Import duty without tax"),
            one.duty_minor,
        )
        for one in order.duties
    ]
    for one in sums.taxes:
        facts = {"rate": rate_text(one.rate_bps), "net": money_text(one.net_minor, currency)}
        rows.append((gettext("Tax, %(rate)s of %(net)s") % facts, one.tax_minor))
    return [(words, money_text(amount_minor, currency)) for words, amount_minor in rows]


def _notes(order: OrderShown, purchase: PurchaseShown, zone: str) -> list[str]:
    notes = []
    if any(line.sums.tax_included for line in order.lines):
        notes.append(gettext("Unit prices include tax."))
    if purchase.paid_at:
        notes.append(_at(gettext("Paid on %(moment)s."), purchase.paid_at, zone))
        if order.state is Step.CANCELLED and order.ended_at:
            notes.append(_at(gettext("Cancelled on %(moment)s; the money was returned."), order.ended_at, zone))
    elif purchase.state in {Step.PLACED, Step.DEPOSITED}:
        if purchase.deposit and purchase.deposit.deposited_at:
            paid = money_text(purchase.deposit.deposit_minor, purchase.currency)
            notes.append(gettext("A deposit of %(deposit)s is paid.") % {"deposit": paid})
        notes.append(_at(gettext("To be paid before %(moment)s."), purchase.pay_before, zone))
    else:
        ended = end_text(purchase.deposit, purchase.currency) if purchase.deposit else None
        notes.append(ended or gettext("Nothing was charged."))
    return notes


def _at(words: str, moment: datetime, zone: str) -> str:
    return words % {"moment": moment_text(moment, zone)}
