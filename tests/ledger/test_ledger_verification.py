"""`verify_ledger` sees whatever was changed past the triggers, and names it."""

from datetime import date

import pytest

from fairground.ledger.closed_days import closed_days
from fairground.ledger.verification import TOLD_MAX, verify_ledger
from tests.ledger.days_making import FIRST, SECOND, THIRD, Scene, close_all, later, make_days, move, past_the_triggers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene() -> Scene:
    made = make_days()
    close_all()
    return made


def told() -> list[tuple[date | None, str]]:
    """Return what differs."""
    found = verify_ledger()
    assert found.differences == len(found.told)
    return [(one.day, one.what) for one in found.told]


def test_a_sound_ledger_has_no_differences_and_its_last_hash_is_told(scene: Scene) -> None:
    move(scene, at=later(3))
    steps: list[tuple[int, int, str]] = []

    found = verify_ledger(on_progress=lambda done, total, name: steps.append((done, total, name)))

    assert (found.ok, found.accounts, found.transfers, found.days) == (True, 3, 4, 3)
    assert (found.last_day, found.last_hash) == (THIRD, closed_days()[-1].hash)
    assert steps == [(0, 4, "Accounts"), (1, 4, "2026-11-11"), (2, 4, "2026-11-12"), (3, 4, "2026-11-13")]


def test_a_ledger_without_a_closed_day_is_verified_too() -> None:
    make_days()
    found = verify_ledger()
    assert (found.ok, found.days, found.last_day) == (True, 0, None)


def test_a_changed_amount_is_found_in_the_account_the_balance_and_the_hash(scene: Scene) -> None:
    past_the_triggers("UPDATE ledger_transfer SET amount_minor = 999 WHERE amount_minor = 1000")

    differences = told()

    assert [what.split(" (")[0] for day, what in differences if day is None] == [
        "provider:demo:clearing:EUR",
        "shopper:7:wallet:EUR",
    ]
    assert [what for day, what in differences if day == FIRST][:2] == [
        f"account {account.id} has a balance that is not that of its transfers"
        for account in (scene.provider, scene.wallet)
    ]
    assert "what lies in it has" in [what for day, what in differences if day == FIRST][2]


def test_a_change_that_no_balance_shows_is_found_by_the_hash(scene: Scene) -> None:
    past_the_triggers("UPDATE ledger_transfer SET order_id = 4711 WHERE id = %s", scene.last_id)

    [(day, what)] = told()

    assert (day, "what lies in it has" in what) == (THIRD, True)


def test_a_missing_transfer_is_found(scene: Scene) -> None:
    assert past_the_triggers("DELETE FROM ledger_transfer WHERE id = %s", scene.last_id) == 1

    differences = told()

    assert (THIRD, "it was closed with 1 transfers, and there are 0") in differences
    assert sum(day is None for day, _ in differences) == 2


def test_a_missing_ending_is_found(scene: Scene) -> None:
    assert past_the_triggers("DELETE FROM ledger_transferend") == 1

    assert (THIRD, "it was closed with 1 endings, and there are 0") in told()


def test_an_ending_of_what_was_never_pending_is_found(scene: Scene) -> None:
    past_the_triggers(
        "INSERT INTO ledger_transferend (lane, transfer_id, outcome, at) VALUES (3, %s, 2, '2026-11-14')", scene.last_id
    )

    assert told() == [(None, f"transfer {scene.last_id} ended, and it was never pending")]


def test_a_changed_balance_is_found(scene: Scene) -> None:
    past_the_triggers(
        "UPDATE ledger_daybalance SET credits_posted_minor = 1001 WHERE day = %s AND account_id = %s",
        FIRST,
        scene.wallet.id,
    )

    differences = told()

    assert (FIRST, f"account {scene.wallet.id} has a balance that is not that of its transfers") in differences
    assert (THIRD, f"account {scene.wallet.id} has a balance that is not that of its transfers") in differences
    assert len(differences) == 3  # the last one is the hash of the first day


def test_a_missing_and_an_invented_balance_are_found(scene: Scene) -> None:
    past_the_triggers("UPDATE ledger_daybalance SET day = %s WHERE day = %s AND account_id = %s",
                      SECOND, FIRST, scene.provider.id)  # fmt: skip

    differences = told()

    assert (FIRST, f"account {scene.provider.id} has no balance and moved") in differences
    assert (SECOND, f"account {scene.provider.id} has a balance and did not move") in differences


def test_a_balance_of_a_day_that_is_not_closed_is_found(scene: Scene) -> None:
    past_the_triggers(
        "INSERT INTO ledger_daybalance SELECT account_id, '2026-12-24', currency, 1, 1, 0, 0"
        " FROM ledger_daybalance WHERE day = %s AND account_id = %s",
        FIRST,
        scene.wallet.id,
    )

    assert told() == [(date(2026, 12, 24), f"account {scene.wallet.id} has a balance, and the day is not closed")]


def test_a_broken_chain_is_found(scene: Scene) -> None:
    past_the_triggers("UPDATE ledger_day SET previous_hash = repeat('a', 64) WHERE day = %s", SECOND)

    differences = told()

    assert [day for day, _ in differences] == [SECOND, SECOND]
    assert differences[0][1].startswith(f"it is chained to {'a' * 64}, and the day before has ")


def test_a_day_that_was_rewritten_with_its_hash_breaks_the_chain(scene: Scene) -> None:
    past_the_triggers("UPDATE ledger_transfer SET kind = 4 WHERE amount_minor = 1000")
    past_the_triggers("UPDATE ledger_day SET hash = %s WHERE day = %s", told()[0][1].rsplit(" ", 1)[1], FIRST)

    assert [day for day, _ in told()] == [SECOND]


def test_a_missing_day_is_found(scene: Scene) -> None:
    past_the_triggers("DELETE FROM ledger_day WHERE day = %s", SECOND)

    differences = told()

    assert (THIRD, "the closed day before is 2026-11-11") in differences
    assert len(differences) == 2


def test_a_transfer_that_was_dated_into_a_closed_day_is_found(scene: Scene) -> None:
    moved = move(scene, at=later(3))
    past_the_triggers("UPDATE ledger_transfer SET at = '2026-11-12 10:00+00' WHERE id = %s", moved)

    differences = told()

    assert {day for day, _ in differences} == {SECOND}
    assert (SECOND, "it was closed with 0 transfers, and there are 1") in differences


def test_a_transfer_of_before_the_first_closed_day_is_found(scene: Scene) -> None:
    moved = move(scene, at=later(3))
    past_the_triggers("UPDATE ledger_transfer SET at = '2026-11-01 10:00+00' WHERE id = %s", moved)

    assert told() == [(None, f"transfer {moved} is dated before the first closed day")]


def test_a_seal_that_was_moved_is_found(scene: Scene) -> None:
    past_the_triggers("UPDATE ledger_dayseal SET ends_at = ends_at - interval '1 hour' WHERE day = %s", THIRD)

    assert told() == [(THIRD, "its seal ends at 2026-11-13T23:00:00+00:00")]


def test_a_whole_history_that_was_rewritten_is_found_by_a_hash_that_somebody_kept(scene: Scene) -> None:
    kept = {one.day: one.hash for one in closed_days()}
    past_the_triggers("UPDATE ledger_transfer SET kind = 4 WHERE amount_minor = 1000")
    past_the_triggers("DELETE FROM ledger_daybalance")
    past_the_triggers("DELETE FROM ledger_day")
    close_all()

    assert verify_ledger().ok
    found = verify_ledger(known={THIRD: kept[THIRD]})
    assert [(one.day, one.what) for one in found.told] == [
        (THIRD, f"its hash was known as {kept[THIRD]}, and it is {closed_days()[-1].hash}")
    ]
    assert verify_ledger(known={date(2026, 12, 1): kept[THIRD]}).told[0].what.endswith("and it is not closed")


def test_of_many_differences_the_first_are_told_and_all_are_counted(scene: Scene) -> None:
    past_the_triggers(
        "INSERT INTO ledger_account (lane, id, address, kind, currency, debits_posted_minor)"
        " SELECT 9, g, 'platform:' || g, 3, 'EUR', 1 FROM generate_series(1, %s) AS g",
        TOLD_MAX + 5,
    )

    found = verify_ledger()

    assert (found.ok, found.differences, len(found.told)) == (False, TOLD_MAX + 5, TOLD_MAX)
