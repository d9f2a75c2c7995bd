"""Whatever is released, falls in price and goes back, in any order: the books agree, and at the end nothing is left."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from fairground.catalog.models import Price
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.protect_prices import return_difference
from fairground.checkout.rules.refunding import DifferenceGiven, PriceNotFallen, TooManyUnits
from fairground.kernel.outbox import consume_outbox
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.models import Order, Refund
from fairground.orders.rules import Step
from fairground.settlement.actions.release_orders import note_completed, release_orders
from fairground.settlement.actions.return_reserves import return_reserves
from fairground.settlement.models import Entry, Release
from fairground.settlement.tasks import CONSUMER
from tests.books import rolled_back
from tests.conftest import share_lanes
from tests.duties import customs_minor
from tests.factories import make_duty, make_market
from tests.refunding import LATER_MS, WALLET, Scene, back, make_scene, wallet_minor
from tests.settlement.making import DAY_MS, PARTS, SETTLED_MS, books, make_terms

UNITS = {"chairs": 3, "lamps": 2}
STEPS = ("release", "reserve", "chairs", "lamps", "fall", "chairs", "lamps", "chairs")


def refund_one(scene: Scene, which: str) -> None:
    try:
        back(scene.chairs if which == "chairs" else scene.lamps, 1, 1, now_ms=SETTLED_MS)
    except TooManyUnits:
        assert (
            sum(Refund.objects.filter(order_id=getattr(scene, which)).values_list("units", flat=True)) == UNITS[which]
        )


def fall(scene: Scene) -> None:
    """Lower a price by a tenth, and ask for the difference."""
    price = Price.objects.get(sku_id=scene.lamp.id)
    Price.objects.filter(sku_id=scene.lamp.id).update(price_minor=price.price_minor * 9 // 10)
    if sum(Refund.objects.values_list("units", flat=True)) == sum(UNITS.values()):
        return
    try:
        return_difference(purchase_id=scene.placed.purchase_id, shopper_id=scene.shopper_id, now_ms=LATER_MS)
    except (PriceNotFallen, DifferenceGiven):
        return


def do(step: str, scene: Scene) -> None:
    others: dict[str, Callable[[], object]] = {
        "release": lambda: release_orders(now_ms=SETTLED_MS),
        "reserve": lambda: return_reserves(now_ms=SETTLED_MS + 7 * DAY_MS),
        "fall": lambda: fall(scene),
    }
    others.get(step, lambda: refund_one(scene, step))()


def sums_agree(scene: Scene) -> None:
    """Each release is the sum of its lines, and the shopper has what went back."""
    for release in Release.objects.all():
        lines = list(Entry.objects.filter(order_id=release.order_id).values_list(*PARTS, "payable_minor"))
        added = [sum(column) for column in zip(*lines, strict=True)] if lines else [0] * 7
        assert added == [getattr(release, name) for name in (*PARTS, "payable_minor")]
    total = sum(Order.objects.values_list("total_minor", flat=True))
    gone = sum(Refund.objects.values_list("paid_minor", flat=True))
    assert wallet_minor(scene.shopper_id) == WALLET - total + gone
    held = books(scene.chair.merchant.id, scene.lamp.merchant.id)
    assert sum(held.values()) == total - gone
    assert customs_minor() == sum(Release.objects.values_list("duties_minor", flat=True))
    assert accounts_that_disagree() == []


@given(steps=st.permutations(STEPS), tax_included=st.booleans())
@settings(max_examples=15)
def test_in_any_order_the_books_agree_and_what_went_back_whole_leaves_nothing(
    steps: list[str], tax_included: bool, db: None
) -> None:
    with rolled_back():
        share_lanes(0, 64)
        make_market(tax_included=tax_included)
        make_duty(value_max_minor=30_000)
        scene = make_scene(creator_bps=333, abroad=True)
        make_terms(scene.chair.merchant.id, reserve_bps=1_000, reserve_days=7)
        for step in (Step.SHIPPED, Step.DELIVERED, Step.COMPLETED):
            advance_orders(order_ids=[scene.chairs, scene.lamps], then=step, now_ms=LATER_MS)
        consume_outbox(consumer=CONSUMER, handle=note_completed)
        for step_name in steps:
            do(step_name, scene)
            sums_agree(scene)

        for which in ("lamps", "release"):
            do(which, scene)
        assert books(scene.chair.merchant.id, scene.lamp.merchant.id) == {}
