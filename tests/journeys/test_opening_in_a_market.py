"""A market that opens an hour after the festival: what the door, pages and checkout say of its deals."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from fairground.carts.queries import cart_lines
from fairground.catalog.models import Product
from fairground.checkout.rules.placing import DealClosed, DealNotOpen, Placed
from fairground.festivals.market_openings import open_in_markets
from fairground.festivals.models import Deal, Festival, Hall, Phase
from fairground.festivals.phase_plan import PhaseKind
from fairground.kernel.clock import to_unix_ms
from fairground.sites.moment import forget_everything
from tests.factories import SkuMade, make_festival, make_market, make_shopper, make_sku, place, place_request
from tests.journeys.test_checkout import fill_cart
from tests.people_making import make_guest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lone_writer")]

# So far ahead that it has not opened whenever the tests run.
OPENS_AT = datetime(2060, 11, 11, tzinfo=UTC)
CLOSES_AT = OPENS_AT + timedelta(days=1)
HOUR = timedelta(hours=1)
OWN_MS = to_unix_ms(OPENS_AT + HOUR)


@pytest.fixture
def chair() -> SkuMade:
    """A chair with a deal in a hall of a festival, whose one market opens and closes an hour later."""
    make_market()
    make_festival()
    made = make_sku(
        deal_price_minor=700, opens_at=OPENS_AT, closes_at=CLOSES_AT, titles={"en": "Oak chair"}, price_minor=1_000
    )

    Festival.objects.update(opens_at=OPENS_AT, closes_at=CLOSES_AT)
    hall = Hall.objects.create(festival_id="fair", slug="home", name={"en": "Home"})
    Deal.objects.update(hall=hall)
    Phase.objects.create(festival_id="fair", kind=PhaseKind.SALE, starts_at=OPENS_AT, ends_at=CLOSES_AT)
    Phase.objects.create(
        festival_id="fair", kind=PhaseKind.SALE, market_id="EU", starts_at=OPENS_AT + HOUR, ends_at=CLOSES_AT + HOUR
    )
    open_in_markets(festival="fair")
    forget_everything()
    return made


def ordered_at(chair: SkuMade, moment: datetime) -> object:
    """Return what comes of ordering the deal at a moment."""
    at_ms = to_unix_ms(moment)
    (outcome,) = place([place_request(chair.deal_line(), shopper_id=make_shopper(), arrived_at_ms=at_ms)], now_ms=at_ms)
    return outcome


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return " ".join(response.content.decode().split())


def test_the_door_sells_a_deal_from_the_markets_opening_until_its_closing(chair: SkuMade) -> None:
    facts = {"deal_id": chair.deal_id}
    assert ordered_at(chair, OPENS_AT) == DealNotOpen(**facts, opens_at_ms=OWN_MS)
    assert ordered_at(chair, OPENS_AT + HOUR - timedelta(milliseconds=1)) == DealNotOpen(**facts, opens_at_ms=OWN_MS)

    assert isinstance(ordered_at(chair, OPENS_AT + HOUR), Placed)
    assert isinstance(ordered_at(chair, CLOSES_AT + HOUR - timedelta(milliseconds=1)), Placed)
    assert ordered_at(chair, CLOSES_AT + HOUR) == DealClosed(**facts, closed_at_ms=to_unix_ms(CLOSES_AT + HOUR))


def test_the_button_turns_live_when_the_market_opens(chair: SkuMade, client: Client) -> None:
    product = text(client, f"/products/{Product.objects.get(skus=chair.id).id}")

    button = product[product.index('name="buy"') :]
    assert f'data-opens="{OWN_MS}"' in button[: button.index(">")]
    assert f"{to_unix_ms(OPENS_AT)}" not in product


def test_countdown_and_cards_are_the_markets(chair: SkuMade, client: Client) -> None:
    for address in ("/", "/halls/home"):
        page = text(client, address)

        assert f'data-opens="{OWN_MS}" data-closes="{to_unix_ms(CLOSES_AT + HOUR)}"' in page
        assert f"{to_unix_ms(OPENS_AT)}" not in page
    assert "from Nov 11, 01:00" in page


def test_who_waits_in_the_cart_waits_for_the_markets_opening(chair: SkuMade, client: Client) -> None:
    shopper_id = make_guest(client).shopper_id
    fill_cart(shopper_id, chair)

    (line,) = cart_lines(shopper_id=shopper_id, market="EU", language="en", festival="fair", now=OPENS_AT)

    assert (line.opens_at, line.closes_at) == (OPENS_AT + HOUR, CLOSES_AT + HOUR)
    assert line.opens_later(now=OPENS_AT)
