"""The halls of the demo: composed of what the packaged catalogue has, in all languages of the pages."""

import pytest
from django.conf import settings

from fairground.catalog.imports.opening import packaged_sample
from fairground.catalog.models import Product
from fairground.festivals.actions import create_festival
from fairground.festivals.blocks import Deals, Kind, Source, Text
from fairground.festivals.composition import hall_blocks
from fairground.festivals.demo import demo_festival
from fairground.festivals.demo_halls import compose_demo_halls
from fairground.festivals.models import Hall
from fairground.inventory.imports import import_catalogue
from fairground.markets.actions import ensure_markets
from fairground.markets.queries import default_world, reference_rates
from fairground.sites.languages import catalogue_name
from tests.catalogue_making import CLOSES_AT, NOW_MS, OPENS_AT
from tests.factories import BY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lone_writer")]


@pytest.fixture
def festival() -> str:
    """The demo's festival before there are goods."""
    ensure_markets(world=default_world())
    record = demo_festival(categories=packaged_sample().names().categories)
    return create_festival(record=record, opens_at=OPENS_AT, closes_at=CLOSES_AT, rates=reference_rates())


def test_every_hall_with_goods_opens_with_a_countdown_and_what_opens_next(festival: str) -> None:
    import_catalogue(source=packaged_sample(), now_ms=NOW_MS, festival=festival)

    added = compose_demo_halls(festival=festival, by=BY)

    composed = {hall.slug: [one.block for one in hall_blocks(hall_id=hall.pk)] for hall in Hall.objects.all()}
    assert added == sum(map(len, composed.values())) == 47
    for blocks in composed.values():
        assert [one.kind for one in blocks[:2]] == [Kind.COUNTDOWN, Kind.DEALS]
        assert blocks[1].matter == Deals(Source.NEXT, most=11)
    spoken = {catalogue_name(code) for code, _name in settings.LANGUAGES}
    for block in (one for blocks in composed.values() for one in blocks if one.words):
        assert set(block.words) == spoken
    texts = [one.matter for blocks in composed.values() for one in blocks if isinstance(one.matter, Text)]
    told = [one.product_id for one in texts if one.product_id]
    assert Product.objects.filter(id__in=told).count() == len(told) == 7


def test_a_hall_without_goods_is_not_composed(festival: str) -> None:
    assert compose_demo_halls(festival=festival, by=BY) == 0
