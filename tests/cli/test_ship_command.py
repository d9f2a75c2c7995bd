"""`fairground ship` as a merchant's operator calls it: good rows are taken, bad ones told, nothing twice."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from fairground.aftersales.rules import CaseState
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.cli.ship import ship, ship_file
from fairground.fulfilment.models import Shipment
from fairground.merchants.models import Merchant
from fairground.orders.models import Order
from fairground.orders.rules import Step
from tests.books import hot_rows
from tests.cases import LATER, exchange, make_variant, state_of
from tests.cases import ship as ship_orders_of
from tests.factories import NOW, make_market
from tests.fulfilment.withdrawing import buy, withdraw
from tests.refunding import LATER_MS, Scene, make_scene


@pytest.fixture
def scene(lone_writer: object) -> Scene:
    make_market()
    return make_scene()


def slug_of(merchant_id: int) -> str:
    return Merchant.objects.get(id=merchant_id).slug


def written(tmp_path: Path, *rows: str, head: str = "order,carrier,tracking") -> Path:
    path = tmp_path / "parcels.csv"
    path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return path


def test_the_help_shows_how_it_is_called() -> None:
    result = CliRunner().invoke(ship, ["--help"])

    assert result.exit_code == 0
    assert "fairground ship parcels.csv --merchant olmo --json" in result.output


def test_orders_are_shipped_by_their_number_and_by_their_id_and_twice_is_once(scene: Scene, tmp_path: Path) -> None:
    slug, number = slug_of(scene.chair.merchant.id), f"{scene.placed.number}-1"
    path = written(tmp_path, f"{number},DHL,ab 12", f"{number.lower()},DHL,AB12", f"{scene.chairs}, DHL ,AB12")

    report = ship_file(path=path, merchant=slug, now=NOW)

    assert (report.written, report.orders_shipped, report.there_before, report.refused) == (1, 1, 2, 0)
    assert Order.objects.get(id=scene.chairs).state == Step.SHIPPED
    assert Shipment.objects.get().tracking_number == "AB12"
    before = hot_rows()
    again = ship_file(path=path, merchant=slug, now=NOW)
    assert (again.written, again.orders_shipped, again.there_before) == (0, 0, 3)
    assert hot_rows() == before


def test_rows_that_can_not_be_taken_are_told_and_the_others_are_taken(scene: Scene, tmp_path: Path) -> None:
    advance_orders(order_ids=[scene.lamps], then=Step.CANCELLED, now_ms=LATER_MS)
    path = written(
        tmp_path,
        f"{scene.placed.number}-1,,1",
        f"{scene.placed.number}-2,DHL,1",
        f"{scene.placed.number},DHL,1",
        f"{scene.placed.number}-9,DHL,1",
        ",DHL,1",
        f"{scene.placed.number}-1,{'D' * 61},1",
        f"{scene.placed.number}-1,DHL,{'1' * 61}",
        f"{scene.placed.number}-1,D\x07HL,1",
        "99999999999999999999999999,DHL,1",
        f"{scene.placed.number}-1,DHL,2",
        f"{scene.placed.number}-1,DHL,3",
    )

    report = ship_file(path=path, merchant=slug_of(scene.chair.merchant.id), now=NOW)

    assert (report.written, report.refused) == (1, 10)
    assert {one["line"]: one["why"] for one in report.told} == {
        2: "carrier is missing, or longer than 60 characters",
        3: "the merchant has no such order",
        4: "it is a purchase of several orders: write which one, as in NUMBER-2",
        5: "the merchant has no such order",
        6: "order is no number of an order",
        7: "carrier is missing, or longer than 60 characters",
        8: "tracking is longer than 60 characters",
        9: "carrier or tracking has characters that can't be printed",
        10: "the merchant has no such order",
        12: "the order is shipped: nothing of it can be shipped",
    }
    assert Shipment.objects.get().tracking_number == "2"


def test_a_replacement_leaves_by_the_number_of_its_case_once_and_only_its_merchants(
    scene: Scene, tmp_path: Path
) -> None:
    ship_orders_of(scene.lamps)
    case_id = exchange(scene, scene.lamps, 1, swap_sku_id=make_variant(scene.lamp).id)
    path = written(tmp_path, f"{scene.placed.number}-2-1,DHL,r 1", f"{scene.placed.number}-2-2,DHL,R1")
    wrong = ship_file(path=path, merchant=slug_of(scene.chair.merchant.id), now=LATER)
    assert [one["why"] for one in wrong.told] == ["the merchant has no such order"] * 2
    assert state_of(case_id) is CaseState.REPLACING

    report = ship_file(path=path, merchant=slug_of(scene.lamp.merchant.id), now=LATER)

    assert (report.written, report.replacements, report.refused) == (1, 1, 1)
    assert state_of(case_id) is CaseState.REPLACED
    again = ship_file(path=path, merchant=slug_of(scene.lamp.merchant.id), now=LATER)
    assert (again.written, again.there_before, again.refused) == (0, 1, 1)
    late = written(tmp_path, f"{scene.placed.number}-2-1,DHL,R2")
    (told,) = ship_file(path=late, merchant=slug_of(scene.lamp.merchant.id), now=LATER).told
    assert told["why"] == "the case is replaced: no replacement of it has to be sent"


def test_another_merchants_orders_are_none(scene: Scene, tmp_path: Path) -> None:
    before = hot_rows()
    path = written(tmp_path, f"{scene.placed.number}-1,DHL,1", f"{scene.chairs},DHL,1")

    report = ship_file(path=path, merchant=slug_of(scene.lamp.merchant.id), now=NOW)

    assert [one["why"] for one in report.told] == ["the merchant has no such order"] * 2
    assert hot_rows() == before
    assert Shipment.objects.count() == 0


def test_a_file_or_a_merchant_that_is_none_is_told(scene: Scene, tmp_path: Path) -> None:
    slug = slug_of(scene.chair.merchant.id)

    with pytest.raises(click.ClickException, match="there is no merchant nobody"):
        ship_file(path=written(tmp_path), merchant="nobody", now=NOW)
    with pytest.raises(click.ClickException, match="needs the columns order, carrier and tracking"):
        ship_file(path=written(tmp_path, head="order,carrier"), merchant=slug, now=NOW)
    with pytest.raises(click.ClickException, match=r"is no \.csv or \.tsv file"):
        ship_file(path=tmp_path / "parcels.txt", merchant=slug, now=NOW)


def test_an_order_that_is_withdrawn_from_is_told_and_does_not_leave(lone_writer: object, tmp_path: Path) -> None:
    bought = buy()
    withdraw(f"{bought.placed.number}-1", statement="One of the chairs")
    path = written(tmp_path, f"{bought.placed.number}-1,DHL,A1")

    report = ship_file(path=path, merchant=slug_of(bought.chair.merchant.id), now=NOW)

    assert (report.written, report.refused) == (0, 1)
    assert Shipment.objects.count() == 0
