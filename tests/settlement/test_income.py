"""What the platform earned and spent, by month and currency, and the accounts that it is the sum of."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from fairground.checkout.actions.book_provider_lines import book_provider_lines
from fairground.kernel.edits import By
from fairground.payments.credit import grant_credit
from fairground.payments.providers.provider import FileKind
from fairground.settlement.reports.income import IncomeRow, income_table, platform_income
from fairground.settlement.reports.listed import EVER, Span
from fairground.settlement.reports.trial_balance import trial_balance_by_family
from tests.factories import NOW, make_market
from tests.payments.test_booking_provider_lines import line
from tests.refunding import Scene, back, make_scene
from tests.settlement.making import settle

GOODWILL = By(user_id=None, now=NOW, reason="a parcel came late")
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
DECEMBER_MS = int(DECEMBER.timestamp() * 1000)


@pytest.fixture
def scene(two_writers: None) -> Scene:
    """Chairs released in November, of which a unit goes back in December; credit and a provider's fee beside it."""
    make_market()
    scene = make_scene()
    settle(scene.chairs)
    back(scene.chairs, 1, 1, now_ms=DECEMBER_MS)
    grant_credit(key=UUID(int=1), shopper_id=scene.shopper_id, amount_minor=500, currency="EUR", by=GOODWILL)
    book_provider_lines(provider="stripe", lines=[line(FileKind.FEE, 25, "fee-1")], by=GOODWILL)
    return scene


def test_what_was_earned_and_spent_stands_in_its_month(scene: Scene) -> None:
    november, december = platform_income(span=EVER)

    assert november == IncomeRow("2026-11", "EUR", 1_129, 0, 2_665, 25, 500)
    assert december == IncomeRow("2026-12", "EUR", -376, 0, -888, 0, 0)
    assert [(row.earned_minor, row.left_minor) for row in (november, december)] == [(1_129, -2_061), (-376, 512)]


def test_a_span_begins_and_ends_at_its_moments(scene: Scene) -> None:
    assert [row.month for row in platform_income(span=Span(to_at=DECEMBER))] == ["2026-11"]
    assert [row.month for row in platform_income(span=Span(from_at=DECEMBER))] == ["2026-12"]
    assert platform_income(span=Span(to_at=datetime(2026, 11, 1, tzinfo=UTC))) == []


def test_the_sums_are_what_the_accounts_hold(scene: Scene) -> None:
    rows = platform_income(span=EVER)

    (euro,) = trial_balance_by_family()
    held = {one.family: one.balance_minor for one in euro.families}
    assert sum(row.commission_minor for row in rows) == held["platform:commission"]
    assert sum(row.discounts_minor for row in rows) == -held["platform:discounts"]
    assert sum(row.provider_fees_minor for row in rows) == -held["platform:provider_fees"]
    assert sum(row.given_minor for row in rows) == -held["platform:goodwill"]


def test_as_a_file_amounts_are_money_and_the_last_column_is_what_is_left(scene: Scene) -> None:
    table = income_table(platform_income(span=EVER))

    assert table.columns == ("month", "currency", "commission", "lapsed", "discounts", "provider_fees", "given", "left")
    assert {len(row) for row in table.rows} == {8}
