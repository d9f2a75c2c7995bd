"""What is kept of somebody's cases: whole, and read by one statement however many there are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairground.aftersales.actions.shopper_steps import write_message
from fairground.aftersales.personal_data import personal_cases
from fairground.aftersales.queries import case_shown
from fairground.aftersales.rules import Who
from fairground.kernel.edits import By
from tests.cases import LATER, ask, ship
from tests.factories import make_market
from tests.refunding import Scene, make_scene

pytestmark = pytest.mark.usefixtures("two_writers")


@pytest.fixture
def scene() -> Scene:
    make_market()
    made = make_scene()
    ship(made.chairs, made.lamps)
    return made


def test_a_case_is_told_with_all_that_is_in_it(scene: Scene) -> None:
    opened = ask(scene, scene.chairs, 2, text="Both wobble.")
    write_message(case_id=opened.case_id, who=Who.MERCHANT, text="Sorry.", by=By(user_id=None, now=LATER), seen=1)
    shown = case_shown(case_id=opened.case_id)
    assert shown is not None

    (told,) = personal_cases(shopper_ids=[scene.shopper_id, 1])

    assert told == {
        "number": shown.row.number,
        "reason": "faulty",
        "wish": "money",
        "state": "opened",
        "opened_at": shown.row.opened_at,
        "closed_at": None,
        "tracking": "",
        "language": "en",
        "lines": [{"title": "Oak chair", "units": 2, "paid_minor": 0, "exchanged": 0}],
        "messages": [
            {"at": one.at, "who": who, "text": text}
            for one, who, text in zip(shown.messages, ("shopper", "merchant"), ("Both wobble.", "Sorry."), strict=True)
        ],
        "pictures": 0,
        "sent_back_with": [],
        "replacements": [],
        "history": [{"at": one.at, "what": one.kind.name.lower()} for one in shown.events],
    }
    assert list(personal_cases(shopper_ids=[1])) == []


def test_however_many_there_are_they_are_read_by_one_statement(scene: Scene) -> None:
    counts = []
    for order_id in (scene.chairs, scene.chairs, scene.lamps):
        ask(scene, order_id, 1)
        with CaptureQueriesContext(connection) as seen:
            counts.append((len(list(personal_cases(shopper_ids=[scene.shopper_id]))), len(seen)))

    assert counts == [(1, 1), (2, 1), (3, 1)]
