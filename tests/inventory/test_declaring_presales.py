"""Declaring a presale: what it writes, under which law, and each reason why it is refused."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from fairground.checkout.actions.place_orders import place_orders
from fairground.checkout.offer_book import OfferBook
from fairground.checkout.rules.placing import Placed, PlacedPresale
from fairground.festivals.actions import shift_festival
from fairground.festivals.guard import Code
from fairground.festivals.models import Deal, Festival, Presale, PresalePrice
from fairground.festivals.rules import Period, PresaleTerms
from fairground.inventory.deal_edits import DealFixed, NoSuchDeal, edit_deal
from fairground.inventory.presale_offers import presale_of_deal
from fairground.inventory.presales import PresaleDeclaration, PresaleRefused, declare_presale
from fairground.inventory.price_guard import GuardFinds
from fairground.inventory.queries import product_offers
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry, Writer
from fairground.kernel.refusal import Refusal
from fairground.markets.models import Market
from fairground.markets.rules import DepositMode
from tests.factories import NOW, SkuMade, make_market, make_shopper, make_sku, place_request

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEFORE = NOW - DAY
BY = By(user_id=None, now=BEFORE)
ORDER, BALANCE = Period(NOW, NOW + DAY), Period(NOW + 2 * DAY, NOW + 3 * DAY)
TERMS = {"EU": PresaleTerms(100, 50)}


@pytest.fixture
def made(lone_writer: object) -> SkuMade:
    """A deal at 1000 that opens now, a day after the presale is declared."""
    make_market()
    return make_sku(price_minor=1_200, deal_price_minor=1_000)


def declare(
    made: SkuMade,
    *,
    order: Period = ORDER,
    balance: Period = BALANCE,
    terms: Mapping[str, PresaleTerms] = TERMS,
    by: By = BY,
) -> None:
    declare_presale(deal_id=made.deal_id or 0, declaration=PresaleDeclaration(order, balance, terms), by=by)


def test_a_deal_becomes_a_presale_under_the_law_of_its_market(made: SkuMade) -> None:
    Market.objects.update(deposit_mode=DepositMode.EARNEST, deposit_max_bps=2_000)
    version = Writer.objects.get().offers_version

    declare(made, order=Period(NOW + HOUR, NOW + DAY))

    presale = Presale.objects.get()
    assert (presale.balance_opens_at, presale.balance_closes_at) == (BALANCE.opens_at, BALANCE.closes_at)
    columns = ("market_id", "price_minor", "deposit_minor", "inflation_minor", "deposit_mode", "deposit_max_bps")
    assert PresalePrice.objects.values_list(*columns).get() == ("EU", 1_000, 100, 50, DepositMode.EARNEST, 2_000)
    assert Deal.objects.values_list("opens_at", "closes_at").get() == (NOW + HOUR, NOW + DAY)
    assert AuditEntry.objects.values_list("verb", "subject_kind").get() == ("presale", "deal")
    assert Writer.objects.get().offers_version == version + 1


def test_it_can_be_ordered_at_once_by_who_knew_the_deal_before(made: SkuMade) -> None:
    book, shopper_id = OfferBook(), make_shopper()
    book.look_up([(made.id, made.deal_id, "EU")], now=NOW)

    declare(made)
    request = place_request(made.deal_line(), shopper_id=shopper_id)
    (placed,) = place_orders([request], book=book, now_ms=to_unix_ms(NOW))

    assert isinstance(placed, Placed), placed
    assert placed.presale == PlacedPresale(100, to_unix_ms(BALANCE.opens_at), to_unix_ms(BALANCE.closes_at))


def test_declared_again_it_is_as_it_was_said_last(made: SkuMade) -> None:
    declare(made)

    declare(made, terms={"EU": PresaleTerms(200, 0)})

    assert PresalePrice.objects.values_list("deposit_minor", "inflation_minor").get() == (200, 0)


REFUSED: dict[str, tuple[dict[str, object], Refusal]] = {
    "an order window in the past": (
        {"order": Period(BEFORE, NOW)},
        PresaleRefused(why="past"),
    ),
    "a balance before the last order": (
        {"balance": Period(NOW + HOUR, NOW + 3 * DAY)},
        PresaleRefused(why="balance-earlier"),
    ),
    "no terms for a market": ({"terms": {}}, PresaleRefused(why="deposit", market="EU")),
    "no balance left": ({"terms": {"EU": PresaleTerms(950, 50)}}, PresaleRefused(why="deposit", market="EU")),
    "more earnest money than the law allows": (
        {"terms": {"EU": PresaleTerms(191, 50)}},
        PresaleRefused(why="law", market="EU"),
    ),
    "a deal that has opened": ({"by": By(user_id=None, now=NOW)}, DealFixed(deal=0)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_its_reason_and_nothing_changes(name: str, made: SkuMade) -> None:
    Market.objects.update(deposit_mode=DepositMode.EARNEST, deposit_max_bps=2_000)
    changes, refusal = REFUSED[name]
    before = list(Deal.objects.values())

    with pytest.raises(type(refusal)) as refused:
        declare(made, **changes)  # type: ignore[arg-type]

    assert refused.value == (refusal if isinstance(refusal, PresaleRefused) else DealFixed(deal=made.deal_id))
    assert list(Deal.objects.values()) == before
    assert not Presale.objects.exists()
    assert not AuditEntry.objects.exists()


def test_what_a_deposit_counts_for_does_not_pass_by_the_price_guard(made: SkuMade) -> None:
    declare(made, terms={"EU": PresaleTerms(1, 50)})
    before = list(PresalePrice.objects.values())

    with pytest.raises(GuardFinds) as refused:
        declare(made, terms={"EU": PresaleTerms(1, 900)})

    assert Code.TOO_DEEP in {one.code for one in refused.value.findings}
    assert list(PresalePrice.objects.values()) == before


def test_a_deal_that_there_is_not_becomes_none(made: SkuMade) -> None:
    with pytest.raises(NoSuchDeal):
        declare_presale(deal_id=1, declaration=PresaleDeclaration(ORDER, BALANCE, TERMS), by=BY)


def test_the_price_of_a_presale_is_not_edited_under_its_deposit(made: SkuMade) -> None:
    declare(made)

    with pytest.raises(DealFixed):
        edit_deal(deal_id=made.deal_id or 0, units=5, buyer_limit=0, prices_minor={"EU": 900}, by=BY)


def test_a_presale_is_shown_as_itself_and_not_as_a_deal_for_the_cart(made: SkuMade) -> None:
    declare(made)

    found = presale_of_deal(deal_id=made.deal_id or 0, market="EU", language="en", now=NOW)

    assert found is not None
    assert (found.price_minor, found.deposit_minor, found.paid_minor, found.units_left) == (1_000, 100, 950, 10)
    assert found.is_open(now=NOW)
    (offer,) = product_offers(product_id=found.product_id, market="EU", language="en", festival="fair", now=NOW)
    assert (offer.usual_minor, offer.deal_minor) == (1_200, None)


def test_a_festival_that_is_moved_takes_the_balance_with_it(made: SkuMade) -> None:
    declare(made)

    shift_festival(slug="fair", opens_at=Festival.objects.get().opens_at + HOUR, now_ms=to_unix_ms(BEFORE))

    presale = Presale.objects.get()
    assert (presale.balance_opens_at, presale.balance_closes_at) == (BALANCE.opens_at + HOUR, BALANCE.closes_at + HOUR)
