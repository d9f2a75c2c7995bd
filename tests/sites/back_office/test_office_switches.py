"""The back office's page of switches: who may, what it asks, and what it then shows."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from fairground.identity.models import User
from fairground.kernel.models import AuditEntry
from fairground.kernel.switches import read_switches
from fairground.sites.switches import PARTS, Part
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.django_db

PAGE = "/back-office/switches/"


def test_each_part_is_listed_with_what_people_then_see() -> None:
    page = sign_in().get(PAGE).content.decode()

    for part, words in PARTS.items():
        assert str(words.name) in page
        assert str(words.then) in page
        assert f'href="{PAGE}{part.value}/"' in page


def test_turning_off_asks_for_how_long_and_why_and_is_a_try_first() -> None:
    client = sign_in()
    asks = client.get(f"{PAGE}live-stock/").content.decode()
    began = datetime.now(UTC)

    done = client.post(f"{PAGE}live-stock/", {"to": "off", "minutes": "10", "reason": "before the festival"})

    state = read_switches()["live-stock"]
    page = client.get(PAGE).content.decode()
    assert "Pages show the stock of the moment in which they were loaded." in asks
    assert asks.index('value="1"') < asks.index("until somebody turns it on")
    assert done["Location"] == PAGE
    assert state.off_until is not None
    assert timedelta(minutes=10) <= state.off_until - began < timedelta(minutes=11)
    assert (state.user_id, state.reason) == (User.objects.get(email="operator@shop.example").pk, "before the festival")
    assert "operator@shop.example" in page
    assert "by itself" in page


def test_it_is_turned_on_again_and_both_are_in_the_audit_log() -> None:
    client = sign_in()
    client.post(f"{PAGE}sitemap/", {"to": "off", "minutes": "", "reason": "robots"})
    client.post(f"{PAGE}sitemap/", {"to": "on", "reason": ""})

    entries = (
        AuditEntry.objects.filter(subject_kind="switch").order_by("id").values_list("verb", "subject_id", "reason")
    )
    assert list(entries) == [("switched-off", "sitemap", "robots"), ("switched-on", "sitemap", "")]
    assert "switched off" in client.get("/back-office/kernel/auditentry/").content.decode()


def test_without_a_reason_or_by_looking_nothing_is_turned() -> None:
    client = sign_in()

    refused = client.post(f"{PAGE}sitemap/", {"to": "off", "minutes": "1", "reason": " "}, follow=True)
    client.get(f"{PAGE}sitemap/")

    assert "Say why, in a few words. Nothing changed." in refused.content.decode()
    assert read_switches() == {}
    assert client.get(f"{PAGE}checkout/").status_code == 404


@pytest.mark.parametrize("role", ["support", "editor"])
def test_only_an_operator_sees_or_turns_them(role: str) -> None:
    client = sign_in(role)

    answers = [client.get(PAGE), client.post(f"{PAGE}{Part.SEEN.value}/", {"to": "off", "reason": "x"})]

    assert [one.status_code for one in answers] == [403, 403]
    assert read_switches() == {}


def test_nobody_else_gets_there() -> None:
    assert Client().get(PAGE).status_code == 302
