"""Awarding prizes: into the right wallet, once, within every cap."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from fairground.catalog.models import Price
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.protect_prices import return_difference
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.rules.refunding import PaidByPrize
from fairground.draws.actions.announce_draws import NoSuchDraw
from fairground.draws.actions.award_prizes import Awarded, DrawNotDrawn, award_prizes
from fairground.draws.actions.draw_winners import close_draw
from fairground.draws.models import Award, PrizePool
from fairground.draws.queries import draws_to_award
from fairground.draws.rules.terms import DrawState, EntryKind, PrizeKind, PrizeTerms
from fairground.draws.tasks import award_due_prizes
from fairground.festivals.models import FestivalRate
from fairground.identity.models import Shopper
from fairground.ledger.models import Transfer
from fairground.ledger.queries import accounts_that_disagree, balances
from fairground.ledger.rules import TransferKind
from fairground.orders.models import Order
from fairground.orders.rules import RefundReason, Step
from fairground.payments.queries import wallet_balance_minor
from fairground.payments.rules import prizes_address
from tests.books import hot_rows
from tests.draws.making import (
    CLOSING,
    DRAWING,
    EXEMPTION,
    buy,
    close_and_draw,
    draw_row,
    enter_all_paid,
    enter_free,
    make_draw,
)
from tests.factories import NOW, NOW_MS, make_festival, make_market, make_shopper, make_sku


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    make_market()


def award() -> Awarded:
    return award_prizes(slug="gala", now=DRAWING.now)


def balance(shopper_id: int, currency: str = "EUR") -> int:
    return wallet_balance_minor(shopper_id=shopper_id, currency=currency)


def ship(purchase_id: int, *, then: Step = Step.SHIPPED) -> None:
    """Take all orders of a purchase on."""
    orders = Order.objects.filter(purchase_id=purchase_id).values_list("id", flat=True)
    advance_orders(order_ids=list(orders), then=then, now_ms=NOW_MS + 1)


def pool() -> tuple[int, int]:
    """Return the pool's cap and what was awarded of it."""
    return PrizePool.objects.values_list("cap_minor", "awarded_minor").get()


def test_a_prize_goes_from_the_platform_into_the_winners_wallet_once() -> None:
    ada = make_shopper(lane=9)
    make_draw()
    enter_free(ada)
    close_and_draw()

    assert award() == Awarded(awarded=1, waiting=0)
    assert award() == Awarded(awarded=0, waiting=0)

    [transfer] = Transfer.objects.all()
    assert (transfer.kind, transfer.amount_minor, transfer.lane) == (TransferKind.PRIZE, 5_000, 9)
    assert balances([(9, prizes_address("EUR"))])[9, prizes_address("EUR")].balance_minor == 5_000
    assert (balance(ada), pool(), draw_row().state) == (5_000, (100_000, 5_000), DrawState.PAID)
    [row] = Award.objects.all()
    assert (row.place, row.amount_minor, row.charged_minor, row.transfer_id) == (1, 5_000, 5_000, transfer.id)
    assert accounts_that_disagree() == []


def test_an_exemption_pays_the_purchase_back_once_nothing_of_it_can_be_cancelled() -> None:
    chair, ada = make_sku(deal_price_minor=800), make_shopper(lane=3)
    make_draw(prizes=[EXEMPTION])
    purchase = buy(chair, shopper_id=ada, quantity=2)
    enter_all_paid()
    close_and_draw()
    before = hot_rows()

    assert award() == Awarded(awarded=0, waiting=1)
    assert (hot_rows(), pool(), draws_to_award()) == (before, (100_000, 0), ["gala"])
    ship(purchase)
    award_due_prizes()

    [transfer] = Transfer.objects.filter(kind=TransferKind.PAYMENT_EXEMPTION)
    assert (transfer.amount_minor, balance(ada), pool()) == (1_600, 1_600, (100_000, 1_600))
    assert (draw_row().state, draws_to_award()) == (DrawState.PAID, [])


def test_what_was_cancelled_of_the_winning_purchase_is_not_paid_twice() -> None:
    chair, ada = make_sku(deal_price_minor=800), make_shopper()
    make_draw(prizes=[EXEMPTION])
    purchase = buy(chair, shopper_id=ada)
    enter_all_paid()
    close_and_draw()
    ship(purchase, then=Step.CANCELLED)

    assert award() == Awarded(awarded=1, waiting=0)

    assert (balance(ada), pool()) == (800, (100_000, 0))
    assert list(Award.objects.values_list("amount_minor", "transfer_id")) == [(0, None)]


def test_what_went_back_of_the_winning_purchase_is_not_paid_twice_and_what_was_paid_back_does_not_go_back() -> None:
    chair, ada = make_sku(deal_price_minor=800), make_shopper()
    make_draw(prizes=[EXEMPTION])
    purchase = buy(chair, shopper_id=ada, quantity=2)
    enter_all_paid()
    close_and_draw()
    ship(purchase)
    units = {(Order.objects.get(purchase_id=purchase).id, 1): 1}
    refund_lines(units=units, reason=RefundReason.FAULTY, by=DRAWING)

    assert award() == Awarded(awarded=1, waiting=0)
    Price.objects.filter(sku_id=chair.id).update(price_minor=700)
    before = hot_rows()
    with pytest.raises(PaidByPrize) as refused:
        refund_lines(units=units, reason=RefundReason.FAULTY, by=DRAWING)
    assert refused.value.facts == {"purchase_id": purchase, "left_minor": 0}
    with pytest.raises(PaidByPrize):
        return_difference(purchase_id=purchase, shopper_id=ada, now_ms=NOW_MS + 2)

    assert (balance(ada), pool()) == (1_600, (100_000, 800))
    assert hot_rows() == before


def test_of_a_purchase_whose_prize_was_capped_goes_back_what_the_prize_left_and_no_more() -> None:
    chair, lamp, ada = make_sku(deal_price_minor=800), make_sku(price_minor=600), make_shopper()
    make_draw(prizes=[PrizeTerms(PrizeKind.EXEMPTION, 1, {"EU": 700})])
    purchase = buy(chair, shopper_id=ada, beside=[lamp.line(1)])
    enter_all_paid()
    close_and_draw()
    ship(purchase)
    assert award() == Awarded(awarded=1, waiting=0)
    of_chair, of_lamp = Order.objects.filter(purchase_id=purchase).order_by("-total_minor").values_list("id", flat=True)
    before = hot_rows()

    with pytest.raises(PaidByPrize) as refused:
        refund_lines(units={(of_chair, 1): 1}, reason=RefundReason.FAULTY, by=DRAWING)
    with pytest.raises(PaidByPrize):
        refund_lines(units={(of_chair, 1): 1, (of_lamp, 1): 1}, reason=RefundReason.FAULTY, by=DRAWING)
    assert refused.value.facts == {"purchase_id": purchase, "left_minor": 700}
    assert hot_rows() == before

    refund_lines(units={(of_lamp, 1): 1}, reason=RefundReason.FAULTY, by=DRAWING)
    Price.objects.filter(sku_id=chair.id).update(price_minor=699)  # 101 less than it was paid, and 100 are left
    with pytest.raises(PaidByPrize):
        return_difference(purchase_id=purchase, shopper_id=ada, now_ms=NOW_MS + 2)
    Price.objects.filter(sku_id=chair.id).update(price_minor=700)
    assert return_difference(purchase_id=purchase, shopper_id=ada, now_ms=NOW_MS + 2).amount_minor == 100

    assert (balance(ada), pool()) == (1_400, (100_000, 700))
    assert accounts_that_disagree() == []


def test_two_draws_do_not_pay_one_purchase_back_twice() -> None:
    chair, ada = make_sku(deal_price_minor=800), make_shopper()
    for slug, prize_minor in (("gala", 500), ("night", 700)):
        make_draw(slug=slug, prizes=[PrizeTerms(PrizeKind.EXEMPTION, 1, {"EU": prize_minor})])
    purchase = buy(chair, shopper_id=ada)
    enter_all_paid()
    ship(purchase)
    for slug in ("gala", "night"):
        close_and_draw(slug)
        award_prizes(slug=slug, now=DRAWING.now)

    assert list(Award.objects.order_by("id").values_list("amount_minor", flat=True)) == [500, 300]
    assert (balance(ada), pool()) == (800, (100_000, 800))


def test_an_exemption_won_without_a_purchase_is_worth_its_amount() -> None:
    ada = make_shopper()
    make_draw(prizes=[PrizeTerms(PrizeKind.EXEMPTION, 1, {"EU": 900})])
    enter_free(ada)
    close_and_draw()

    award()

    assert balance(ada) == 900


def test_the_ceiling_of_the_market_caps_what_is_won() -> None:
    make_market(code="CN", currency="CNY", tax_rates_bps={"CN": 1300})
    make_festival()
    FestivalRate.objects.create(festival_id="fair", currency="CNY", numerator=1, denominator=8, quoted_at=NOW)
    ada = make_shopper()
    prize = PrizeTerms(PrizeKind.WALLET, 1, {"CN": 6_000_000})
    make_draw(markets=frozenset({"CN"}), prizes=[prize], cap_minor=10_000_000)
    enter_free(ada, market="CN")
    close_and_draw()

    award()

    # RMB 50,000, which are 6,250.00 euros of the pool.
    assert (balance(ada, "CNY"), pool()) == (5_000_000, (10_000_000, 625_000))


def test_the_pool_pays_in_the_order_of_places_until_nothing_is_left() -> None:
    shoppers = [make_shopper(lane=number) for number in range(4)]
    make_draw(prizes=[PrizeTerms(PrizeKind.WALLET, 4, {"EU": 400})], cap_minor=1_000)
    for shopper in shoppers:
        enter_free(shopper)
    close_and_draw()

    assert award() == Awarded(awarded=4, waiting=0)

    assert list(Award.objects.order_by("place").values_list("amount_minor", flat=True)) == [400, 400, 200, 0]
    assert sorted(balance(one) for one in shoppers) == [0, 200, 400, 400]
    assert pool() == (1_000, 1_000)


def test_who_was_erased_gets_nothing_and_the_pool_keeps_it() -> None:
    ada = make_shopper()
    make_draw()
    enter_free(ada)
    close_and_draw()
    Shopper.objects.filter(id=ada).update(erased_at=NOW + timedelta(hours=1))

    assert award() == Awarded(awarded=1, waiting=0)
    assert (balance(ada), pool()) == (0, (100_000, 0))


def test_a_draw_without_winners_yet_awards_nothing() -> None:
    make_draw(ways=frozenset({EntryKind.FREE}))
    close_draw(slug="gala", by=CLOSING)

    with pytest.raises(DrawNotDrawn):
        award()
    with pytest.raises(NoSuchDraw):
        award_prizes(slug="none", now=DRAWING.now)
    assert (Award.objects.count(), Transfer.objects.count()) == (0, 0)


def test_the_database_keeps_a_place_from_being_awarded_twice_whoever_writes() -> None:
    make_draw()
    enter_free(make_shopper())
    close_and_draw()
    award()
    [row] = Award.objects.all()

    with pytest.raises(IntegrityError, match="inv_21_prize_awarded_once"), transaction.atomic():
        Award.objects.create(
            draw_id=row.draw_id,
            place=row.place,
            amount_minor=1,
            currency="EUR",
            charged_minor=1,
            transfer_id=7,
            at=row.at,
        )
