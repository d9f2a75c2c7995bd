"""A presale at the checkout: one line that comes from its page and not from the cart."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404

from fairground.carts.queries import CartLine
from fairground.catalog.rules import QUANTITY_MAX
from fairground.checkout.rules.placing import PurchasePlan
from fairground.inventory.presale_offers import PresaleOffer, presale_of_deal
from fairground.kernel.ids import parse_id
from fairground.sites.storefront.checkout.draft import Wanted
from fairground.sites.storefront.purchases.deposits import terms_text
from fairground.sites.storefront.reader import Reader
from fairground.sites.wording import money_text, short_moment_text


@dataclass(frozen=True, slots=True)
class PresaleAsked:
    """The presale that somebody is about to order, and so many units of it."""

    offer: PresaleOffer
    units: int

    @property
    def query(self) -> str:
        """Return what the checkout's addresses carry, so that they stay with this presale."""
        return f"presale={self.offer.deal_id}&units={self.units}"

    def wanted(self, *, now: datetime) -> Wanted:
        """Return it as a purchase takes it."""
        return Wanted(_line(self.offer, self.units, now), self.units, self.offer.price_minor, self.offer.deal_id, None)


@dataclass(frozen=True, slots=True)
class PresaleShown:
    """What the checkout says of a presale: what is paid now, the rest and when, and what if somebody breaks off."""

    deposit: str
    deposit_minor: int
    worth: str
    rest: str
    opens: str
    closes: str
    terms: str


def presale_asked(asked: Mapping[str, str], reader: Reader) -> PresaleAsked | None:
    """Return the presale that is asked for by `presale` and `units`; None where none is.

    :raises Http404: it can't be ordered here any more
    """
    deal_id = parse_id(asked.get("presale", ""))
    if not deal_id or reader.market is None:
        return None
    offer = presale_of_deal(deal_id=deal_id, market=reader.market.code, language=reader.language, now=reader.now)
    if offer is None:
        raise Http404
    units = asked.get("units") or "1"
    quantity = int(units) if units.isascii() and units.isdecimal() and len(units) <= len(str(QUANTITY_MAX)) else 1
    return PresaleAsked(offer, max(1, quantity))


def show_presale(plan: PurchasePlan, reader: Reader) -> PresaleShown | None:
    """Return what is due of a purchase when; None where it is no presale."""
    (line, *_) = plan.orders[0].lines
    terms = line.offer.presale
    if terms is None or reader.market is None:
        return None
    found = presale_of_deal(
        deal_id=line.offer.deal_id or 0, market=reader.market.code, language=reader.language, now=reader.now
    )
    assert found is not None, line
    currency, zone = reader.market.currency, reader.market.time_zone
    deposit_minor = terms.deposit_minor * line.quantity
    worth_minor = deposit_minor + terms.inflation_minor * line.quantity
    return PresaleShown(
        deposit=money_text(deposit_minor, currency),
        deposit_minor=deposit_minor,
        worth=money_text(worth_minor, currency) if worth_minor > deposit_minor else "",
        rest=money_text(plan.total_minor - deposit_minor, currency),
        opens=short_moment_text(found.balance_opens_at, zone),
        closes=short_moment_text(found.balance_closes_at, zone),
        terms=terms_text(found.mode),
    )


def _line(offer: PresaleOffer, units: int, now: datetime) -> CartLine:
    return CartLine(
        sku_id=offer.sku_id,
        product_id=offer.product_id,
        brand=offer.brand,
        category=offer.category,
        merchant_id=offer.merchant_id,
        merchant_slug=offer.merchant_slug,
        merchant_name=offer.merchant_name,
        title=offer.title,
        options=offer.options,
        quantity=units,
        aside=False,
        put_at=now,
        seen_minor=None,
        seen_currency="",
        on_sale=True,
        currency=offer.currency,
        usual_minor=offer.usual_minor,
        prior_minor=None,
        deal_id=offer.deal_id,
        hall_id=None,
        deal_minor=offer.price_minor,
        buyer_limit=offer.buyer_limit,
        opens_at=offer.opens_at,
        closes_at=offer.closes_at,
        deal_units_left=offer.units_left,
        units_left=0,
        picture=offer.picture,
    )
