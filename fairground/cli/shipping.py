"""`fairground shipping`: what merchants ask for sending an order, by market."""

import json
from datetime import UTC, datetime

import click

from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.edits import By, ShopBusy
from fairground.kernel.money import decimal_text, minor_from_text
from fairground.markets.queries import market_currencies
from fairground.merchants.actions import ShippingOutOfRange, set_shipping
from fairground.merchants.queries import MerchantFacts, merchant_facts, shipping_by_market
from fairground.merchants.rules import SHIPPING_DAYS_MAX, ShippingRate

GROUP_EPILOG = """\b
Examples:
  fairground shipping set olmo EU 4.90 --free-from 50 --days 2-4
  fairground shipping show olmo
"""
SHOW_EPILOG = """\b
Examples:
  fairground shipping show olmo
  fairground shipping show olmo --json
"""
SET_EPILOG = """\b
Examples, a flat price that is nothing from 50.00 of goods on; another price, all else as it was; always nothing, in two
to four days; not said any more:
  fairground shipping set olmo EU 4.90 --free-from 50 --days 2-4
  fairground shipping set olmo EU 5.90
  fairground shipping set olmo EU 0 --days 2-4 --json
  fairground shipping set olmo EU none
"""


# What a first price comes with where nothing else is said.
_AT_FIRST = ShippingRate(price_minor=0, free_from_minor=0, days_min=2, days_max=5)


class Days(click.ParamType[tuple[int, int]]):
    """How many days it takes, from and to, as in 2-4."""

    name = "days"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Return both, or say how they are written."""
        if isinstance(value, tuple):
            return value
        first, dash, last = str(value).partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            self.fail(f"{value!r} is no number of days such as 3 or 2-4", param, ctx)
        return int(first), int(last or first)


@click.group(epilog=GROUP_EPILOG)
def shipping() -> None:
    """What merchants ask for sending an order, by market."""


@shipping.command(epilog=SHOW_EPILOG)
@click.argument("merchant")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def show(merchant: str, realm: str | None, as_json: bool) -> None:
    """List what MERCHANT (its slug) asks for shipping in each market; where nothing is set, it asks nothing."""
    enter_realm(realm)
    with realm_database():
        rates = shipping_by_market(merchant_id=_merchant(merchant).id)
        currencies = market_currencies()
    for market, currency in currencies.items():
        rate = rates.get(market)
        click.echo(json.dumps(_told(merchant, market, currency, rate)) if as_json else _line(market, currency, rate))


@shipping.command("set", epilog=SET_EPILOG)
@click.argument("merchant")
@click.argument("market")
@click.argument("price")
@click.option(
    "--free-from", metavar="AMOUNT", help="Goods from which it is free, 0: none are; else as before, at first 0."
)
@click.option("--days", type=Days(), help="How many days it takes; else as before, at first 2-5.")
@click.option("--reason", default="", help="Why; it is in the audit log.")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def set_(
    merchant: str,
    market: str,
    price: str,
    free_from: str | None,
    days: tuple[int, int] | None,
    reason: str,
    realm: str | None,
    as_json: bool,
) -> None:
    """Ask PRICE, in the currency of MARKET, for an order of MERCHANT (its slug); `none` asks nothing.

    Orders that were placed keep what they were charged.
    """
    is_none = price == "none"
    if is_none and (free_from is not None or days is not None):
        raise click.UsageError("none asks nothing: it goes without --free-from and --days")
    enter_realm(realm)
    with realm_database():
        market = market.upper()
        currency = _currency(market)
        before = shipping_by_market(merchant_id=_merchant(merchant).id).get(market)
        rate = (
            None if is_none else rate_of(price=price, free_from=free_from, days=days, currency=currency, before=before)
        )
        changed = set_rate(merchant=merchant, market=market, rate=rate, reason=reason)
    told = _told(merchant, market, currency, rate) | {"changed": changed}
    click.echo(json.dumps(told) if as_json else "Shipping is set." if changed else "It was so before.")


def rate_of(
    *,
    price: str,
    free_from: str | None,
    days: tuple[int, int] | None,
    currency: str,
    before: ShippingRate | None = None,
) -> ShippingRate:
    """Return the rate that texts say, in minor units of a currency; what is None stays as it was `before`.

    :raises click.ClickException: an amount can't be read, or there is no such market
    """
    if not currency:
        raise click.ClickException("there is no such market")
    kept = before or _AT_FIRST
    try:
        price_minor = minor_from_text(price, currency=currency)
        free_minor = minor_from_text(free_from, currency=currency) if free_from is not None else kept.free_from_minor
    except ValueError as error:
        raise click.ClickException(f"{error}") from error
    return ShippingRate(price_minor, free_minor, *(days or (kept.days_min, kept.days_max)))


def set_rate(*, merchant: str, market: str, rate: ShippingRate | None, reason: str = "") -> bool:
    """Set what a merchant asks, and return whether it changed; who calls has the realm's database up.

    :raises click.ClickException: it was refused, with the reason in words; nothing changed
    """
    by = By(user_id=None, now=datetime.now(UTC), reason=reason)
    _currency(market)
    try:
        return set_shipping(merchant_id=_merchant(merchant).id, rates={market: rate}, by=by)
    except ShippingOutOfRange as refusal:
        raise click.ClickException(
            f"an amount is out of range, or the days are not 1 to {SHIPPING_DAYS_MAX} in order; nothing changed"
        ) from refusal
    except ShopBusy as refusal:
        raise click.ClickException("the sale is busy just now; nothing changed") from refusal


def _currency(market: str) -> str:
    currencies = market_currencies()
    if market not in currencies:
        raise click.ClickException(f"there is no market {market}; there are {', '.join(currencies)}")
    return currencies[market]


def _merchant(slug: str) -> MerchantFacts:
    facts = merchant_facts(slug=slug)
    if facts is None:
        raise click.ClickException(f"there is no merchant {slug}")
    return facts


def _told(merchant: str, market: str, currency: str, rate: ShippingRate | None) -> dict[str, object]:
    return {
        "merchant": merchant,
        "market": market,
        "currency": currency,
        "price_minor": rate.price_minor if rate else None,
        "free_from_minor": rate.free_from_minor if rate else None,
        "days": [rate.days_min, rate.days_max] if rate else None,
    }


def _line(market: str, currency: str, rate: ShippingRate | None) -> str:
    if rate is None:
        return f"{market:<4}  nothing is asked"
    free = f", nothing from {decimal_text(rate.free_from_minor, currency)} on" if rate.free_from_minor else ""
    price = f"{decimal_text(rate.price_minor, currency)} {currency}"
    return f"{market:<4}  {price}{free}, {rate.days_min}-{rate.days_max} days"
