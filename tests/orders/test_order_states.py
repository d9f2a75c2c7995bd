"""Which state follows which: all that may, and nothing else; the database keeps the moments that go with them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.kernel.ids import lane_of
from fairground.orders.actions import set_order_states, set_purchase_states
from fairground.orders.models import Order, Purchase, State
from fairground.orders.rules import Step, may_follow
from tests.books import hot_rows
from tests.factories import NOW, make_market, make_shopper, make_sku, place_one, place_request

MAY_FOLLOW = {
    (Step.PLACED, Step.PAID),
    (Step.PLACED, Step.EXPIRED),
    (Step.PLACED, Step.CANCELLED),
    (Step.PLACED, Step.DEPOSITED),
    (Step.DEPOSITED, Step.PAID),
    (Step.DEPOSITED, Step.EXPIRED),
    (Step.DEPOSITED, Step.CANCELLED),
    (Step.PAID, Step.SHIPPED),
    (Step.PAID, Step.CANCELLED),
    (Step.SHIPPED, Step.DELIVERED),
    (Step.DELIVERED, Step.COMPLETED),
}
EVERY_PAIR = [(now, then) for now in Step for then in Step]
FORBIDDEN = [pair for pair in EVERY_PAIR if pair not in MAY_FOLLOW]
PATH = {
    Step.PLACED: [],
    Step.DEPOSITED: [Step.DEPOSITED],
    Step.PAID: [Step.PAID],
    Step.SHIPPED: [Step.PAID, Step.SHIPPED],
    Step.DELIVERED: [Step.PAID, Step.SHIPPED, Step.DELIVERED],
}
AT = NOW + timedelta(hours=1)


def name(pair: tuple[Step, Step]) -> str:
    return f"{pair[0].name} to {pair[1].name}"


@pytest.fixture
def order_id(lone_writer: object) -> int:
    """A placed order of a placed purchase."""
    make_market()
    (order,) = place_one(place_request(make_sku().line(), shopper_id=make_shopper())).orders
    return order.order_id


def bring(order_id: int, *, to: Step) -> None:
    now = Step.PLACED
    for then in PATH[to]:
        set_order_states([order_id], now=now, then=then, at=NOW)
        now = then


def test_the_states_may_follow_each_other_as_they_are_said_to() -> None:
    assert {pair for pair in EVERY_PAIR if may_follow(*pair)} == MAY_FOLLOW


def test_the_tables_states_are_the_rules_steps() -> None:
    assert {state.name: state.value for state in State} == {step.name: step.value for step in Step}


@pytest.mark.parametrize("pair", sorted(MAY_FOLLOW), ids=name)
def test_an_order_goes_from_state_to_state_with_the_moment_that_goes_with_it(
    pair: tuple[Step, Step], order_id: int
) -> None:
    now, then = pair
    bring(order_id, to=now)

    set_order_states([order_id], now=now, then=then, at=AT)

    order = Order.objects.get()
    moments = {
        Step.PAID: order.paid_at,
        Step.SHIPPED: order.shipped_at,
        Step.DELIVERED: order.delivered_at,
        Step.COMPLETED: order.ended_at,
        Step.EXPIRED: order.ended_at,
        Step.CANCELLED: order.ended_at,
    }
    assert (order.state, moments.get(then, AT)) == (then, AT)
    assert (order.paid_at is None) == (now in {Step.PLACED, Step.DEPOSITED} and then is not Step.PAID)


@pytest.mark.parametrize("pair", FORBIDDEN, ids=name)
def test_nothing_else_follows(pair: tuple[Step, Step], order_id: int) -> None:
    now, then = pair
    before = hot_rows()

    for set_states in (set_order_states, set_purchase_states):
        with pytest.raises(AssertionError):
            set_states([order_id], now=now, then=then, at=AT)

    assert hot_rows() == before


def test_an_order_that_is_not_where_it_was_thought_to_be_stops_the_batch(order_id: int) -> None:
    before = hot_rows()

    with pytest.raises(AssertionError, match="1 of 1 were not in PAID"), transaction.atomic():
        set_order_states([order_id], now=Step.PAID, then=Step.SHIPPED, at=AT)

    assert hot_rows() == before


@pytest.mark.parametrize(
    ("state", "paid_at", "ended_at"),
    [
        (Step.PLACED, NOW, None),
        (Step.PLACED, None, NOW),
        (Step.PAID, None, None),
        (Step.PAID, NOW, NOW),
        (Step.SHIPPED, None, None),
        (Step.DELIVERED, NOW, NOW),
        (Step.COMPLETED, NOW, None),
        (Step.COMPLETED, None, NOW),
        (Step.EXPIRED, NOW, NOW),
        (Step.EXPIRED, None, None),
        (Step.CANCELLED, None, None),
        (99, None, None),
    ],
)
@pytest.mark.parametrize("table", [Order, Purchase])
def test_the_database_keeps_no_state_without_its_moments(
    table: type[Order] | type[Purchase], state: int, paid_at: object, ended_at: object, order_id: int
) -> None:
    with pytest.raises(IntegrityError, match="moments_fit_state"), transaction.atomic():
        table.objects.update(state=state, paid_at=paid_at, ended_at=ended_at)


@pytest.mark.parametrize(
    "column", ["total_minor", "goods_minor", "discount_minor", "shipping_minor", "tax_added_minor"]
)
def test_the_database_keeps_no_order_that_does_not_add_up(column: str, order_id: int) -> None:
    with (
        pytest.raises(IntegrityError, match="inv_4_order_adds_up"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"UPDATE orders_order SET {column} = {column} + 1 WHERE lane = %s AND id = %s",
            [lane_of(order_id), order_id],
        )
