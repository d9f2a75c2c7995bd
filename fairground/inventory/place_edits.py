"""Where a merchant's goods are sent from, written by hand: customs counts by it."""

from fairground.inventory.models import Place
from fairground.inventory.rules import PLACE_CITY_LENGTH_MAX
from fairground.kernel.edits import Act, By, changes_between, edit_turn, tell_offers_changed, write_audit
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.markets.queries import is_country


class NoSuchWarehouse(Refusal):
    """The merchant has no place of this name."""


class PlaceImpossible(Refusal):
    """There is no country of this code (ISO 3166-1 alpha-2), or the city's name is too long."""


def edit_place(*, merchant_id: int, name: str, country: str, by: By, city: str | None = None) -> bool:
    """Write in which country, and city if it is said, a merchant's place is; return whether anything changed.

    Orders that were placed keep the duties that were frozen with them.

    :raises PlaceImpossible: nothing changed
    :raises NoSuchWarehouse: nothing changed
    :raises ShopBusy: nothing changed
    """
    if not is_country(country) or len(city or "") > PLACE_CITY_LENGTH_MAX:
        raise PlaceImpossible(country=country, city=city)
    with edit_turn(lanes=[lane_of(merchant_id)], now=by.now) as turn:
        place = Place.objects.filter(merchant_id=merchant_id, name=name).first()
        if place is None:
            raise NoSuchWarehouse(merchant_id=merchant_id, name=name)
        before = {"country": place.country, "city": place.city}
        facts = changes_between(before, {"country": country, "city": place.city if city is None else city})
        if not facts:
            return False
        Place.objects.filter(id=place.id).update(**{field: after for field, (_, after) in facts.items()})
        tell_offers_changed(turn)
        write_audit(by=by, acts=[Act("place-edited", "merchant", merchant_id, {"place": (name, name)} | facts)])
    return True
