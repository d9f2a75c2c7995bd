"""Verification of a realm whose days were closed: sound ones pass, and each damage is seen."""

from datetime import timedelta

import pytest

from fairground.ledger.closed_days import closed_days
from fairground.ledger.closing import close_days
from fairground.ledger.models import DayBalance, Transfer
from fairground.rehearsal.verify import Verification, verify_realm
from tests.rehearsal.damages import CLOSED_DAY_DAMAGES, run
from tests.rehearsal.trading import make_trade

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]


def close_everything() -> None:
    """Close every day on which something moved."""
    last = max(Transfer.objects.values_list("at", flat=True))
    close_days(until=last.date(), now=last + timedelta(days=2))


def red(found: Verification) -> set[str]:
    """Return the keys of the checks that failed."""
    return {check.key for check in found.checks if not check.ok}


def test_closed_days_pass_with_every_row_looked_at() -> None:
    make_trade()
    close_everything()

    found = verify_realm(settled=True)

    assert red(found) == set()
    [check] = [check for check in found.checks if check.key == "closed_days"]
    assert check.rows == len(closed_days()) + DayBalance.objects.count() > 1


@pytest.mark.parametrize(("key", "damage"), CLOSED_DAY_DAMAGES, ids=[str(at) for at in range(len(CLOSED_DAY_DAMAGES))])
def test_damage_turns_the_check_red_that_looks_for_it_and_no_other(key: str, damage: str) -> None:
    make_trade()
    close_everything()
    assert run(damage) > 0

    assert red(verify_realm(settled=True)) == {key}


def test_a_transfer_that_was_slipped_into_a_closed_day_is_seen() -> None:
    make_trade()
    close_everything()
    slipped = (
        "INSERT INTO ledger_transfer (lane, id, debit_account_id, credit_account_id, amount_minor, currency, kind, at)"
        " SELECT lane, id + 1, debit_account_id, credit_account_id, amount_minor, currency, kind, at"
        " FROM ledger_transfer WHERE kind = 1 LIMIT 1"
    )
    assert run(slipped) == 1

    assert {"accounts", "closed_days"} <= red(verify_realm(settled=True))
