"""The page of the rain, as forms without any script send it: who may grab, what one has, what is to come."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from fairground.identity.models import Shopper
from fairground.intake.counter import Counter
from fairground.redpackets.models import Packet
from fairground.redpackets.rules import CampaignKind
from tests.counters import counter_open
from tests.factories import make_market, make_shopper
from tests.people_making import make_guest
from tests.redpackets.giving import HOUR, grab, grab_request, make_campaign, make_round

pytestmark = pytest.mark.usefixtures("writer")


@pytest.fixture
def counter() -> Iterator[Counter]:
    """The door of the process that answers the test's pages."""
    make_market()
    with counter_open() as opened:
        yield opened


def rain_campaign(*, kind: CampaignKind = CampaignKind.RAIN) -> int:
    now = timezone.now()
    return make_campaign(kind=kind, opens_at=now - 3 * HOUR, closes_at=now + 6 * HOUR)


def open_round(*, campaign_id: int | None = None, packets: int = 2, in_hours: int = 0) -> int:
    """Open a round that began half an hour ago, or will in so many hours and a half."""
    begins = timezone.now() + in_hours * HOUR + timedelta(minutes=30 if in_hours else -30)
    campaign_id = campaign_id or rain_campaign()
    return make_round(campaign_id=campaign_id, packets=packets, opens_at=begins, closes_at=begins + HOUR)


def verified(client: Client) -> int:
    """Make the client's session a verified shopper's, and return it."""
    shopper_id = make_guest(client).shopper_id
    Shopper.objects.filter(id=shopper_id).update(verified=True)
    return shopper_id


def page_of(client: Client) -> str:
    answer = client.get("/rain")
    assert answer.status_code == 200
    return answer.content.decode()


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of the first form that grabs."""
    form = page[page.index('class="rain-form"') :]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[: form.index("</form>")]))


def test_a_packet_is_opened_by_a_form_and_stands_among_mine(counter: Counter, client: Client) -> None:
    shopper_id = verified(client)
    open_round(packets=1)
    before = page_of(client)

    answer = client.post("/rain", hidden(before))

    assert (answer.status_code, answer["Location"]) == (303, "/rain")
    packet = Packet.objects.get()
    assert (packet.shopper_id, packet.amount_minor) == (shopper_id, 1_000)
    after = page_of(client)
    assert "You opened a packet with €10.00." in after
    assert "None yet." in before
    assert "Good until" in after
    assert 'class="rain-form"' not in after


def test_the_same_form_twice_is_one_packet(counter: Counter, client: Client) -> None:
    verified(client)
    open_round()
    fields = hidden(page_of(client))

    answers = [client.post("/rain", fields).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert Packet.objects.count() == 1


def test_who_comes_too_late_is_told_what_to_do(counter: Counter, client: Client) -> None:
    verified(client)
    round_id = open_round(packets=1)
    fields = hidden(page_of(client))
    grab([grab_request(round_id, shopper_id=make_shopper(), arrived_at_ms=counter.clock.now_ms())])

    answer = client.post("/rain", fields)

    assert answer.status_code == 200
    assert "All packets of this round are taken." in answer.content.decode()
    assert Packet.objects.count() == 1


def test_before_a_round_opens_its_button_waits_and_the_form_is_refused(counter: Counter, client: Client) -> None:
    verified(client)
    round_id = open_round(in_hours=1)
    page = page_of(client)

    answer = client.post("/rain", hidden(page))

    assert re.search(r'<button[^>]*data-phase="before" disabled>', page)
    assert "The round is not open yet." in answer.content.decode()
    assert not Packet.objects.filter(round_id=round_id).exists()


def test_guests_see_the_rounds_and_how_to_take_part_but_no_button(counter: Counter, client: Client) -> None:
    open_round()
    page = page_of(client)
    make_guest(client)

    answer = client.post("/rain", {"round": re.findall(r'id="round-(\d+)"', page)[0], "key": ""})

    assert "2 packets share €10.00." in page
    assert "sign in with a confirmed e-mail address" in page
    assert 'class="rain-form"' not in page
    assert '"pass"' not in page
    assert answer.status_code == 200
    assert Packet.objects.count() == 0


def test_a_personal_packet_stands_beside_the_rain_and_later_rounds_are_named(counter: Counter, client: Client) -> None:
    verified(client)
    campaign_id = rain_campaign()
    personal = open_round(campaign_id=rain_campaign(kind=CampaignKind.PERSONAL))
    opened, later = open_round(campaign_id=campaign_id), open_round(campaign_id=campaign_id, in_hours=2)

    page = page_of(client)

    assert re.findall(r'id="round-(\d+)"', page) == [str(personal), str(opened)]
    assert f'id="round-{later}"' not in page
    assert page.count('class="rain-form"') == 2
    assert "2 packets, €10.00" in page


def test_without_rounds_the_page_says_so(counter: Counter, client: Client) -> None:
    assert "No round is to come for you now." in page_of(client)


def test_what_lies_in_packets_is_not_in_the_page(counter: Counter, client: Client) -> None:
    verified(client)
    make_round(
        campaign_id=rain_campaign(),
        packets=1,
        budget_minor=31_415,
        opens_at=timezone.now() - HOUR,
        closes_at=timezone.now() + HOUR,
    )
    page = page_of(client)

    assert "amounts" not in page
    assert page.count("314.15") == 1, "the budget alone"
