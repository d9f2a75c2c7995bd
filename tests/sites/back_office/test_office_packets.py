"""Campaigns of red packets in the back office: their books are there to be read, and nothing can be written."""

import pytest

from fairground.redpackets.actions.give_rounds import close_rounds
from fairground.redpackets.models import PacketCampaign
from tests.factories import make_market, make_shopper
from tests.redpackets.giving import after_closing, grab_one, make_campaign, make_round
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")


def test_a_campaigns_page_says_what_was_allotted_taken_and_returned() -> None:
    make_market()
    campaign_id = make_campaign(budget_minor=5_000)
    closed, opened = (make_round(campaign_id=campaign_id, packets=2) for _ in range(2))
    taken = grab_one(closed, shopper_id=make_shopper()).amount_minor
    close_rounds(now_ms=after_closing(closed))

    page = sign_in().get(f"/back-office/redpackets/packetcampaign/{campaign_id}/change/").content.decode()

    assert "Golden hour" in page
    assert f"taken: {taken / 100:.2f} EUR" in page
    assert "open in rounds: 0.00 EUR" in page
    assert "packets taken: 1" in page
    assert f"{closed}: 2026-11-11 00:00:00 UTC, 2 packets of 10.00 EUR, returned {10 - taken / 100:.2f} EUR" in page
    assert f"{opened}: 2026-11-11 00:00:00 UTC, 2 packets of 10.00 EUR, returned 10.00 EUR" in page


def test_the_list_shows_caps_and_nobody_writes_there() -> None:
    make_market()
    campaign_id = make_campaign(budget_minor=5_000)
    make_round(campaign_id=campaign_id, packets=2)
    client = sign_in()

    page = client.get("/back-office/redpackets/packetcampaign/").content.decode()
    answer = client.post(f"/back-office/redpackets/packetcampaign/{campaign_id}/change/", {"budget_minor": 9_999})

    assert all(text in page for text in ("50.00 EUR", "10.00 EUR", "40.00 EUR"))
    assert answer.status_code == 403
    assert PacketCampaign.objects.get().budget_minor == 5_000
