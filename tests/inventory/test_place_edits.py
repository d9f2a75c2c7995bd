"""A place's country by hand: checked, told to batches, in the audit log; none of it where it is refused."""

import pytest
from django.db import IntegrityError

from fairground.inventory.merchant_places import PlaceSeen, count_unstated, places_of
from fairground.inventory.models import Place
from fairground.inventory.place_edits import NoSuchWarehouse, PlaceImpossible, edit_place
from fairground.kernel.models import AuditEntry, Writer
from tests.factories import BY, make_merchant

pytestmark = pytest.mark.usefixtures("lone_writer")


def test_a_place_is_moved_once_batches_are_told_and_the_log_has_it() -> None:
    merchant = make_merchant(country="CN")
    before = Writer.objects.get().offers_version

    assert edit_place(merchant_id=merchant.id, name="Valencia", country="ES", by=BY)
    assert not edit_place(merchant_id=merchant.id, name="Valencia", country="ES", city="Valencia", by=BY)

    assert places_of(merchant_id=merchant.id) == [
        PlaceSeen(merchant.place_id, "Valencia", "warehouse", "Valencia", "ES")
    ]
    assert Writer.objects.get().offers_version == before + 1
    entry = AuditEntry.objects.get(verb="place-edited")
    assert (entry.subject_kind, entry.subject_id) == ("merchant", str(merchant.id))
    assert entry.facts == {"place": ["Valencia", "Valencia"], "country": ["CN", "ES"]}


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"country": "UK"}, PlaceImpossible),
        ({"country": ""}, PlaceImpossible),
        ({"country": "ES", "city": "V" * 81}, PlaceImpossible),
        ({"country": "ES", "name": "Elsewhere"}, NoSuchWarehouse),
    ],
)
def test_what_can_not_be_is_refused_and_nothing_changes(
    asked: dict[str, str], refusal: type[PlaceImpossible | NoSuchWarehouse]
) -> None:
    merchant = make_merchant(country="CN")
    before = Writer.objects.get().offers_version
    asked = {"name": "Valencia"} | asked

    with pytest.raises(refusal):
        edit_place(merchant_id=merchant.id, name=asked["name"], country=asked["country"], city=asked.get("city"), by=BY)

    assert Place.objects.get().country == "CN"
    assert Writer.objects.get().offers_version == before
    assert not AuditEntry.objects.exists()


def test_places_without_a_country_are_counted() -> None:
    stated, guessed = make_merchant(), make_merchant()
    Place.objects.filter(id=guessed.place_id).update(country="")

    assert count_unstated(place_ids=[stated.place_id, guessed.place_id]) == 1


def test_the_database_takes_no_country_that_is_none() -> None:
    make_merchant()

    with pytest.raises(IntegrityError, match="place_country_stated_or_empty"):
        Place.objects.update(country="es")
