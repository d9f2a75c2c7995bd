"""Whatever shoppers do, the shop's tables say what plain arithmetic says, after every step."""

from collections.abc import Sequence
from contextlib import nullcontext

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from fairground.checkout.actions.end_purchases import (
    NotCancellable,
    cancel_purchase,
    expire_purchases,
    extend_reservation,
)
from fairground.checkout.rules.paying import Paid
from fairground.checkout.rules.placing import LineAsked, Placed, PlaceRequest
from fairground.dashboard.models import TallyKind
from fairground.festivals.models import DealBuyer
from fairground.inventory.models import Stock
from fairground.ledger.models import Account
from fairground.ledger.queries import accounts_that_disagree, trial_balance
from fairground.ledger.rules import AccountKind
from fairground.orders.models import Order, OrderLine, Purchase
from fairground.orders.rules import Step
from fairground.payments.rules import wallet_address
from fairground.settlement.rules.addresses import escrow_address
from tests.books import rolled_back, tallied
from tests.factories import (
    NOW_MS,
    give_wallet,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place,
    place_request,
)
from tests.property.shop_model import Bought, Shelf, ShopModel

SHOPPERS = 3
SKUS = 3
LIMIT = 3


class ShopMachine(RuleBasedStateMachine):
    """Three shoppers, three merchants with a SKU each, usual stock of 6 and a deal of 4 with a limit of 3 a buyer."""

    def __init__(self) -> None:
        super().__init__()
        self.example = rolled_back()
        self.example.__enter__()
        self.now_ms = NOW_MS
        make_market()
        skus = [
            make_sku(
                merchant=make_merchant(lane=lane),
                units=6,
                price_minor=110 + lane,
                deal_price_minor=70 + lane,
                deal_units=4,
                buyer_limit=LIMIT if lane else 0,
            )
            for lane in (0, 20, 40)
        ]
        self.model = ShopModel(
            skus=skus,
            limits={sku.deal_id: LIMIT for sku in skus if sku.deal_id and sku.merchant.lane},
            shelves={
                stock_id: Shelf(units)
                for sku in skus
                for stock_id, units in ((sku.stock_id, 6), (sku.deal_stock_id, 4))
                if stock_id
            },
        )
        self.shoppers = [make_shopper(lane=lane) for lane in (7, 33, 40)]
        self.requests: list[tuple[PlaceRequest, Placed]] = []

    def teardown(self) -> None:
        self.example.__exit__(None, None, None)

    @initialize()
    def fill_wallets(self) -> None:
        for shopper_id in self.shoppers[:2]:
            self.top_up(self.shoppers.index(shopper_id), 700)

    def lines(self, wanted: Sequence[tuple[int, bool, int]]) -> list[LineAsked]:
        lines = []
        for number, in_deal, quantity in wanted:
            sku = self.model.skus[number]
            lines.append(sku.deal_line(quantity) if in_deal else sku.line(quantity))
        return lines

    @rule(
        who=st.integers(0, SHOPPERS - 1),
        verified=st.sampled_from([True, True, True, False]),
        wanted=st.lists(
            st.tuples(st.integers(0, SKUS - 1), st.booleans(), st.integers(1, 3)),
            min_size=1,
            max_size=3,
            unique_by=lambda line: line[:2],
        ),
    )
    def place(self, who: int, verified: bool, wanted: Sequence[tuple[int, bool, int]]) -> None:
        lines, shopper_id = self.lines(wanted), self.shoppers[who]
        why_not = self.model.why_not_placed(shopper_id=shopper_id, verified=verified, lines=lines)
        request = place_request(*lines, shopper_id=shopper_id, verified=verified)

        (outcome,) = place([request], now_ms=self.now_ms)

        if why_not is not None:
            assert outcome == why_not
            return
        assert isinstance(outcome, Placed), outcome
        self.model.place(shopper_id=shopper_id, lines=lines, placed=outcome, now_ms=self.now_ms)
        assert outcome.total_minor == self.model.bought[-1].total_minor
        self.requests.append((request, outcome))

    @rule(who=st.integers(0, SHOPPERS - 1), amount_minor=st.integers(1, 900))
    def top_up(self, who: int, amount_minor: int) -> None:
        give_wallet(shopper_id=self.shoppers[who], amount_minor=amount_minor, now_ms=self.now_ms)
        self.model.wallets[self.shoppers[who]] += amount_minor

    @precondition(lambda self: self.requests)
    @rule(data=st.data())
    def ask_again(self, data: st.DataObject) -> None:
        request, placed = data.draw(st.sampled_from(self.requests))

        (again,) = place([request], now_ms=self.now_ms)

        assert isinstance(again, Placed)
        assert (again.purchase_id, again.number, again.replayed) == (placed.purchase_id, placed.number, True)

    @precondition(lambda self: self.model.bought)
    @rule(data=st.data())
    def pay(self, data: st.DataObject) -> None:
        chosen = data.draw(st.lists(st.integers(0, len(self.model.bought) - 1), min_size=1, max_size=4))
        requests, expected = [], []
        for at in chosen:
            one = self.model.bought[at]
            requests.append(pay_request(one.placed, shopper_id=one.shopper_id))
            why_not = self.model.why_not_paid(one, now_ms=self.now_ms)
            if why_not is None:
                self.model.pay(one)
            expected.append(why_not or Paid(one.placed.purchase_id, "EUR", one.total_minor, self.now_ms))

        assert pay(requests, now_ms=self.now_ms) == expected

    @precondition(lambda self: self.model.bought)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        one: Bought = data.draw(st.sampled_from(self.model.bought))
        may = one.state is Step.PLACED

        with nullcontext() if may else pytest.raises(NotCancellable):
            cancel_purchase(purchase_id=one.placed.purchase_id, shopper_id=one.shopper_id, now_ms=self.now_ms)

        if may:
            self.model.end(one, Step.CANCELLED)

    @precondition(lambda self: self.model.bought)
    @rule(data=st.data())
    def extend(self, data: st.DataObject) -> None:
        one: Bought = data.draw(st.sampled_from(self.model.bought))
        may = one.state is Step.PLACED and not one.extended

        assert extend_reservation(purchase_id=one.placed.purchase_id, now_ms=self.now_ms) is may
        one.extended = one.extended or may

    @rule(minutes=st.integers(0, 20), sweep=st.booleans())
    def let_time_pass(self, minutes: int, sweep: bool) -> None:
        self.now_ms += minutes * 60_000
        if sweep:
            due = self.model.due(now_ms=self.now_ms)

            assert expire_purchases(now_ms=self.now_ms) == len(due)
            for one in due:
                self.model.end(one, Step.EXPIRED)

    @invariant()
    def stock_and_limits_are_the_models(self) -> None:
        rows = Stock.objects.values_list("id", "units", "reserved", "sold")
        assert {row[0]: Shelf(*row[1:]) for row in rows} == self.model.shelves
        taken = {(row.deal_id, row.shopper_id): row.units for row in DealBuyer.objects.all() if row.units}
        assert taken == {who: units for who, units in self.model.taken.items() if units}

    @invariant()
    def money_is_the_models(self) -> None:
        accounts = Account.objects.filter(kind=AccountKind.CREDIT_NORMAL)
        balances = {one.address: one.credits_posted_minor - one.debits_posted_minor for one in accounts}
        expected = {wallet_address(who, "EUR"): amount for who, amount in self.model.wallets.items()}
        expected |= {escrow_address(who, "EUR"): amount for who, amount in self.model.escrows.items()}
        assert balances == expected
        assert accounts_that_disagree() == []
        assert all(books.debits_posted_minor == books.credits_posted_minor for books in trial_balance())

    @invariant()
    def purchases_orders_and_tallies_are_the_models(self) -> None:
        states = {one.placed.purchase_id: (one.state, one.total_minor) for one in self.model.bought}
        assert {row.id: (row.state, row.total_minor) for row in Purchase.objects.all()} == states
        of_orders: dict[int, int] = dict.fromkeys(states, 0)
        for order in Order.objects.all():
            assert order.state == states[order.purchase_id][0]
            of_orders[order.purchase_id] += order.total_minor
        assert of_orders == {purchase_id: total for purchase_id, (_, total) in states.items()}
        units = sum(OrderLine.objects.values_list("quantity", flat=True))
        assert units == self.model.tallies[TallyKind.PLACED]["units"]
        for kind, sums in self.model.tallies.items():
            assert tallied(kind) == (sums["orders"], sums["units"], sums["amount_minor"])


@pytest.mark.usefixtures("lone_writer")
def test_the_tables_say_what_arithmetic_says_after_every_step() -> None:
    run_state_machine_as_test(ShopMachine, settings=settings(max_examples=20, stateful_step_count=25))
