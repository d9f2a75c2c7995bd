"""Campaigns of red packets in the back office: made with their rounds, then their books are there to be read."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairground.kernel.models import AuditEntry
from fairground.redpackets.actions.give_rounds import close_rounds
from fairground.redpackets.models import PacketCampaign, PacketRound
from fairground.redpackets.queries import campaign_books
from tests.factories import make_festival, make_market, make_shopper
from tests.redpackets.giving import after_closing, grab_one, make_campaign, make_round
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")

RAIN = "/back-office/rain/new/"


def test_a_campaigns_page_says_what_was_allotted_taken_and_returned() -> None:
    make_market()
    campaign_id = make_campaign(budget_minor=5_000)
    closed, opened = (make_round(campaign_id=campaign_id, packets=2) for _ in range(2))
    taken = grab_one(closed, shopper_id=make_shopper()).amount_minor
    close_rounds(now_ms=after_closing(closed))

    page = sign_in().get(f"/back-office/redpackets/packetcampaign/{campaign_id}/change/").content.decode()

    assert "Golden hour" in page
    assert "used: 0.00 EUR" in page
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


def typed(**changes: str) -> dict[str, str]:
    """Return what the form sends for two rounds of five packets that share 10.01; with changes."""
    sent = {
        "festival": "fair",
        "market": "EU",
        "kind": "rain",
        "name_en": "Golden hour",
        "budget": "10.01",
        "packets": "5",
        "rounds": "2",
        "first": "2080-01-01T00:00:00",
        "every": "600",
        "open_for": "60",
        "good_days": "30",
    }
    return {name: value for name, value in {**sent, **changes}.items() if value}


def test_a_campaign_is_made_with_its_rounds() -> None:
    make_market()
    make_festival()

    answer = sign_in().post(RAIN, typed())

    campaign, first = PacketCampaign.objects.get(), datetime(2080, 1, 1, tzinfo=UTC)
    assert answer.headers["Location"] == f"/back-office/redpackets/packetcampaign/{campaign.id}/change/"
    assert (campaign.budget_minor, campaign.allotted_minor, campaign.name) == (1_001, 1_001, {"en": "Golden hour"})
    rounds = list(PacketRound.objects.order_by("id").values_list("opens_at", "closes_at", "packets", "budget_minor"))
    minute = timedelta(minutes=1)
    assert rounds == [(first, first + minute, 5, 501), (first + 10 * minute, first + 11 * minute, 5, 500)]
    entries = AuditEntry.objects.filter(subject_kind="packet campaign").order_by("id")
    assert [(one.verb, one.user_id is not None) for one in entries] == [("added", True), ("changed", True)]


def test_a_form_sent_twice_makes_one_campaign_and_another_form_another() -> None:
    make_market()
    make_festival()
    client = sign_in()
    shown = [client.get(RAIN) for _ in range(2)]
    keys = [str(one.context["form"]["form_key"].value()) for one in shown]
    assert f'name="form_key" value="{keys[0]}"' in shown[0].content.decode()
    first = client.post(RAIN, typed(form_key=keys[0]))

    again = client.post(RAIN, typed(form_key=keys[0], budget="90.00"), follow=True)

    assert again.redirect_chain == [(first.headers["Location"], 302)]
    assert "This form was sent before: here is what it made." in again.content.decode()
    assert (PacketCampaign.objects.get().budget_minor, PacketRound.objects.count()) == (1_001, 2)
    client.post(RAIN, typed(form_key=keys[1]))
    assert PacketCampaign.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name_en": ""}, "name_en", "It has a name in some language."),
        ({"budget": "ten"}, "budget", "Write an amount in EUR with a point"),
        ({"budget": "0.09"}, "budget", "Each packet needs a minor unit"),
        ({"kind": "personal"}, "rounds", "A personal campaign has one round."),
        ({"first": "2020-01-01T00:00:00"}, "first", "A round that is over can't be opened."),
        ({"rounds": "1000", "packets": "1000"}, "rounds", "Here at most 200000 packets are drawn"),
        ({"every": "31000000", "rounds": "3"}, "every", "All rounds begin within a year."),
        ({"first": "9999-12-31T23:59:59"}, "first", "That is too far off."),
        ({"market": "XX"}, "market", "Select a valid choice"),
    ],
)
def test_what_can_not_be_is_said_beside_its_field_and_makes_no_campaign(
    changes: dict[str, str], field: str, words: str
) -> None:
    make_market()
    make_festival()

    answer = sign_in().post(RAIN, typed(**changes))

    assert words in " ".join(map(str, answer.context["form"].errors[field]))
    assert (PacketCampaign.objects.count(), PacketRound.objects.count()) == (0, 0)


def test_the_list_says_what_was_taken_and_returned_in_as_many_statements_for_more() -> None:
    make_market()
    campaign_id = make_campaign(budget_minor=5_000)
    closed = make_round(campaign_id=campaign_id, packets=2)
    taken = grab_one(closed, shopper_id=make_shopper()).amount_minor
    close_rounds(now_ms=after_closing(closed))
    client = sign_in()

    def listed() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as asked:
            page = client.get("/back-office/redpackets/packetcampaign/").content.decode()
        return page, len(asked)

    page, few = listed()
    for _ in range(3):
        make_campaign()

    assert f"{taken / 100:.2f} EUR" in page
    assert f"{(1_000 - taken) / 100:.2f} EUR" in page
    assert listed()[1] == few
    assert "column-used" not in page
    assert campaign_books(campaign_ids=[campaign_id], with_used=False)[campaign_id].used_minor is None
