"""The budgets of a festival: what was given off by market and by who pays, what runs out soonest, packets and pools."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairground.checkout.actions.end_purchases import cancel_purchase
from fairground.festivals.models import FestivalRate
from fairground.orders.funding import Funded, discounts_funded
from fairground.promotions import budgets
from fairground.promotions.actions.coupons import collect_coupons
from fairground.promotions.actions.declare import edit_promotion
from fairground.promotions.rules.collecting import CollectRequest
from fairground.promotions.rules.declaring import MarketTerms
from tests.draws.making import make_draw
from tests.factories import (
    BY,
    NOW,
    NOW_MS,
    make_festival,
    make_market,
    make_shopper,
    make_sku,
    place_one,
    place_request,
)
from tests.promotion_making import make_coupon, make_promotion
from tests.redpackets.giving import grab_one, make_campaign, make_round
from tests.refunding import back, make_scene
from tests.sites.back_office.staff import sign_in

PAGE = "/back-office/budgets/"
DAY = timedelta(days=1)
LATE = datetime(2080, 1, 1, tzinfo=UTC)
EVERY_300 = MarketTerms(threshold_minor=30_000, off_minor=4_000)


@pytest.fixture(autouse=True)
def _fair(lone_writer: object) -> None:
    make_market()
    make_festival()


def buy(shopper_id: int, *, price_minor: int = 30_000, **wishes: object) -> int:
    """Place a purchase of one unit and return its id."""
    request = place_request(make_sku(price_minor=price_minor).line(1), shopper_id=shopper_id, **wishes)  # type: ignore[arg-type]
    return place_one(request).purchase_id


def shown() -> str:
    return " ".join(sign_in().get(PAGE).content.decode().split())


def funded() -> list[Funded]:
    return discounts_funded(from_at=NOW - DAY, to_at=NOW + DAY)


def test_what_was_given_off_is_added_up_by_market_by_source_and_by_who_pays() -> None:
    promotion = make_promotion(merchant_bps=2_500, repeats=True, terms={"EU": EVERY_300})
    coupon = make_coupon()
    ada = make_shopper()
    collect_coupons([CollectRequest(coupon, "EU", ada, verified=True)], now_ms=NOW_MS)

    buy(ada, coupons=(coupon,))
    buy(make_shopper())

    assert funded() == [
        Funded("coupon", coupon, "EU", "EUR", 1_000, 0),
        Funded("promotion", promotion, "EU", "EUR", 6_000, 2_000),
    ]
    page = shown()
    for text in ("80.00 EUR", "10.00 EUR", "<strong><bdi>90.00 EUR</bdi></strong>", "70.00 EUR", "20.00 EUR"):
        assert text in page


def test_packets_that_were_used_are_the_platforms_and_one_sum() -> None:
    ada, eve = make_shopper(), make_shopper()
    round_id = make_round(packets=2, budget_minor=2_000)
    packets = [grab_one(round_id, shopper_id=one) for one in (ada, eve)]
    for shopper_id, packet in zip((ada, eve), packets, strict=True):
        buy(shopper_id, packets=(packet.packet_id,))

    assert funded() == [Funded("packet", 0, "EU", "EUR", 2_000, 0)]
    assert "taken: <bdi>20.00 of 1,000.00 EUR</bdi>" in shown()


def test_what_no_rate_was_pinned_for_is_named_beside_the_sums() -> None:
    make_market(code="JP", currency="JPY", tax_rates_bps={"JP": 1_000})
    make_promotion(terms={"EU": EVERY_300, "JP": EVERY_300})
    buy(make_shopper())
    line = make_sku(market="JP", price_minor=30_000).line(1)
    place_one(place_request(line, shopper_id=make_shopper(), market="JP", currency="JPY", country="JP", region="JP"))

    assert "Not in these sums, as no exchange rate was pinned: 4,000 JPY." in shown()
    FestivalRate.objects.create(festival_id="fair", currency="JPY", numerator=1, denominator=160, quoted_at=NOW)
    page = shown()

    assert "<strong><bdi>40.00 EUR</bdi></strong>" in page
    assert ("Not in these sums" in page, '<bdi dir="ltr">65.00 EUR</bdi>' in page) == (False, True)


def test_what_was_cancelled_or_bought_at_another_time_is_not_counted() -> None:
    make_promotion(terms={"EU": EVERY_300})
    ada = make_shopper()
    cancelled = buy(ada)
    buy(make_shopper())
    cancel_purchase(purchase_id=cancelled, shopper_id=ada, now_ms=NOW_MS)

    assert [one.amount_minor for one in funded()] == [4_000]
    assert discounts_funded(from_at=NOW + DAY, to_at=NOW + 2 * DAY) == []
    assert discounts_funded(from_at=NOW - 2 * DAY, to_at=NOW - DAY) == []


def test_what_ended_with_units_that_were_refunded_is_not_counted() -> None:
    scene = make_scene()
    assert [(one.word, one.platform_minor, one.merchants_minor) for one in funded()] == [
        ("coupon", 1_000, 0),
        ("packet", 777, 0),
        ("promotion", 1_999, 2_001),
    ]

    for _ in range(2):
        back(scene.chairs, 1, 1)

    # Of the discounts on three chairs, two parts in three ended, each by its own.
    assert [(one.word, one.platform_minor, one.merchants_minor) for one in funded()] == [
        ("coupon", 529, 0),
        ("packet", 412, 0),
        ("promotion", 1_058, 1_060),
    ]
    assert "<strong><bdi>30.59 EUR</bdi></strong>" in shown()


def test_what_runs_out_soonest_stands_first_and_what_ended_is_left_out() -> None:
    opened = {"opens_at": NOW - DAY, "closes_at": LATE}
    slow = MarketTerms(threshold_minor=30_000, off_minor=4_000, uses_max=1_000_000)
    fast = MarketTerms(threshold_minor=30_000, off_minor=5_000, uses_max=1)
    make_promotion(terms={"EU": slow}, **opened)
    spent = make_promotion(terms={"EU": fast}, **opened)
    ended = make_promotion(terms={"EU": slow}, **opened)
    edit_promotion(promotion_id=ended, by=BY, is_on=False)

    buy(make_shopper())
    page = shown()

    soonest = page[page.index("What runs out soonest") :]
    places = [soonest.index(text) for text in (f"/promotions/{spent}/", "1 of 1<", "Of 1 bound nothing is taken yet.")]
    assert places == sorted(places)
    assert "<strong>used up</strong>" in soonest
    assert f"/promotions/{ended}/" not in page


def test_of_too_many_bounds_those_that_end_soonest_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    bounded = {"EU": MarketTerms(off_minor=100, uses_max=10)}
    late, soon = (make_promotion(terms=bounded, closes_at=NOW + days * DAY) for days in (3, 2))
    make_promotion(closes_at=NOW + DAY)
    ended = make_promotion(terms=bounded, closes_at=NOW + DAY)
    edit_promotion(promotion_id=ended, by=BY, is_on=False)
    make_promotion(terms=bounded, opens_at=NOW - 2 * DAY, closes_at=NOW - DAY)

    def looked_at() -> list[int]:
        found = budgets.bounded_promotions(from_at=NOW - 9 * DAY, to_at=NOW + 9 * DAY, now=NOW)
        return sorted(one.id for one in found)

    assert looked_at() == sorted([soon, late])
    monkeypatch.setattr(budgets, "BUDGETS_MAX", 1)
    assert looked_at() == [soon]


def test_the_first_page_counts_what_runs_out_before_it_closes() -> None:
    opened = {"opens_at": NOW - DAY, "closes_at": LATE}
    make_promotion(terms={"EU": MarketTerms(threshold_minor=30_000, off_minor=4_000, uses_max=1)}, **opened)

    def tile() -> str:
        page = sign_in().get("/back-office/").content.decode()
        return page[page.index("Bounds that run out") :].partition("</b>")[0]

    assert "<bdi>0</bdi>" in tile()
    buy(make_shopper())
    assert "<bdi>1</bdi>" in tile()


def test_the_pools_of_the_festivals_draws_have_their_bars() -> None:
    make_draw()

    assert "awarded: <bdi>0.00 of 1,000.00 EUR</bdi>" in shown()


def test_more_promotions_campaigns_and_markets_ask_nothing_more_of_the_database() -> None:
    client = sign_in()

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(PAGE).status_code == 200
        return len(asked)

    def fill(count: int) -> None:
        for _ in range(count):
            make_promotion(terms={"EU": MarketTerms(off_minor=100, uses_max=10)}, opens_at=NOW, closes_at=LATE)
            make_campaign()
            buy(make_shopper())

    fill(1)
    few = statements()
    fill(5)

    assert statements() == few


def test_who_may_not_see_budgets_sees_none() -> None:
    assert [sign_in(role).get(PAGE).status_code for role in ("support", "editor")] == [403, 403]


def test_a_festival_that_is_not_there_is_no_page() -> None:
    assert sign_in().get(PAGE, {"festival": "nowhere"}).status_code == 404
