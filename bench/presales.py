"""Presales for a benchmark: some deals become presales, are ordered and their deposits paid, without HTTP."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db import connection

from bench.stage import Stage, now_ms
from bench.telling import say
from fairground.checkout.actions.pay_purchases import pay_purchases
from fairground.checkout.actions.place_orders import place_orders
from fairground.checkout.offer_book import OfferBook
from fairground.checkout.rules.paying import Paid, PayRequest
from fairground.checkout.rules.placing import LineAsked, Placed, PlaceRequest
from fairground.festivals.rules import Period, PresaleTerms
from fairground.inventory.presales import PresaleDeclaration, declare_presale
from fairground.kernel.edits import By
from fairground.rehearsal.goods import Good
from fairground.rehearsal.requests import Ask, AskedLine, Expect, new_key

# As many as a festival's shop windows show; the rest of the deals stays for the opening.
PRESALES = 40
# Orders and deposits written at a time, as a batcher would.
BATCH = 1000
OPENS_IN_S = 3.0
ADDRESS = b'{"name":"Ann Example","country":"DE","lines":["1 Lantern Street"]}'


@dataclass(frozen=True, slots=True)
class Deposited:
    """A presale that waits for its balance: `shopper` is the plan's number."""

    purchase_id: int
    shopper: int
    balance_minor: int
    currency: str


def declare_presales(stage: Stage) -> list[Good]:
    """Make some deals of the realm presales, take them out of the stage's goods, and wait until they may be ordered."""
    stage.open_festival(datetime.now(UTC) + timedelta(days=1))
    deals = [good for good in stage.goods.all if good.deal_id is not None][:PRESALES]
    now = datetime.now(UTC)
    opens_at = now + timedelta(seconds=OPENS_IN_S)
    day = timedelta(days=1)
    for good in deals:
        assert good.deal_id is not None, good
        terms = {market: PresaleTerms(max(1, price // 10), price // 20) for market, price in good.prices_minor.items()}
        declaration = PresaleDeclaration(Period(opens_at, now + day), Period(now + day, now + 2 * day), terms)
        declare_presale(deal_id=good.deal_id, declaration=declaration, by=By(user_id=None, now=now))
    stage.goods = replace(stage.goods, all=[good for good in stage.goods.all if good not in deals])
    time.sleep(max(0.0, (opens_at - datetime.now(UTC)).total_seconds()))
    return deals


def asks_for(presales: Sequence[Good], *, count: int, country: str, market: str) -> list[Ask]:
    """Return as many orders of one unit, each by a shopper of its own, over the presales in turn."""
    return [
        Ask(
            shopper=number,
            country=country,
            market=market,
            device="mobile",
            channel="app",
            lines=(AskedLine(presales[number % len(presales)], 1),),
            due_s=0.0,
            expect=Expect.PLACED,
        )
        for number in range(count)
    ]


def order_and_deposit(stage: Stage, asks: Sequence[Ask], shopper_ids: Sequence[int]) -> list[Deposited]:
    """Order what is asked for and pay the deposits, in batches as the door would."""
    book, deposited = OfferBook(), []
    for some in _batches(asks):
        currency = stage.goods.currency_of_market[some[0].market]
        moment_ms = now_ms()
        requests = [_request(ask, shopper_ids[ask.shopper], currency, moment_ms) for ask in some]
        placed = [one for one in place_orders(requests, book=book, now_ms=moment_ms) if isinstance(one, Placed)]
        assert len(placed) == len(some), "presales have units enough and are open"
        deposits = [
            PayRequest(
                shopper_ids[ask.shopper],
                new_key(moment_ms).bytes,
                b"d" * 16,
                one.purchase_id,
                one.presale.deposit_minor if one.presale else 0,
                currency,
            )
            for ask, one in zip(some, placed, strict=True)
        ]
        assert all(isinstance(one, Paid) for one in pay_purchases(deposits, now_ms=now_ms())), "wallets are full"
        deposited += [
            Deposited(
                one.purchase_id,
                ask.shopper,
                one.total_minor - (one.presale.deposit_minor if one.presale else 0),
                currency,
            )
            for ask, one in zip(some, placed, strict=True)
        ]
    say(f"{len(deposited):,} deposits are paid")
    return deposited


def open_balances() -> None:
    """Let every balance that waits be paid from now on, whatever moment was promised for it."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_purchase SET balance_opens_at = now() WHERE state = 8")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def _batches(asks: Sequence[Ask]) -> Iterator[Sequence[Ask]]:
    for start in range(0, len(asks), BATCH):
        yield asks[start : start + BATCH]


def _request(ask: Ask, shopper_id: int, currency: str, moment_ms: int) -> PlaceRequest:
    (line,) = ask.lines
    return PlaceRequest(
        shopper_id=shopper_id,
        verified=True,
        key=new_key(moment_ms).bytes,
        request_hash=b"o" * 16,
        arrived_at_ms=moment_ms,
        market=ask.market,
        currency=currency,
        language="en",
        channel=2,
        device=2,
        entry_hall_id=None,
        creator_id=None,
        creator_claim=None,
        store_id=None,
        country=ask.country,
        region=ask.country,
        address=ADDRESS,
        lines=(LineAsked(line.good.sku_id, line.good.deal_id, 1, line.good.prices_minor[ask.market]),),
    )
