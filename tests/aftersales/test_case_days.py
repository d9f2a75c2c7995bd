"""Days of cases by market: set, kept by the cases that are open, refused, and bounded by the database."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta

import click
import pytest
from click.testing import CliRunner
from django.db import IntegrityError, transaction

from fairground.aftersales.actions.open_case import AskedTooLate
from fairground.aftersales.actions.set_days import DaysOutOfRange, NoSuchMarket, set_case_days
from fairground.aftersales.actions.sweep_cases import sweep_cases
from fairground.aftersales.deadlines import NAMES, CaseDays, longest
from fairground.aftersales.market_days import case_days, days_by_market
from fairground.aftersales.models import Case, MarketDays
from fairground.aftersales.rules import CaseState
from fairground.cli.case_days import case_days_, set_days_of
from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry
from fairground.kernel.refusal import Refusal
from tests.cases import LATER, accept, ask, by, days, refuse, ship, state_of
from tests.factories import make_market
from tests.refunding import Scene, make_scene
from tests.sites.back_office.staff import sign_in

OTHERS = CaseDays(answer=5, send=20, receipt=21, escalate=22, decide=23, replace=24, arrive=25, claim=100)


@pytest.fixture
def scene(lone_writer: None) -> Scene:
    make_market()
    made = make_scene()
    ship(made.chairs, made.lamps)
    return made


def assert_refused(refusal: type[Refusal], do: Callable[[], object]) -> None:
    """Assert that it is refused, and that nothing changed."""
    before = list(MarketDays.objects.values_list()), AuditEntry.objects.count()
    with pytest.raises(refusal):
        do()
    assert (list(MarketDays.objects.values_list()), AuditEntry.objects.count()) == before


def test_a_market_has_the_platforms_days_until_it_has_its_own_and_again_when_they_are_the_same(scene: Scene) -> None:
    assert case_days(market="EU") == CaseDays()

    assert set_case_days(market="EU", days=OTHERS, by=By(user_id=7, now=LATER, reason="a decision"))
    assert not set_case_days(market="EU", days=OTHERS, by=by())

    assert [(one.code, there, own) for one, there, own in days_by_market()] == [("EU", OTHERS, True)]
    entry = AuditEntry.objects.get(verb="case-days-set")
    assert (entry.subject_kind, entry.subject_id, entry.user_id, entry.facts["claim"]) == (
        "market",
        "EU",
        7,
        [732, 100],
    )
    assert set_case_days(market="EU", days=CaseDays(), by=by())
    assert MarketDays.objects.count() == 0


def test_a_case_keeps_the_days_with_which_it_was_opened(scene: Scene) -> None:
    before = ask(scene, scene.chairs, 1).case_id
    set_case_days(market="EU", days=OTHERS, by=by())
    after = ask(scene, scene.lamps, 1).case_id
    assert [Case.objects.get(id=one).due_at for one in (before, after)] == [days(3), days(5)]

    for case_id in (before, after):
        accept(case_id)

    assert [Case.objects.get(id=one).due_at for one in (before, after)] == [days(14), days(20)]
    assert Case.objects.get(id=before).days == asdict(CaseDays())
    assert sweep_cases(now=days(20)) == 2
    ended = [Case.objects.get(id=one) for one in (before, after)]
    assert [one.erase_after for one in ended] == [days(20 + 732), days(20 + 100)]


def test_a_refusal_stands_after_the_days_of_the_market(scene: Scene) -> None:
    set_case_days(market="EU", days=OTHERS, by=by())
    case_id = ask(scene, scene.lamps, 1).case_id
    refuse(case_id)
    assert sweep_cases(now=days(22) - timedelta(seconds=1)) == 0

    assert sweep_cases(now=days(22)) == 1

    assert state_of(case_id) is CaseState.CLOSED


def test_faulty_goods_are_claimed_as_long_as_the_market_says(scene: Scene) -> None:
    set_case_days(market="EU", days=OTHERS, by=by())

    with pytest.raises(AskedTooLate):
        ask(scene, scene.lamps, 1, now=days(100))

    assert Case.objects.count() == 0
    ask(scene, scene.lamps, 1, now=days(99))


@pytest.mark.parametrize("name", NAMES)
def test_no_time_is_shorter_than_a_day_or_longer_than_anybody_gives(scene: Scene, name: str) -> None:
    for count in (0, -1, longest(name) + 1, 2**40):
        days_asked = replace(CaseDays(), **{name: count})
        assert_refused(DaysOutOfRange, lambda asked=days_asked: set_case_days(market="EU", days=asked, by=by()))  # type: ignore[misc]
    row = {**asdict(CaseDays()), name: longest(name) + 1}
    with pytest.raises(IntegrityError, match="marketdays_in_range"), transaction.atomic():
        MarketDays.objects.create(market="EU", **row)


def test_a_market_that_is_none_has_no_days(scene: Scene) -> None:
    assert_refused(NoSuchMarket, lambda: set_case_days(market="ZZ", days=OTHERS, by=by()))


def test_the_command_sets_some_and_leaves_the_others_and_tells_what_is_wrong(scene: Scene) -> None:
    assert "fairground case-days set NO --claim 1830" in CliRunner().invoke(case_days_, ["--help"]).output
    assert CliRunner().invoke(case_days_, ["set", "EU"]).exit_code == 2

    assert set_days_of(market="EU", days={"claim": 1_830, "answer": 5}, reason="the law")
    assert case_days(market="EU") == CaseDays(answer=5, claim=1_830)
    assert set_days_of(market="EU", days={"answer": 6}, reason="the law", is_default=True)
    assert case_days(market="EU") == CaseDays(answer=6)
    with pytest.raises(click.ClickException, match="send is a day to 366 days"):
        set_days_of(market="EU", days={"send": 367}, reason="the law")
    with pytest.raises(click.ClickException, match="there is no market ZZ"):
        set_days_of(market="ZZ", days={"send": 7}, reason="the law")


def test_the_staff_sets_them_on_a_page_and_support_only_looks(scene: Scene) -> None:
    client, address = sign_in("operator"), "/back-office/case-days/EU/"
    assert 'href="/back-office/case-days/EU/"' in client.get("/back-office/case-days/").content.decode()
    form = {name: str(count) for name, count in asdict(OTHERS).items()}

    assert "This field is required" in client.post(address, form).content.decode()
    assert client.post(address, {**form, "reason": "A law", "answer": "0"}).status_code == 200
    assert case_days(market="EU") == CaseDays()
    answer = client.post(address, {**form, "reason": "A law"}, follow=True)

    assert "Done. It stands in the audit log." in answer.content.decode()
    assert case_days(market="EU") == OTHERS
    support = sign_in("support")
    assert 'href="/back-office/case-days/EU/"' not in support.get("/back-office/case-days/").content.decode()
    assert support.post(address, {**form, "reason": "A law"}).status_code == 403
    assert client.get("/back-office/case-days/ZZ/").status_code == 404
