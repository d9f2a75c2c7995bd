"""Prizes at once: two draws pay from one pool, one draw is paid by many."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from fairground.checkout.actions.advance_orders import advance_orders
from fairground.draws.actions.award_prizes import award_prizes
from fairground.draws.models import Award, PrizePool
from fairground.draws.rules.terms import PrizeKind, PrizeTerms
from fairground.identity.models import Shopper
from fairground.ledger.models import Transfer
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.models import Order
from fairground.orders.rules import Step
from fairground.payments.queries import wallet_balance_minor
from tests.concurrency.racing import at_once, turn_held, wait_for_turn
from tests.draws.making import DRAWING, EXEMPTION, buy, close_and_draw, enter_all_paid, enter_free, make_draw
from tests.factories import NOW_MS, make_market, make_merchant, make_shopper, make_sku

pytestmark = [pytest.mark.django_db(transaction=True)]
WINNERS = 12
PRIZE_MINOR = 100
# Room for the prizes of one draw and not for those of both, 24 times 100.
CAP_MINOR = 1_550
SLUGS = ("gala", "other")


def make_drawn(slug: str, *, lanes: range) -> list[int]:
    """Make a draw with a prize for everybody who entered, one in each of these lanes, and draw it."""
    make_draw(slug=slug, prizes=[PrizeTerms(PrizeKind.WALLET, WINNERS, {"EU": PRIZE_MINOR})], cap_minor=CAP_MINOR)
    shoppers = [make_shopper(lane=lane) for lane in lanes]
    for shopper in shoppers:
        enter_free(shopper, slug=slug)
    close_and_draw(slug)
    return shoppers


def awarded_minor() -> int:
    return sum(Transfer.objects.values_list("amount_minor", flat=True))


@pytest.mark.usefixtures("committing_writers")
def test_two_draws_that_pay_at_once_from_one_pool_give_no_more_than_it_has() -> None:
    """Their winners are in the lanes of two writers, so that the pool alone is what they share."""
    make_market()
    shoppers = [*make_drawn("gala", lanes=range(WINNERS)), *make_drawn("other", lanes=range(40, 40 + WINNERS))]

    at_once([lambda slug=slug: award_prizes(slug=slug, now=DRAWING.now) for slug in SLUGS])  # type: ignore[misc]

    assert PrizePool.objects.get().awarded_minor == awarded_minor() == CAP_MINOR
    assert sum(wallet_balance_minor(shopper_id=one, currency="EUR") for one in shoppers) == CAP_MINOR
    assert Award.objects.count() == 2 * WINNERS
    assert accounts_that_disagree() == []


@pytest.mark.usefixtures("committing_writers")
def test_a_draw_that_is_paid_by_many_at_once_is_paid_once() -> None:
    make_market()
    shoppers = make_drawn("gala", lanes=range(0, 5 * WINNERS, 5))

    at_once([lambda: award_prizes(slug="gala", now=DRAWING.now)] * 6)

    assert [wallet_balance_minor(shopper_id=one, currency="EUR") for one in shoppers] == [PRIZE_MINOR] * WINNERS
    assert (Transfer.objects.count(), PrizePool.objects.get().awarded_minor) == (WINNERS, WINNERS * PRIZE_MINOR)


@pytest.mark.usefixtures("committing_writers")
def test_a_purchase_is_not_paid_back_until_its_own_writers_turn_is_had_wherever_its_winner_went() -> None:
    """Who refunds it and still took its guest for who paid holds that turn, and not the winner's."""
    make_market()
    guest, ada = make_shopper(lane=50), make_shopper(lane=10)  # of two writers
    make_draw(prizes=[EXEMPTION])
    purchase = buy(make_sku(merchant=make_merchant(lane=50), deal_price_minor=800), shopper_id=guest)
    enter_all_paid()
    close_and_draw()
    orders = Order.objects.filter(purchase_id=purchase).values_list("id", flat=True)
    advance_orders(order_ids=list(orders), then=Step.SHIPPED, now_ms=NOW_MS + 1)
    Shopper.objects.filter(id=guest).update(merged_into_id=ada)

    def award() -> int:
        try:
            return award_prizes(slug="gala", now=DRAWING.now).awarded
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with turn_held(1):
            done = pool.submit(award)
            wait_for_turn(waiting=1)
            untouched = Award.objects.count()
        assert done.result() == 1

    assert (untouched, wallet_balance_minor(shopper_id=ada, currency="EUR")) == (0, 800)


@pytest.fixture
def unguarded_pool() -> Iterator[None]:
    """A pool without a CHECK."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE unguarded_pool (cap_minor bigint, awarded_minor bigint)")
        cursor.execute("INSERT INTO unguarded_pool VALUES (%s, 0)", [CAP_MINOR])
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE unguarded_pool")


def left_unguarded() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cap_minor - awarded_minor FROM unguarded_pool")
        return int(cursor.fetchone()[0])


@pytest.mark.usefixtures("unguarded_pool")
def test_who_looks_at_the_pool_without_holding_it_gives_more_than_it_has() -> None:
    """The negative control: both look before either pays, as nothing keeps them from it."""
    both_have_looked = Barrier(len(SLUGS), timeout=60)

    def award_naively() -> None:
        amount_minor = min(left_unguarded(), WINNERS * PRIZE_MINOR)
        both_have_looked.wait()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE unguarded_pool SET awarded_minor = awarded_minor + %s", [amount_minor])

    at_once([award_naively] * len(SLUGS))

    assert left_unguarded() == CAP_MINOR - 2 * WINNERS * PRIZE_MINOR < 0
