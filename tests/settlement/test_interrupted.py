"""Each pass of settlement dies at each of its commits: what is done is done, the next does the rest, nothing twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType

import pytest
from django.db import transaction

from fairground.checkout.actions.end_purchases import cancel_purchase
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.ids import lane_of
from fairground.kernel.writer import take_turn, writers_of_lanes
from fairground.ledger.models import Account, Transfer
from fairground.ledger.queries import accounts_that_disagree
from fairground.ledger.rules import AccountKind, TransferKind
from fairground.markets.rules import DepositMode, RateSource
from fairground.markets.storing_rates import store_rates
from fairground.settlement.actions import propose_payouts, release_orders, return_reserves, settle_deposits
from fairground.settlement.actions.other_lines import OtherLine, post_other_lines
from fairground.settlement.models import DepositDue, Due, Entry, Payout, Release, SetOff
from fairground.settlement.rules.addresses import exchange_address
from fairground.settlement.rules.payouts import EntryKind
from tests.books import hot_rows
from tests.factories import give_wallet, make_market, make_merchant, make_shopper
from tests.presales import CLOSES_MS, OPENS_MS, make_presale, pay_deposit, place_presale
from tests.refunding import Scene, make_scene
from tests.settlement.making import DAY_MS, complete, make_terms

RESERVE_DAYS = 7
RESERVES_MS = CLOSES_MS + RESERVE_DAYS * DAY_MS
DAY = from_unix_ms(RESERVES_MS).date()


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


@dataclass(slots=True)
class Killing:
    """Transactions of which the `at`-th is the last: the process dies before its COMMIT, or after it."""

    at: int
    after: bool
    count: int = 0

    @contextmanager
    def atomic(self, *, durable: bool) -> Iterator[None]:
        """Open a transaction as `django.db.transaction.atomic` does."""
        self.count += 1
        with transaction.atomic(durable=durable):
            yield
            if self.count == self.at and not self.after:
                raise Killed
        if self.count == self.at:
            raise Killed


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass of `fairground settle`, and how many transactions it has to do here."""

    module: ModuleType
    run: Callable[[], int]
    batches: int


PASSES = {
    "releases": Pass(release_orders, lambda: release_orders.release_orders(now_ms=CLOSES_MS, batch_max=1), 2),
    "deposits": Pass(settle_deposits, lambda: settle_deposits.settle_deposits(now_ms=CLOSES_MS), 3),
    "reserves": Pass(return_reserves, lambda: return_reserves.return_reserves(now_ms=RESERVES_MS), 2),
    "payouts": Pass(propose_payouts, lambda: propose_payouts.propose_payouts(now_ms=RESERVES_MS), 3),
}


@pytest.fixture
def scene(two_writers: None, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Two merchants with a completed order and a reserve each; and three deposits that are forfeited to a third."""
    monkeypatch.setattr(return_reserves, "RESERVES_A_BATCH_MAX", 1)
    monkeypatch.setattr(settle_deposits, "DEPOSITS_A_BATCH_MAX", 1)
    monkeypatch.setattr(propose_payouts, "PAYOUTS_A_TURN_MAX", 1)
    make_market()
    make_market(code="JP", currency="JPY", tax_rates_bps={"JP": 1_000})
    scene = make_scene()
    for merchant in (scene.chair.merchant, scene.lamp.merchant):
        make_terms(merchant.id, reserve_bps=1_000, reserve_days=RESERVE_DAYS)
    complete(scene.chairs, scene.lamps)
    forfeit(deposits=3)
    return scene


def forfeit(*, deposits: int) -> None:
    shopper_id = make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=5_000)
    presale = make_presale(mode=DepositMode.EARNEST, merchant=make_merchant(lane=30))
    for placed in [place_presale(presale, shopper_id=shopper_id) for _ in range(deposits)]:
        pay_deposit(placed, shopper_id=shopper_id)
        cancel_purchase(purchase_id=placed.purchase_id, shopper_id=shopper_id, now_ms=OPENS_MS)


def owe_yen(merchant_id: int, order_id: int) -> None:
    """Let a merchant owe 1,620 yen, at a rate of 162."""
    line = OtherLine(
        merchant_id=merchant_id,
        currency="JPY",
        kind=EntryKind.PENALTY,
        amount_minor=-1_620,
        order_id=order_id,
        address=exchange_address("JPY"),
        account_kind=AccountKind.FREE,
        why=TransferKind.ADJUSTMENT,
    )
    with transaction.atomic():
        writers = writers_of_lanes([lane_of(merchant_id)])
        turn = take_turn(writer_ids=writers, now_ms=CLOSES_MS, ids_max=10, outbox_rows=0)
        post_other_lines(turn=turn, lines=[line], now_ms=CLOSES_MS)
    by = By(user_id=None, now=from_unix_ms(CLOSES_MS))
    store_rates(rates={("JPY", DAY - timedelta(days=1)): (162, 1)}, source=RateSource.ECB, by=by)


def told() -> list[list[tuple[object, ...]]]:
    """Return all that settlement wrote and moved, whatever the ids are."""
    return [
        sorted(rows, key=repr)
        for rows in (
            Account.objects.values_list(
                "address",
                "lane",
                "credits_posted_minor",
                "debits_posted_minor",
                "credits_pending_minor",
                "debits_pending_minor",
            ),
            Transfer.objects.values_list("kind", "amount_minor", "currency", "order_id", "pending"),
            Release.objects.values_list("order_id", "payable_minor", "reserve_minor", "reserve_until"),
            Entry.objects.values_list("merchant_id", "currency", "order_id", "kind", "payable_minor"),
            Payout.objects.values_list("merchant_id", "currency", "amount_minor", "paid_minor", "state", "period_date"),
            SetOff.objects.values_list("merchant_id", "taken_minor", "taken_currency", "given_minor"),
            Due.objects.values_list("order_id"),
            DepositDue.objects.values_list("order_id"),
        )
    ]


def told_by_one_run(run: Callable[[], int]) -> list[list[tuple[object, ...]]]:
    """Return what is told after a run that nobody interrupts, and undo it."""
    start = transaction.savepoint()
    assert run() > 0
    whole = told()
    transaction.savepoint_rollback(start)
    return whole


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", [*PASSES, "set-offs"])
def test_a_pass_that_dies_at_each_commit_ends_as_one_that_nobody_interrupted(
    name: str, after: bool, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = PASSES["payouts" if name == "set-offs" else name]
    for earlier in list(PASSES.values())[: list(PASSES.values()).index(one)]:
        earlier.run()
    if name == "set-offs":
        owe_yen(scene.chair.merchant.id, scene.chairs)
        owe_yen(scene.lamp.merchant.id, scene.lamps)
    seen, whole = [told()], told_by_one_run(one.run)

    # One batch more is done by each run: the first, where it dies after that, or before the COMMIT of the second.
    deaths = 0
    while run_and_die(one, monkeypatch, Killing(at=1 if after else 2, after=after)):
        deaths += 1
        assert told() not in seen
        assert accounts_that_disagree() == []
        seen.append(told())

    assert deaths == (one.batches if after else one.batches - 1)
    assert told() == whole
    assert SetOff.objects.count() == (2 if name == "set-offs" else 0)
    rows = hot_rows()
    assert one.run() == 0
    assert hot_rows() == rows


def test_a_pass_that_dies_before_its_first_commit_did_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for one in PASSES.values():
        before = told()
        assert run_and_die(one, monkeypatch, Killing(at=1, after=False))
        assert told() == before
        one.run()


def run_and_die(one: Pass, monkeypatch: pytest.MonkeyPatch, killing: Killing) -> bool:
    """Run a pass, and tell whether it died."""
    with monkeypatch.context() as patch:
        patch.setattr(one.module, "transaction", killing)
        try:
            one.run()
        except Killed:
            return True
    return False
