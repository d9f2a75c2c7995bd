"""The phases of a festival in the back office."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from fairground.checkout.actions.advance_festivals import advance_festivals
from fairground.festivals.models import Deal, Festival, Phase
from fairground.festivals.phase_plan import PhaseKind
from fairground.inventory.models import Stock
from fairground.kernel.models import AuditEntry
from fairground.markets.models import Market
from tests.factories import make_market, make_sku
from tests.phase_making import give_phases
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")

FAR_OFF = datetime(2100, 11, 10, 16, tzinfo=UTC)
PAGE = "/back-office/festivals/fair/phases/"


@pytest.fixture
def festival() -> str:
    """A festival that opens at midnight in Shanghai, in 2100, with a deal that is not frozen."""
    make_market(code="US", currency="USD", tax_rates_bps={})
    make_market()
    Market.objects.filter(code="US").update(time_zone="America/New_York")
    made = make_sku(deal_price_minor=900, opens_at=FAR_OFF, closes_at=FAR_OFF + timedelta(days=1))
    Stock.objects.filter(deal_id=made.deal_id).delete()
    Festival.objects.update(zone="Asia/Shanghai", opens_at=FAR_OFF, closes_at=FAR_OFF + timedelta(days=1))
    give_phases(zone="Asia/Shanghai", own_zones={"US": "America/New_York"})
    return "fair"


def save(client: Client, **typed: str) -> list[str]:
    """Send the form of the page with what was typed, and return what the page says of it."""
    shown = client.get(PAGE).context
    sent: dict[str, Any] = {edge.field: edge.typed for row in shown["rows"] for edge in row.edges if edge.field}
    answer = client.post(PAGE, {**sent, "shown": shown["shown"], **typed}, follow=True)
    return [str(one) for one in answer.context["messages"]]


def gala() -> tuple[datetime, datetime]:
    found = Phase.objects.get(kind=PhaseKind.GALA)
    return found.starts_at, found.ends_at


def test_the_page_shows_phases_by_their_clocks_and_in_utc_and_what_the_festival_lacks(festival: str) -> None:
    answer = sign_in().get(PAGE)

    rows = {(row.name, row.market): row for row in answer.context["rows"]}
    begins, ends = rows["Gala", ""].edges
    assert (begins.local, begins.utc) == ("2100-11-10 20:00", "2100-11-10 12:00")
    assert (ends.local, ends.utc, rows["Gala", ""].zone) == ("2100-11-11 00:00", "2100-11-10 16:00", "Asia/Shanghai")
    assert rows["Sale", "US"].edges[0].local == "2100-11-11 00:00"
    assert (rows["Sale", "US"].zone, rows["Sale", ""].state) == ("America/New_York", "to come")
    assert [edge.field for edge in rows["Sale", ""].edges] == ["", ""]
    assert answer.context["problems"] == []
    assert "No phase has begun yet." in answer.content.decode()


def test_what_happened_is_listed_with_what_came_of_it(festival: str) -> None:
    Deal.objects.update(units=500)
    late = FAR_OFF - timedelta(days=15)
    advance_festivals(now=late)

    answer = sign_in("support").get(PAGE)

    held = "1 deal promises more units than are free, which is tried again every minute; none was set aside"
    listed = [(one.name, one.done, one.outcome) for one in answer.context["transitions"]]
    assert listed[-2:] == [
        ("Enrolment ends", "", held),
        ("Warm-up begins", "2100-10-27 00:00", ""),
    ]
    assert [text.partition(":")[0] for text in answer.context["problems"]] == [
        "1 deal promises more units than there are"
    ]
    assert not answer.context["may_write"]


def test_times_are_typed_by_the_clocks_of_each_phase(festival: str) -> None:
    said = save(sign_in(), gala_home_begins="2100-11-10T21:00", presale_home_ends="2100-11-10T21:00:00")

    assert said == ["The phases are changed."]
    assert gala() == (FAR_OFF - timedelta(hours=3), FAR_OFF)
    assert sorted(AuditEntry.objects.get(subject_kind="festival").facts) == ["gala", "presale"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Nothing changed."),
        ({"gala_home_begins": "2100-11-10T19:00"}, None),
        (
            {"gala_home_ends": "2100-11-10T23:00"},
            "Nothing is on from 2100-11-10 23:00 to 2100-11-11 00:00, between Gala and Opening.",
        ),
        (
            {"gala_home_begins": "2020-11-10T19:00"},
            "What has passed stays, and nothing is moved into the past. Nothing changed.",
        ),
        ({"gala_home_begins": "tomorrow"}, "A moment has a date and a time. Nothing changed."),
        ({"gala_home_begins": "0001-01-01T00:00"}, "A moment has a date and a time. Nothing changed."),
        (
            {"shown": "another"},
            "It was changed after you opened this page, so nothing was written. It is shown as it is now: look again.",
        ),
    ],
)
def test_what_does_not_fit_is_said_and_changes_nothing(festival: str, typed: dict[str, str], said: str | None) -> None:
    before = gala()

    told = save(sign_in(), **typed)

    assert told[:1] == ([said] if said else ["The phases are changed."])
    assert (gala() == before) == (said is not None)


def test_who_only_reads_can_not_write_and_a_festival_that_is_not_there_has_no_page(festival: str) -> None:
    client = sign_in("support")

    assert client.post(PAGE, {"shown": client.get(PAGE).context["shown"]}).status_code == 403
    assert client.get("/back-office/festivals/nowhere/phases/").status_code == 404


def test_the_festivals_page_leads_to_its_phases(festival: str) -> None:
    page = sign_in().get("/back-office/festivals/festival/fair/change/").content.decode()

    assert f'href="{PAGE}"' in page
