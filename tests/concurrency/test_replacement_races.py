"""Replacements at once: sent and paid, sent again and paid, two parcels; and what stops who takes no turn."""

from collections.abc import Callable, Iterator
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.aftersales.actions.moving import CaseMoved
from fairground.aftersales.actions.replacing import pay_instead
from fairground.aftersales.models import Case, CaseLine, Replacement
from fairground.aftersales.rules import CaseState, ReplacementEnd, Who
from fairground.ledger.queries import accounts_that_disagree
from tests.books import units_of
from tests.cases import LATER, again, by, confirm, exchange, instead, lose, make_variant, send_other, ship, state_of
from tests.concurrency.racing import at_once
from tests.factories import SkuMade, make_market
from tests.refunding import Scene, make_scene, refund_sums

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scene(committing_writers: None) -> Scene:
    make_market()
    made = make_scene()
    ship(made.lamps)
    return made


@pytest.fixture
def other(scene: Scene) -> SkuMade:
    return make_variant(scene.lamp, units=4)


def tried(do: Callable[[], object]) -> Callable[[], bool]:
    """Return an attempt that says whether it was done, or somebody was quicker."""

    def attempt() -> bool:
        try:
            do()
        except CaseMoved:
            return False
        return True

    return attempt


@pytest.mark.parametrize("seen", [1, None])
def test_money_for_what_was_seen_as_lost_and_another_one_at_once_are_one_of_the_two(
    scene: Scene, other: SkuMade, seen: int | None
) -> None:
    case_id = exchange(scene, scene.lamps, 2, swap_sku_id=other.id)
    send_other(case_id)
    lose(case_id)

    def pay() -> int:
        return pay_instead(case_id=case_id, who=Who.MERCHANT, by=by(LATER), seen=seen)

    done = at_once([tried(lambda: again(case_id)), tried(pay), tried(lambda: again(case_id)), tried(pay)])

    paid = state_of(case_id) is CaseState.REFUNDED
    assert refund_sums(scene.lamps)["units"] == (2 if paid else 0)
    if seen is None:  # who does not say what was seen pays whatever others chose: the harness can see it
        assert paid
    else:
        assert sum(done) == 1
        assert units_of(other.stock_id).reserved == (0 if paid else 2)


def test_a_replacement_that_is_sent_and_paid_at_once_is_one_of_the_two(scene: Scene, other: SkuMade) -> None:
    case_id = exchange(scene, scene.lamps, 2, swap_sku_id=other.id)

    def send(number: int) -> Callable[[], bool]:
        return tried(lambda: send_other(case_id, tracking=f"R{number}"))

    done = at_once([tried(lambda: instead(case_id))] * 3 + [send(number) for number in range(3)])

    assert sum(done) >= 1
    assert sum(done[:3]) + (state_of(case_id) is CaseState.REPLACED) == 1
    paid = state_of(case_id) is CaseState.REFUNDED
    assert refund_sums(scene.lamps)["units"] == (2 if paid else 0)
    assert (units_of(other.stock_id).reserved, units_of(other.stock_id).sold) == (0, 0 if paid else 2)
    assert Replacement.objects.count() == 1
    assert accounts_that_disagree() == []


def test_what_was_lost_is_sent_again_or_paid_or_came_and_never_two_of_them(scene: Scene, other: SkuMade) -> None:
    case_id = exchange(scene, scene.lamps, 2, swap_sku_id=other.id)
    send_other(case_id)
    lose(case_id)

    at_once(
        [tried(lambda: instead(case_id))] * 2
        + [tried(lambda: again(case_id))] * 2
        + [tried(lambda: confirm(scene, case_id))] * 2
    )

    line = CaseLine.objects.get()
    state = state_of(case_id)
    expected = {
        CaseState.REFUNDED: (2, 0, 0),
        CaseState.REPLACING: (0, 2, 0),
        CaseState.EXCHANGED: (0, 0, 2),
    }
    assert (line.units_paid, line.swap_reserved, line.swap_given) == expected[state]
    assert refund_sums(scene.lamps)["units"] == line.units_paid
    assert (units_of(other.stock_id).reserved, units_of(other.stock_id).sold) == (line.swap_reserved, 2)


def want_naively(case_id: int, both_have_looked: Barrier) -> bool:
    """Look whether a replacement is wanted, and want one: past the actions and their locks."""
    live = Replacement.objects.filter(case_id=case_id).exclude(end=ReplacementEnd.LOST.value)
    live = live | Replacement.objects.filter(case_id=case_id, end__isnull=True)
    wanted = not live.exists()
    number = 2 + both_have_looked.wait()
    try:
        with transaction.atomic():
            Replacement.objects.create(case_id=case_id, number=number, wanted_at=LATER)
    except IntegrityError:
        return False
    return wanted


def race_naively(case_id: int) -> int:
    """Let two want a replacement at once without a lock, and return how many are wanted."""
    both = Barrier(2, timeout=60)
    at_once([lambda: want_naively(case_id, both)] * 2)
    return Replacement.objects.filter(case_id=case_id, end__isnull=True).count()


@pytest.fixture
def lost_case(scene: Scene, other: SkuMade) -> int:
    case_id = exchange(scene, scene.lamps, 1, swap_sku_id=other.id)
    send_other(case_id)
    lose(case_id)
    return Case.objects.get(id=case_id).id


def test_who_wants_a_second_replacement_without_a_lock_is_stopped_by_the_database(lost_case: int) -> None:
    assert race_naively(lost_case) == 1


@pytest.fixture
def unguarded(lost_case: int) -> Iterator[int]:
    """Replacements without their constraint."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'inv_38_replaced_once'")
        row = cursor.fetchone()
        assert row is not None
        cursor.execute("DROP INDEX inv_38_replaced_once")
    yield lost_case
    Replacement.objects.filter(end__isnull=True).delete()
    with connection.cursor() as cursor:
        cursor.execute(row[0])


def test_without_lock_and_constraint_two_are_wanted(unguarded: int) -> None:
    """The negative control: both look before either writes, as nothing keeps them from it."""
    assert race_naively(unguarded) == 2
