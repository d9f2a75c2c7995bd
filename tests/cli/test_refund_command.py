"""`fairground refund` as a person calls it, and what it does to the realm that is up."""

import click
import pytest
from click.testing import CliRunner

from fairground.checkout.actions.ship_orders import ship_orders
from fairground.checkout.rules.shipping import ParcelAsked
from fairground.cli.refund import refund, refund_units_of
from fairground.kernel.models import AuditEntry
from fairground.orders.models import Refund
from fairground.orders.rules import RefundReason
from tests.books import hot_rows
from tests.cases import ask, ship
from tests.factories import BY, make_duty, make_market, make_shopper, make_sku, place_one, place_request
from tests.refunding import make_scene, wallet_minor


def test_the_help_shows_how_it_is_called() -> None:
    result = CliRunner().invoke(refund, ["--help"])

    assert result.exit_code == 0
    assert "fairground refund 0CYVFAP1EFM9Q0KDBEHP --line 2.1 --units 2 --reason faulty --json" in result.output


@pytest.mark.parametrize(
    "wrong",
    [
        ["--line", "2", "--units", "1", "--reason", "faulty"],
        ["--line", "2.1", "--units", "0", "--reason", "faulty"],
        ["--line", "2.1", "--units", "1", "--reason", "cancelled"],
        ["--line", "2.1", "--units", "-1", "--reason", "faulty"],
        ["--line", "2.1", "--units", "1e9", "--reason", "faulty"],
        ["--line", "2.1", "--units", "10**20", "--reason", "faulty"],
        ["--line", "2.1", "--units", "1", "--left", "0", "--reason", "faulty"],
        ["--line", "2.-1", "--units", "1", "--reason", "faulty"],
        ["--line", f"2.{'9' * 5_000}", "--units", "1", "--reason", "faulty"],
    ],
)
def test_what_is_written_wrongly_is_told_before_anything_begins(wrong: list[str]) -> None:
    assert CliRunner().invoke(refund, ["0" * 20, *wrong]).exit_code == 2


def test_units_go_back_by_the_purchases_number(lone_writer: object) -> None:
    make_market()
    scene = make_scene()
    before = wallet_minor(scene.shopper_id)

    told = refund_units_of(number=scene.placed.number, line=(2, 1), units=2, reason=RefundReason.MISSING)

    paid_minor = scene.placed.orders[1].total_minor
    assert (told["order"], told["units"], told["paid_minor"]) == (str(scene.lamps), 2, paid_minor)
    assert (told["currency"], told["restocked"], told["order_cancelled"]) == ("EUR", True, True)
    assert wallet_minor(scene.shopper_id) == before + paid_minor
    assert Refund.objects.get().reason == RefundReason.MISSING
    assert AuditEntry.objects.get(verb="refunded").user_id is None


def test_shipping_and_duties_are_told_apart(lone_writer: object) -> None:
    make_market()
    make_duty(value_max_minor=30_000)
    scene = make_scene(sent=True, abroad=True)

    told = refund_units_of(number=scene.placed.number, line=(2, 1), units=2, reason=RefundReason.FAULTY)

    assert (told["shipping_minor"], told["duties_minor"]) == (345, 357)
    assert told["paid_minor"] == scene.placed.orders[1].total_minor


def test_units_that_have_left_while_others_are_here_are_refused_in_words(lone_writer: object) -> None:
    make_market()
    scene = make_scene()
    ship_orders(asked=[ParcelAsked(scene.chairs, "DHL", "A1", {1: 1})], by=BY)
    before = hot_rows()

    with pytest.raises(click.ClickException, match="units of it have left in a parcel"):
        refund_units_of(number=scene.placed.number, line=(1, 1), units=3, reason=RefundReason.FAULTY)

    assert hot_rows() == before


def test_units_of_an_open_case_are_refused_in_words(lone_writer: object) -> None:
    make_market()
    scene = make_scene()
    ship(scene.chairs)
    ask(scene, scene.chairs, 1)
    before = hot_rows()

    with pytest.raises(click.ClickException, match="an open case is about these units"):
        refund_units_of(number=scene.placed.number, line=(1, 1), units=3, reason=RefundReason.FAULTY)

    assert hot_rows() == before


def test_what_is_sent_twice_with_the_units_that_were_left_is_paid_once(lone_writer: object) -> None:
    make_market()
    number, asked = make_scene().placed.number, {"line": (1, 1), "units": 1, "left": 3}
    refund_units_of(number=number, reason=RefundReason.FAULTY, **asked)  # type: ignore[arg-type]
    before = hot_rows()

    with pytest.raises(click.ClickException, match="other units of the line are left than you said"):
        refund_units_of(number=number, reason=RefundReason.FAULTY, **asked)  # type: ignore[arg-type]

    assert hot_rows() == before


def test_a_refusal_is_told_in_words_and_nothing_changes(lone_writer: object) -> None:
    make_market()
    scene = make_scene()
    unpaid = place_one(place_request(make_sku().line(), shopper_id=make_shopper()))
    before = hot_rows()

    for number, line, units, words in (
        ("0" * 20, (1, 1), 1, "there is no purchase"),
        (scene.placed.number, (3, 1), 1, "the purchase has no order 3"),
        (scene.placed.number, (1, 2), 1, "order 1 has no line 2"),
        (scene.placed.number, (1, 1), 4, "3 units of the line are left"),
        (scene.placed.number, (1, 1), 10**20, "3 units of the line are left"),
        (scene.placed.number, (1, 1), 0, "at least one unit of the line goes back"),
        (scene.placed.number, (1, 1), -1, "at least one unit of the line goes back"),
        (scene.placed.number, (10**20, 1), 1, "the purchase has no order 1000"),
        (unpaid.number, (1, 1), 1, "the order is not paid"),
    ):
        with pytest.raises(click.ClickException, match=words):
            refund_units_of(number=number, line=line, units=units, reason=RefundReason.FAULTY)

    assert hot_rows() == before
