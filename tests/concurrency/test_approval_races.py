"""People approve at the same moment: one person is one yes, and two make one deal."""

from collections.abc import Callable
from functools import partial
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.catalog.models import Sku
from fairground.festivals.models import Approval, Deal, Declaration
from fairground.festivals.rules import DealDeclaration
from fairground.inventory.declarations import DeclarationElsewhere
from fairground.inventory.imported_deals import declare_deals
from fairground.inventory.reviewing import ApprovedAlready, approve_one
from fairground.kernel.edits import By
from fairground.kernel.models import Writer
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import take_turn
from tests.concurrency.racing import PATIENCE_S, at_once
from tests.declaring import ADA, EARLIER, KIM, SAM, choice_of, declare_rows, make_chair, make_declared, row_of, user_of
from tests.factories import NOW_MS, make_market


@pytest.fixture(autouse=True)
def _market(writer: Writer) -> None:
    make_market()


def outcome(act: Callable[[], object]) -> object:
    """Return what is refused, or None."""
    try:
        act()
    except Refusal as refusal:
        return type(refusal)
    return None


def yes_of(declaration: Declaration, by: By) -> Callable[[], object]:
    """Return an attempt to approve a declaration as it was read."""
    return partial(outcome, partial(approve_one, choice=choice_of(declaration), by=by))


def test_one_person_who_approves_eight_times_at_once_counts_once() -> None:
    doubtful = make_declared(price="0.90")

    answers = at_once([yes_of(doubtful, ADA) for _ in range(8)])

    assert sorted(map(str, answers)) == sorted(map(str, [None, *[ApprovedAlready] * 7]))
    assert (Approval.objects.count(), Deal.objects.count()) == (1, 0)
    assert Declaration.objects.get().state == "needs_second"


def test_three_people_at_once_make_one_deal_of_two_approvals() -> None:
    doubtful = make_declared(price="0.90")

    answers = at_once([yes_of(doubtful, by) for by in (ADA, SAM, KIM)])

    assert sorted(map(str, answers)) == sorted(map(str, [None, None, DeclarationElsewhere]))
    assert (Approval.objects.count(), Deal.objects.count()) == (2, 1)
    assert Declaration.objects.get().state == "approved"


def test_a_second_yes_and_a_new_version_at_once_never_make_a_deal_of_what_one_person_saw() -> None:
    chair = make_chair()
    doubtful = make_declared(sku=chair, price="0.90")
    approve_one(choice=choice_of(doubtful), by=ADA)
    again = partial(declare_rows, chair.merchant, row_of(chair, price="0.80"))

    attempts: list[Callable[[], object]] = [yes_of(doubtful, SAM), partial(outcome, again)]

    at_once(attempts)

    row = Declaration.objects.get()
    assert (row.version, row.state, Deal.objects.count()) in {(1, "approved", 1), (2, "submitted", 0)}


def test_a_sku_that_is_declared_and_imported_at_once_has_either_a_deal_or_a_declaration() -> None:
    chair = make_chair()
    declared = Sku.objects.get(id=chair.id)
    deal = DealDeclaration(chair.id, declared.lane, "", percent_off=30, units=40, buyer_limit=2)

    def import_it() -> None:
        with transaction.atomic():
            turn = take_turn(writer_ids=[0], now_ms=NOW_MS, ids_max=10, outbox_rows=0)
            declare_deals(turn=turn, festival="fair", declarations=[deal], now=EARLIER)

    attempts: list[Callable[[], object]] = [partial(declare_rows, chair.merchant, row_of(chair)), import_it]
    at_once(attempts)

    assert Deal.objects.count() + Declaration.objects.count() == 1


def test_who_counts_before_both_have_written_would_need_nobody_else() -> None:
    """The negative control: without the turn and the key, one person's two requests are two approvals."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE unguarded_yes (user_id int)")
    both_looked = Barrier(2, timeout=PATIENCE_S)

    def say_yes() -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM unguarded_yes WHERE user_id = 2")
            (mine,) = cursor.fetchone()
            both_looked.wait()
            if not mine:
                cursor.execute("INSERT INTO unguarded_yes VALUES (2)")
            return int(mine)

    try:
        assert at_once([say_yes, say_yes]) == [0, 0]
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM unguarded_yes")
            assert cursor.fetchone() == (2,)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE unguarded_yes")


def test_the_key_lets_nobody_say_yes_twice_whatever_the_action_does() -> None:
    doubtful = make_declared(price="0.90")
    Approval.objects.create(declaration=doubtful, version=1, user_id=user_of(ADA), at=EARLIER)

    with pytest.raises(IntegrityError, match="festivals_approval_pkey"), transaction.atomic():
        Approval.objects.create(declaration=doubtful, version=1, user_id=user_of(ADA), at=EARLIER)
