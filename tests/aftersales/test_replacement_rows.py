"""Replacements as rows: found by their case's number, erased with its words, and what the database refuses."""

import pytest
from django.db import IntegrityError, transaction

from fairground.aftersales.actions.erase_words import erase_due_words
from fairground.aftersales.models import CaseLine, Replacement
from fairground.aftersales.queries import case_of_number, case_shown
from fairground.aftersales.rules import ReplacementEnd
from tests.cases import LATER, ask, confirm, days, exchange, lose, make_variant, send_other, ship
from tests.factories import SkuMade, make_market
from tests.refunding import Scene, make_scene


@pytest.fixture
def scene(lone_writer: None) -> Scene:
    make_market()
    made = make_scene()
    ship(made.lamps)
    return made


@pytest.fixture
def other(scene: Scene) -> SkuMade:
    return make_variant(scene.lamp, units=2)


def test_a_case_is_found_by_its_number(scene: Scene, other: SkuMade) -> None:
    case_id = ask(scene, scene.lamps, 1, swap_sku_id=other.id).case_id
    shown = case_shown(case_id=case_id)
    assert shown is not None

    assert case_of_number(f" {shown.row.number} ") == case_id
    for wrong in (
        "",
        "-1",
        shown.row.number + "-1",
        shown.row.number[:-1] + "9",
        scene.placed.number + "-1",
        "x" * 999,
    ):
        assert case_of_number(wrong) is None


def test_numbers_of_parcels_are_erased_with_the_cases_words(scene: Scene, other: SkuMade) -> None:
    case_id = exchange(scene, scene.lamps, 1, swap_sku_id=other.id)
    send_other(case_id)
    confirm(scene, case_id)

    erase_due_words(now=days(732))

    assert list(Replacement.objects.values_list("carrier", "tracking_number")) == [("DHL", "")]


def test_the_database_lets_a_line_give_money_or_other_units_and_no_more_than_are_due(
    scene: Scene, other: SkuMade
) -> None:
    """INV-38 without the actions."""
    case_id = exchange(scene, scene.lamps, 2, swap_sku_id=other.id)
    lines = CaseLine.objects.filter(case_id=case_id)

    with pytest.raises(IntegrityError, match="inv_38_money_or_other_units"), transaction.atomic():
        lines.update(swap_reserved=1, units_paid=1)
    with pytest.raises(IntegrityError, match="inv_38_no_more_given_than_due"), transaction.atomic():
        lines.update(swap_due=1)
    with pytest.raises(IntegrityError, match="inv_38_no_more_given_than_due"), transaction.atomic():
        lines.update(swap_lost=-1)


def test_the_database_lets_one_replacement_be_wanted_or_arrive_and_a_parcel_be_written_once(
    scene: Scene, other: SkuMade
) -> None:
    """INV-38 without the actions."""
    case_id = exchange(scene, scene.lamps, 1, swap_sku_id=other.id)
    send_other(case_id)
    row = {"case_id": case_id, "number": 2, "wanted_at": LATER}

    with pytest.raises(IntegrityError, match="inv_38_replaced_once"), transaction.atomic():
        Replacement.objects.create(**row)
    lose(case_id)
    with pytest.raises(IntegrityError, match="inv_38_replacement_written_once"), transaction.atomic():
        Replacement.objects.create(**row, carrier="DHL", tracking_number="R1", sent_at=LATER)
    with pytest.raises(IntegrityError, match="replacement_end_fits_moments"), transaction.atomic():
        Replacement.objects.create(**row, end=ReplacementEnd.ARRIVED, ended_at=LATER)
