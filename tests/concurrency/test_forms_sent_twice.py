"""Forms that are sent twice at the same moment make one promotion, one campaign; only their keys see to it."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError

from fairground.promotions.actions.declare import PromotionMade, create_promotion
from fairground.promotions.models import Promotion
from fairground.redpackets.actions.give_rounds import CampaignMade, create_campaign, make_rain
from fairground.redpackets.models import PacketCampaign, PacketRound
from fairground.redpackets.rules import CampaignKind, RainPlan, plan_rain
from tests.concurrency.racing import at_once
from tests.factories import BY, make_festival, make_market
from tests.promotion_making import declared

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]

KEY = UUID("0190f7e2-6f5c-4c52-9d5e-3a1b2c3d4e5f")
MADE_ALREADY = "made already"


def rain() -> RainPlan:
    """Return a plan of one round, in a festival and a market that are there."""
    return RainPlan(
        festival="fair",
        market="EU",
        name={"en": "Golden hour"},
        kind=CampaignKind.RAIN,
        budget_minor=1_000,
        packets=5,
        rounds=1,
        first=BY.now + timedelta(hours=1),
        every=timedelta(minutes=10),
        open_for=timedelta(minutes=1),
        good_for=timedelta(days=1),
    )


@pytest.fixture(autouse=True)
def _fair() -> None:
    make_market()
    make_festival()


def make_one_promotion(key: UUID | None) -> str:
    """Make a promotion, or say that it was made already."""
    try:
        return str(create_promotion(record=declared(), by=BY, form_key=key))
    except PromotionMade:
        return MADE_ALREADY


def make_one_campaign(key: UUID | None) -> str:
    """Make a campaign with its round, or say that it was made already."""
    try:
        campaign_id, _rounds = make_rain(plan=rain(), by=BY, form_key=key)
    except CampaignMade:
        return MADE_ALREADY
    return str(campaign_id)


def counts() -> tuple[int, int, int]:
    return Promotion.objects.count(), PacketCampaign.objects.count(), PacketRound.objects.count()


@pytest.mark.parametrize(
    ("make", "once", "thrice"), [(make_one_promotion, (1, 0, 0), (3, 0, 0)), (make_one_campaign, (0, 1, 1), (0, 3, 3))]
)
def test_of_forms_with_one_key_one_makes_something_and_without_a_key_each_does(
    make: Callable[[UUID | None], str], once: tuple[int, int, int], thrice: tuple[int, int, int]
) -> None:
    told = at_once([lambda: make(KEY)] * 3)

    assert (told.count(MADE_ALREADY), len(set(told)), counts()) == (2, 2, once)

    (Promotion if once[0] else PacketRound).objects.all().delete()
    PacketCampaign.objects.all().delete()
    assert (len(set(at_once([lambda: make(None)] * 3))), counts()) == (3, thrice)


def test_the_database_keeps_a_key_to_one_campaign_and_to_one_promotion() -> None:
    record, _rounds = plan_rain(rain())
    create_campaign(record=record, by=BY, form_key=KEY)
    create_promotion(record=declared(), by=BY, form_key=KEY)
    other_id = create_promotion(record=declared(), by=BY)

    with pytest.raises(IntegrityError, match="packetcampaign_made_once_a_form"):
        create_campaign(record=record, by=BY, form_key=KEY)
    with pytest.raises(IntegrityError, match="promotion_made_once_a_form"):
        Promotion.objects.filter(id=other_id).update(form_key=KEY)

    assert counts() == (2, 1, 0)
