"""Which merchants owe the platform, in what currency, and since when without a break."""

import pytest
from click.testing import CliRunner

from fairground.cli.owed import line, told
from fairground.cli.payouts import payouts
from fairground.kernel.clock import from_unix_ms
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.owing import OWED_DAYS_MAX, merchants_owing
from fairground.settlement.rules.payouts import PayoutState
from tests.factories import make_market
from tests.refunding import Scene, back, make_scene
from tests.settlement.making import DAY_MS, SETTLED_MS, settle
from tests.settlement.test_paying_out import advance
from tests.sites.back_office.staff import sign_in

OWED = 7_074


@pytest.fixture
def scene(two_writers: None) -> Scene:
    """Pay out a merchant, and take back a unit of its order three days later, and another one after four."""
    make_market()
    scene = make_scene()
    settle(scene.chairs)
    propose_payouts(now_ms=SETTLED_MS)
    for then in (PayoutState.APPROVED, PayoutState.SENT, PayoutState.CONFIRMED):
        advance(then)
    back(scene.chairs, 1, 1, now_ms=SETTLED_MS + 3 * DAY_MS)
    back(scene.chairs, 1, 1, now_ms=SETTLED_MS + 4 * DAY_MS)
    return scene


def test_what_is_owed_is_told_with_the_moment_from_which_on_it_is(scene: Scene) -> None:
    (one,) = merchants_owing(rows_max=10)

    assert (one.merchant_id, one.currency, one.owed_minor) == (scene.chair.merchant.id, "EUR", 2 * OWED)
    assert one.since == from_unix_ms(SETTLED_MS + 3 * DAY_MS)


def test_nobody_owes_before_anything_went_back(two_writers: None) -> None:
    make_market()
    settle(make_scene().chairs)

    assert merchants_owing(rows_max=10) == []


def test_it_is_long_after_thirty_days(scene: Scene) -> None:
    (one,) = merchants_owing(rows_max=10)
    last_ms = SETTLED_MS + (3 + OWED_DAYS_MAX) * DAY_MS

    assert [one.is_long(from_unix_ms(now_ms)) for now_ms in (last_ms, last_ms + 1)] == [False, True]
    assert "longer than 30 days" in line(one, from_unix_ms(last_ms + 1))
    assert told(one, from_unix_ms(last_ms))["days"] == 30


def test_the_page_names_who_owes(scene: Scene) -> None:
    page = sign_in().get("/back-office/money/owed/").content.decode()

    assert ("141.48" in page, "No merchant owes anything." in page) == (True, False)
    assert sign_in("editor").get("/back-office/money/owed/").status_code == 403


def test_the_command_tells_how_it_is_used() -> None:
    answer = CliRunner().invoke(payouts, ["owed", "--help"])

    assert (answer.exit_code, "fairground payouts owed --json" in answer.output) == (0, True)
