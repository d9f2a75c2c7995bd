"""The price guard's form: what it sets, what it refuses beside which field, and when nothing is set any more."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from fairground.festivals.models import Declaration, Festival
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.models import AuditEntry, Writer
from tests.declaring import make_declared
from tests.factories import make_festival, make_market
from tests.people_making import now_ms
from tests.sites.back_office.staff import sign_in

GUARD = "/back-office/festivals/fair/guard/"
ASKED = {"floor": "20", "deviation": "65", "spread": "30", "amount": ""}


@pytest.fixture(autouse=True)
def _fair(lone_writer: Writer) -> None:
    """A festival that opens next week by the clock, as pages go by it."""
    make_market()
    make_festival()
    opens_at = from_unix_ms(now_ms()) + timedelta(days=7)
    Festival.objects.update(opens_at=opens_at, closes_at=opens_at + timedelta(days=1))


@pytest.fixture
def ada() -> Client:
    return sign_in("operator")


def told(answer: Any) -> list[str]:
    """Return what a page says above itself."""
    return [str(one) for one in answer.context["messages"]]


def thresholds() -> tuple[Any, ...]:
    names = ("floor_bps", "floor_minor", "deviation_bps", "spread_bps")
    row: tuple[Any, ...] = Festival.objects.values_list(*names).get()
    return row


def test_what_the_guard_goes_by_is_set_for_a_festival_and_stands_in_the_audit_log(ada: Client) -> None:
    typed = {"floor": "25", "amount": "1.50", "deviation": "40.5"}

    assert told(ada.post(GUARD, {**ASKED, **typed}, follow=True)) == ["Saved."]

    assert thresholds() == (2_500, 150, 4_050, 3_000)
    entry = AuditEntry.objects.latest("id")
    assert (entry.verb, entry.subject_id) == ("changed", "fair")
    assert entry.facts["deviation_bps"] == [6_500, 4_050]
    shown = ada.get(GUARD).content.decode()
    for words in ('value="40.5"', 'value="1.50"'):
        assert words in shown
    make_declared(price="60.50")
    assert [one["code"] for one in Declaration.objects.get().findings] == ["too-deep"]


def test_a_form_sent_back_as_it_was_changes_nothing(ada: Client) -> None:
    before = thresholds()

    assert told(ada.post(GUARD, ASKED, follow=True)) == ["Nothing was changed."]

    assert thresholds() == before
    assert not AuditEntry.objects.filter(verb="changed").exists()


@pytest.mark.parametrize(
    ("name", "typed"), [("floor", "101"), ("floor", "-1"), ("deviation", "many"), ("spread", ""), ("amount", "1,50")]
)
def test_what_is_no_threshold_is_said_beside_its_field(ada: Client, name: str, typed: str) -> None:
    before = thresholds()

    answer = ada.post(GUARD, {**ASKED, name: typed})

    assert list(answer.context["form"].errors) == [name]
    assert thresholds() == before


def test_nothing_is_set_after_the_opening(ada: Client) -> None:
    opened_at = from_unix_ms(now_ms()) - timedelta(hours=1)
    Festival.objects.update(opens_at=opened_at)
    before = thresholds()

    answer = ada.post(GUARD, {**ASKED, "floor": "1"})

    assert "deals are frozen" in str(answer.context["form"].errors["__all__"])
    assert thresholds() == before


@pytest.mark.parametrize(("name", "typed"), [("floor", "19"), ("deviation", "66"), ("spread", "31")])
def test_what_would_loosen_the_guard_is_said_beside_its_field_and_stays_typed(
    ada: Client, name: str, typed: str
) -> None:
    only_stricter = "Deals are declared already, so it can only be made stricter."
    assert only_stricter not in ada.get(GUARD).content.decode()
    make_declared()
    before = thresholds()

    answer = ada.post(GUARD, {**ASKED, name: typed})

    assert [*answer.context["form"].errors] == [name]
    page = answer.content.decode()
    assert page.count("Deals are declared already, so the price guard can only be made stricter") == 2
    assert (f'value="{typed}"' in page, only_stricter in page) == (True, True)
    assert thresholds() == before
