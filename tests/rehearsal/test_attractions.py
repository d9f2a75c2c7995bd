"""What a demo offers beside its crowd: once, in every market, and nothing that the crowd's own orders would meet."""

from datetime import timedelta

import pytest

from fairground.draws.models import Draw
from fairground.draws.rules.terms import DrawState
from fairground.festivals.models import FestivalRate, Presale, PresalePrice
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.models import AuditEntry
from fairground.promotions.models import Promotion, PromotionTerms
from fairground.redpackets.models import PacketCampaign, PacketRound
from fairground.rehearsal.attractions import offer_attractions, offer_presale
from fairground.rehearsal.goods import read_goods
from fairground.rehearsal.rounding import round_minor
from fairground.rehearsal.staging import set_opening
from tests.factories import NOW, SkuMade, make_market, make_sku

EARLIER = NOW - timedelta(days=30)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def dear(lone_writer: object) -> SkuMade:
    """The dearer of two deals, in a festival that opens in thirty days."""
    make_market()
    make_sku(price_minor=2_000, deal_price_minor=1_500)
    return make_sku(price_minor=90_000, deal_price_minor=80_000)


def test_the_dearest_deal_becomes_a_presale_and_the_crowd_knows_it_no_more(dear: SkuMade) -> None:
    before = {good.deal_id for good in read_goods().all}

    product_id = offer_presale(now=EARLIER)

    presale, price = Presale.objects.get(), PresalePrice.objects.get()
    deal = presale.deal
    assert (presale.deal_id, product_id) == (dear.deal_id, deal.sku.product_id)
    assert (deal.opens_at, deal.closes_at) == (NOW + 2 * MINUTE, NOW + 12 * HOUR)
    assert (presale.balance_opens_at, presale.balance_closes_at) == (NOW + 12 * HOUR, NOW + 24 * HOUR)
    assert (price.deposit_minor, price.inflation_minor) == (8_000, 4_000)
    assert before - {good.deal_id for good in read_goods().all} == {dear.deal_id}


def test_the_presale_moves_with_the_festival_and_is_offered_once(dear: SkuMade) -> None:
    first = offer_presale(now=EARLIER)
    opens_at = EARLIER + 6 * MINUTE

    set_opening(opens_at=opens_at, now_ms=to_unix_ms(EARLIER))

    assert offer_presale(now=EARLIER) == first
    assert Presale.objects.get().deal.opens_at == opens_at + 2 * MINUTE
    assert Presale.objects.get().balance_opens_at == opens_at + 12 * HOUR


def test_a_festival_that_would_open_at_once_is_moved_a_day_ahead_first(dear: SkuMade) -> None:
    offer_presale(now=NOW + HOUR)

    assert Presale.objects.get().deal.opens_at == NOW + 25 * HOUR + 2 * MINUTE


def test_where_nothing_is_sold_there_is_no_presale(lone_writer: object) -> None:
    make_market()
    make_sku(deal_price_minor=1, price_minor=1)

    assert offer_presale(now=EARLIER) is None
    assert not Presale.objects.exists()


def test_coupons_a_draw_and_rain_are_offered_in_every_market_and_once(dear: SkuMade) -> None:
    make_market(code="JP", currency="JPY", tax_rates_bps={})
    FestivalRate.objects.create(festival_id="fair", currency="JPY", numerator=1, denominator=170, quoted_at=NOW)

    offer_attractions(now=NOW)
    acts = AuditEntry.objects.count()
    offer_attractions(now=NOW + HOUR)

    assert AuditEntry.objects.count() == acts
    assert (Promotion.objects.count(), PromotionTerms.objects.count()) == (3, 6)
    assert Draw.objects.get().state == DrawState.OPEN
    assert sorted(PacketCampaign.objects.values_list("market_id", flat=True)) == ["EU", "JP"]
    assert PacketRound.objects.earliest("opens_at").opens_at == NOW + 2 * MINUTE


def test_whatever_makes_a_purchase_cheaper_there_is_a_coupon_that_it_has_to_name(dear: SkuMade) -> None:
    offer_attractions(now=NOW)

    assert set(Promotion.objects.values_list("needs_coupon", flat=True)) == {True}


@pytest.mark.parametrize(
    ("euros_minor", "currency", "rounded"), [(5_000, "EUR", 5_000), (1_000, "EUR", 1_000), (1_234, "EUR", 1_000)]
)
def test_an_amount_is_round_and_never_more(euros_minor: int, currency: str, rounded: int) -> None:
    assert round_minor(euros_minor, currency=currency) == rounded


@pytest.mark.parametrize("currency", ["JPY", "VND", "USD", "INR", "KRW"])
def test_an_amount_of_another_currency_has_two_digits_of_which_the_second_is_nothing_or_five(currency: str) -> None:
    text = str(round_minor(5_000, currency=currency))

    assert text[1] in "05"
    assert set(text[2:]) <= {"0"}
