"""Reads of carts and wish lists."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from fairground.carts.models import CartEntry, Wish
from fairground.carts.rules import Standing, Supply, standing_of
from fairground.catalog.models import Sku
from fairground.catalog.pictures.picture import Picture
from fairground.inventory.rules import Asking, DealRun, asking_price
from fairground.kernel.sql import load_sql


@dataclass(frozen=True, slots=True)
class CartLine:
    """A line of a cart or of a wish list as a market offers it. `aside`: saved for later.

    `usual_minor` and `prior_minor` are None where the market does not sell it. `deal_…` and the moments are those
    of the festival's deal that is open or still to come, else None (its units and limit 0). `seen_…`: the price
    last shown, None and "" before one was. `options` are words in the reader's language, `category` is a code.
    """

    sku_id: int
    product_id: int
    brand: str | None
    category: str | None
    merchant_id: int
    merchant_slug: str
    merchant_name: str
    title: str
    options: list[str]
    quantity: int
    aside: bool
    put_at: datetime
    seen_minor: int | None
    seen_currency: str
    on_sale: bool
    currency: str
    usual_minor: int | None
    prior_minor: int | None
    deal_id: int | None
    hall_id: int | None
    deal_minor: int | None
    buyer_limit: int
    opens_at: datetime | None
    closes_at: datetime | None
    deal_units_left: int
    units_left: int
    picture: Picture | None

    def asking(self, *, now: datetime) -> Asking | None:
        """Return what one unit costs at `now`, and whether there is one; None where the market does not sell it."""
        if self.usual_minor is None:
            return None
        return asking_price(usual_minor=self.usual_minor, units_left=self.units_left, deal=self._deal, now=now)

    def at_deal(self, *, now: datetime) -> bool:
        """Return whether a unit bought at `now` is one of the deal's."""
        deal = self._deal
        return deal is not None and deal.opens_at <= now < deal.closes_at and deal.units_left > 0

    def opens_later(self, *, now: datetime) -> bool:
        """Return whether there is a deal that is still to come."""
        return self.opens_at is not None and now < self.opens_at

    def supply(self, *, now: datetime) -> Supply:
        """Return what there is at the price that is asked at `now`."""
        if self.at_deal(now=now):
            return Supply(self.deal_units_left, self.buyer_limit)
        return Supply(self.units_left, 0)

    def standing(self, *, now: datetime) -> Standing:
        """Return what a person is to be told about the line."""
        return standing_of(
            on_sale=self.on_sale,
            asking=self.asking(now=now),
            supply=self.supply(now=now),
            quantity=self.quantity,
        )

    def buyable(self, *, now: datetime) -> int:
        """Return how many of its units can be bought at `now`; they alone count to the sum."""
        if not self.on_sale or self.usual_minor is None:
            return 0
        return self.supply(now=now).units_for(self.quantity)

    def price_before(self, *, now: datetime) -> int | None:
        """Return the price last shown where another one is asked now; None across currencies."""
        asking = self.asking(now=now)
        if asking is None or self.seen_currency != self.currency or self.seen_minor == asking.price_minor:
            return None
        return self.seen_minor

    @property
    def _deal(self) -> DealRun | None:
        if self.deal_minor is None or self.opens_at is None or self.closes_at is None:
            return None
        return DealRun(
            self.deal_minor, self.opens_at, self.closes_at, self.deal_units_left, prior_minor=self.prior_minor
        )


def is_on_sale(*, sku_id: int) -> bool:
    """Return whether a SKU can be put into a cart."""
    return Sku.objects.filter(id=sku_id, on_sale=True).exists()


def cart_lines(*, shopper_id: int, market: str, language: str, festival: str | None, now: datetime) -> list[CartLine]:
    """Return the lines of a cart and those set aside, in the order in which they were put there; one statement."""
    return _kept_goods(False, shopper_id, market, language, festival, now)


def wish_lines(*, shopper_id: int, market: str, language: str, festival: str | None, now: datetime) -> list[CartLine]:
    """Return a wish list, the newest first; one statement. A quantity is 1, `seen_…` the price when it was saved."""
    return _kept_goods(True, shopper_id, market, language, festival, now)[::-1]


def _kept_goods(
    wishes: bool, shopper_id: int, market: str, language: str, festival: str | None, now: datetime
) -> list[CartLine]:
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("carts", "kept_goods"),
            {
                "wishes": wishes,
                "shopper_id": shopper_id,
                "market": market,
                "language": language,
                "festival": festival,
                "now": now,
            },
        )
        return [CartLine(*[*row[:-3], Picture(*row[-3:]) if row[-1] else None]) for row in cursor]


def cart_count(*, shopper_id: int) -> int:
    """Return how many lines a cart has; those set aside do not count."""
    return CartEntry.objects.filter(shopper_id=shopper_id, aside=False).count()


def goods_wished(*, shopper_id: int) -> int:
    """Return how many goods are on a shopper's wish list."""
    return Wish.objects.filter(shopper_id=shopper_id).count()


def goods_kept(*, shopper_ids: Collection[int]) -> Iterator[dict[str, Any]]:
    """Yield all that these shoppers have in carts and on wish lists, as it is kept, for whoever asks for their data."""
    for list_name, rows in (("cart", CartEntry.objects), ("wish list", Wish.objects)):
        for row in rows.filter(shopper_id__in=shopper_ids).order_by("put_at").values():
            ids = {name: str(row[name]) for name in ("shopper_id", "sku_id")}
            yield {"list": list_name, **row, **ids}
