"""What customs asks, in words: at the product, in the cart, at the checkout, and on the purchase."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext

from fairground.checkout.borders import BorderOfGoods
from fairground.checkout.rules.plans import OrderPlan
from fairground.crossborder.queries import duty_rules
from fairground.crossborder.rules import Border, DutyRule, heading_of
from fairground.identity.queries import saved_addresses, shoppers_of
from fairground.markets.queries import MarketFacts
from fairground.orders.queries import OrderShown
from fairground.sites.storefront.addresses import CHOSEN, country_choices, likely_country
from fairground.sites.visitor import visitor_of
from fairground.sites.wording import country_text, money_text

# A chapter and its heading of a tariff code stand before its subheading, as in 9401.61.
_HEADING_ENDS = 4
# A title may run the other way than the sentence it stands in.
_ISOLATED = "\N{FIRST STRONG ISOLATE}%s\N{POP DIRECTIONAL ISOLATE}"


@dataclass(frozen=True, slots=True)
class CustomsShown:
    """What customs asks: `total` with the tax on it, empty where nothing is added, and a fact for each heading.

    `country` is into which the goods come. `warnings` are of what customs asks there itself, which no sum has in it.
    """

    country: str
    total: str
    total_minor: int
    facts: list[str]
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Destination:
    """The country to which somebody would have things sent, and what is asked of what comes there from outside."""

    country: str
    rule: DutyRule


def destination(request: HttpRequest, market: MarketFacts | None) -> Destination | None:
    """Return to where somebody would have things sent; None where that makes no difference to customs.

    It is that of the address that they gave last at a checkout, else of their first one in the market, else a guess.
    """
    rule = duty_rules().get(market.code) if market else None
    if market is None or rule is None:
        return None
    country = _country(request, market)
    return Destination(country, rule) if country in rule.countries else None


def _country(request: HttpRequest, market: MarketFacts) -> str:
    shopper_id = visitor_of(request).shopper_id
    if shopper_id is not None:
        countries = {code for code, _ in country_choices(market.code)}
        saved = saved_addresses(shopper_ids=shoppers_of(shopper_id=shopper_id))
        there = {one.id: one.address.country for one in saved if one.address.country in countries}
        if there:
            chosen: Any = request.session.get(CHOSEN)
            return there.get(chosen, next(iter(there.values())))
    return likely_country(request, market)


def customs_of_plans(
    orders: Sequence[OrderPlan], market: MarketFacts, *, country: str, language: str, merchants: dict[int, str]
) -> CustomsShown | None:
    """Return what customs asks of orders to come, with their merchants by name; None where it asks nothing."""
    total_minor = sum(order.border.total_minor for order in orders)
    facts = [
        _fact(titles, one.country, one.heading, (one.duty_minor, one.tax_minor), market.currency)
        for order in orders
        for one, titles in zip(order.border.duties, _titles(order, order.border, language), strict=True)
    ]
    warnings = [
        _asked_there(
            merchants.get(order.lines[0].offer.merchant_id, ""),
            money_text(order.border.asked_there_above_minor, market.currency),
            country,
        )
        for order in orders
        if order.border.asked_there_above_minor
    ]
    if not facts and not warnings:
        return None
    return CustomsShown(
        country=country_text(country),
        total=money_text(total_minor, market.currency) if total_minor else "",
        total_minor=total_minor,
        facts=facts,
        warnings=warnings,
    )


def customs_of_product(each: Sequence[BorderOfGoods], to: Destination, currency: str) -> list[str]:
    """Return sentences on what customs asks of a product's variants, one of one of them; none where it asks nothing."""
    asked = [one for one in each if one.border.duties]
    asked_there = [one for one in each if one.border.asked_there_above_minor]
    said = []
    if asked:
        sums = sorted({one.border.total_minor for one in asked})
        origins = {one.sent_from for one in each}
        if len(origins) > 1 or len(asked) + len(asked_there) < len(each):
            words = gettext(
                "Some of it is sent to {country} from outside its customs area: import duty from {sum} on is added at "
                "the checkout."
            )
        elif len(sums) > 1 or asked_there:
            words = gettext("Sent from {origin} to {country}: import duty from {sum} on is added at the checkout.")
        else:
            words = gettext("Sent from {origin} to {country}: import duty of {sum} is added at the checkout.")
        facts = {"origin": country_text(asked[0].sent_from), "country": country_text(to.country)}
        said.append(words.format(sum=money_text(sums[0], currency), **facts))
        if not to.rule.value_bps:
            said.append(gettext("Goods of the same tariff heading that are sent together pay it once."))
    if asked_there:
        words = gettext(
            "Of a parcel from {origin} that is worth more than {limit} without tax, customs in {country} asks for duty "
            "and tax itself when it arrives."
        )
        said.append(
            words.format(
                origin=country_text(asked_there[0].sent_from),
                limit=money_text(to.rule.value_max_minor, currency),
                country=country_text(to.country),
            )
        )
    return said


def duty_facts(order: OrderShown, currency: str) -> list[str]:
    """Return what customs asked of an order, a sentence for each heading."""
    return [
        _fact(
            [line.title for line in order.lines if line.duty_no == one.duty_no],
            one.country,
            one.heading,
            (one.duty_minor, one.tax_minor),
            currency,
        )
        for one in order.duties
    ]


def heading_text(heading: str) -> str:
    """Return a heading as tariffs print it, as in 9401.61."""
    return f"{heading[:_HEADING_ENDS]}.{heading[_HEADING_ENDS:]}"


def _titles(order: OrderPlan, border: Border, language: str) -> list[list[str]]:
    """The titles of the goods of which each duty is asked."""
    return [
        [
            line.offer.title(language).decode()
            for line in order.lines
            if (line.place_id, heading_of(line.offer.hs_code.decode())) == (one.place_id, one.heading)
        ]
        for one in border.duties
    ]


def _fact(titles: Sequence[str], country: str, heading: str, sums: tuple[int, int], currency: str) -> str:
    duty_minor, tax_minor = sums
    facts = {
        "goods": ", ".join(_ISOLATED % title for title in titles),
        "country": country_text(country),
        "heading": heading_text(heading),
        "duty": money_text(duty_minor, currency),
        "tax": money_text(tax_minor, currency),
    }
    if heading and tax_minor:
        words = gettext("{goods} · from {country}, tariff heading {heading} · duty {duty}, tax on it {tax}")
    elif heading:
        words = gettext("{goods} · from {country}, tariff heading {heading} · duty {duty}")
    elif tax_minor:
        words = gettext("{goods} · from {country} · duty {duty}, tax on it {tax}")
    else:
        words = gettext("{goods} · from {country} · duty {duty}")
    return words.format(**facts)


def _asked_there(merchant: str, limit: str, country: str) -> str:
    return gettext(
        "A parcel from {merchant} is worth more than {limit} without tax: customs in {country} asks for duty and tax "
        "itself when it arrives. That is in no sum here."
    ).format(
        merchant=merchant,
        limit=limit,
        country=country_text(country),
    )
