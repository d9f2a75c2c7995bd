"""What shipping costs, in words: at the product, in the cart, and at the checkout."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from fairground.merchants.queries import shipping_rates
from fairground.merchants.rules import ShippingRate
from fairground.sites.storefront.reader import Reader
from fairground.sites.wording import money_text, number_text


@dataclass(frozen=True, slots=True)
class ShippingShown:
    """What a merchant asks for sending an order; `hint` says how much more of its goods makes that nothing."""

    price: str
    hint: str


FREE_ALWAYS = ShippingRate(price_minor=0, free_from_minor=0, days_min=1, days_max=1)


def show_shipping(rate: ShippingRate | None, *, goods_minor: int, currency: str) -> ShippingShown:
    """Return what shipping so many goods costs."""
    asked = rate or FREE_ALWAYS
    hint = ""
    if missing_minor := asked.missing_minor(goods_minor):
        hint = gettext("Free shipping from {from_sum}: {more} to go.").format(
            from_sum=money_text(asked.free_from_minor, currency), more=money_text(missing_minor, currency)
        )
    return ShippingShown(price=price_text(asked.asked_minor(goods_minor), currency), hint=hint)


def price_text(shipping_minor: int, currency: str) -> str:
    """Return what shipping costs, or that it is free."""
    return money_text(shipping_minor, currency) if shipping_minor else gettext("free")


def shipping_by_merchant(goods_minor: Mapping[int, int], reader: Reader) -> dict[int, ShippingShown]:
    """Return what shipping costs by merchant; `goods_minor` is what is bought of each."""
    assert reader.market, "shipping is seen in a market"
    rates = shipping_rates(merchant_ids=goods_minor, market=reader.market.code)
    return {
        merchant_id: show_shipping(rates.get(merchant_id), goods_minor=minor, currency=reader.market.currency)
        for merchant_id, minor in goods_minor.items()
    }


def shipping_facts(rate: ShippingRate, currency: str) -> list[str]:
    """Return sentences about a rate: what shipping costs, from which goods on nothing, and how long it takes."""
    facts = []
    price, free_from = money_text(rate.price_minor, currency), money_text(rate.free_from_minor, currency)
    if not rate.price_minor:
        facts.append(gettext("Shipping is free."))
    elif rate.free_from_minor:
        words = gettext("Shipping costs {price} an order, and nothing from {from_sum} of this merchant's goods on.")
        facts.append(words.format(price=price, from_sum=free_from))
    else:
        words = gettext("Shipping costs {price}, however much you order of this merchant at once.")
        facts.append(words.format(price=price))
    days = {"first": number_text(rate.days_min), "last": number_text(rate.days_max)}
    if rate.days_min == rate.days_max:
        arrives = ngettext("It arrives in {last} day.", "It arrives in {last} days.", rate.days_max)
    else:
        arrives = ngettext(
            "It arrives in {first} to {last} day.", "It arrives in {first} to {last} days.", rate.days_max
        )
    return [*facts, arrives.format(**days)]
