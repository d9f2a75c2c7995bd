"""Presales for tests: a deal with a deposit, its windows, and what is paid when."""

from datetime import UTC, datetime, timedelta

from fairground.checkout.rules.placing import Placed
from fairground.festivals.models import Presale, PresalePrice
from fairground.kernel.clock import to_unix_ms
from fairground.ledger.queries import balances
from fairground.markets.rules import DepositMode
from fairground.payments.rules import wallet_address
from tests.factories import MerchantMade, SkuMade, make_sku, pay, pay_request, place_one, place_request

ORDERED_AT = datetime(2026, 11, 11, tzinfo=UTC)
BALANCE_OPENS = ORDERED_AT + timedelta(days=10)
BALANCE_CLOSES = ORDERED_AT + timedelta(days=11)
ORDERED_MS, OPENS_MS, CLOSES_MS = (to_unix_ms(at) for at in (ORDERED_AT, BALANCE_OPENS, BALANCE_CLOSES))
# What `make_presale` makes: a price of 1000, a deposit of 100 that is worth 150, hence a balance of 850.
PRICE, DEPOSIT, INFLATION, TOTAL, BALANCE = 1_000, 100, 50, 950, 850


def make_presale(
    *,
    mode: DepositMode = DepositMode.ADVANCE,
    merchant: MerchantMade | None = None,
    market: str = "EU",
    usual_minor: int = 1_200,
    price_minor: int = PRICE,
    deposit_minor: int = DEPOSIT,
    inflation_minor: int = INFLATION,
    units: int = 10,
    buyer_limit: int = 0,
    opens_at: datetime = ORDERED_AT,
) -> SkuMade:
    """Make a SKU whose deal is a presale: ordered for a day from `opens_at` on, its balance paid on the eleventh."""
    made = make_sku(
        merchant=merchant,
        market=market,
        price_minor=usual_minor,
        deal_price_minor=price_minor,
        deal_units=units,
        buyer_limit=buyer_limit,
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=1),
    )
    assert made.deal_id is not None, "it was asked for with a price"
    presale = Presale.objects.create(
        deal_id=made.deal_id,
        balance_opens_at=opens_at + timedelta(days=10),
        balance_closes_at=opens_at + timedelta(days=11),
    )
    PresalePrice.objects.create(
        presale=presale,
        market_id=market,
        price_minor=price_minor,
        deposit_minor=deposit_minor,
        inflation_minor=inflation_minor,
        deposit_mode=mode.value,
        deposit_max_bps=10_000,
    )
    return made


def place_presale(made: SkuMade, *, shopper_id: int, quantity: int = 1, now_ms: int = ORDERED_MS) -> Placed:
    """Order a presale in its window."""
    line = made.deal_line(quantity)
    currency = made.currency
    return place_one(
        place_request(line, shopper_id=shopper_id, market=made.market, currency=currency, arrived_at_ms=ORDERED_MS),
        now_ms=now_ms,
    )


def pay_deposit(placed: Placed, *, shopper_id: int, now_ms: int = ORDERED_MS + 60_000) -> None:
    """Pay what a presale is paid first."""
    assert placed.presale is not None, placed
    (outcome,) = pay(
        [pay_request(placed, shopper_id=shopper_id, amount_minor=placed.presale.deposit_minor)], now_ms=now_ms
    )
    assert getattr(outcome, "amount_minor", None) == placed.presale.deposit_minor, outcome


def balance_of(lane: int, address: str) -> int:
    """Return what an account holds, 0 where nobody opened it."""
    found = balances([(lane, address)]).get((lane, address))
    return found.balance_minor if found else 0


def wallet_of(shopper_id: int, *, lane: int = 0, currency: str = "EUR") -> int:
    """Return what is in a shopper's wallet."""
    return balance_of(lane, wallet_address(shopper_id, currency))
