"""What stands in the way of a festival's opening, and the words for it."""

import pytest

from fairground.catalog.rules import DealTerms
from fairground.festivals.models import Deal, DealPrice, Hall, Phase
from fairground.festivals.phase_plan import PhaseKind
from fairground.inventory.models import Stock
from fairground.inventory.readiness import festival_readiness
from fairground.sites.festival_words import lacks_of
from tests.catalogue_making import make_festival, make_product, make_shop, run_import
from tests.phase_making import give_phases

pytestmark = pytest.mark.django_db


@pytest.fixture
def festival() -> str:
    """A festival with all phases, whose one hall has two deals with stock and prices."""
    make_shop()
    slug = make_festival()
    give_phases(zone="Europe/Madrid")
    deal = DealTerms(percent_off=30, units=40, buyer_limit=2)
    run_import(*[make_product(external_id=name, deal=deal) for name in ("chair", "lamp")], festival=slug)
    Deal.objects.update(hall=Hall.objects.get())
    return slug


def texts(festival: str) -> list[str]:
    return [one.text for one in lacks_of(festival_readiness(festival=festival), zone="Europe/Madrid")]


def test_a_festival_that_lacks_nothing_is_ready(festival: str) -> None:
    assert festival_readiness(festival=festival).is_ready
    assert texts(festival) == []


def test_each_lack_is_told_in_a_sentence(festival: str) -> None:
    first, second = Deal.objects.order_by("id")
    Stock.objects.filter(sku_id=first.sku_id).update(units=39)
    DealPrice.objects.filter(deal=second).delete()
    Hall.objects.create(festival_id=festival, slug="attic", name={"en": "Attic"})
    Phase.objects.filter(kind=PhaseKind.WARM_UP).delete()

    assert not festival_readiness(festival=festival).is_ready
    assert texts(festival) == [
        "Nothing is on from 2026-10-22 01:00 to 2026-11-01 01:00, between Enrolment and Presale.",
        f"1 deal promises more units than there are: {first.id}",
        f"1 deal has no price in any market: {second.id}",
        "The hall attic has no deals.",
    ]


def test_a_market_that_opens_by_its_own_clocks_lacks_nothing(festival: str) -> None:
    give_phases(zone="Europe/Madrid", own_zones={"US": "America/New_York"})

    assert festival_readiness(festival=festival).is_ready


def test_a_festival_without_phases_has_no_sale(festival: str) -> None:
    Phase.objects.all().delete()

    assert texts(festival) == ["There is no sale."]
