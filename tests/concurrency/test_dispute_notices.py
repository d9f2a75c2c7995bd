"""A notice that comes while a dispute is looked at leads to another look: what it told is not lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from fairground.checkout.actions.attend_disputes import LOOK_AGAIN_MS, attend_dispute, put_off_dispute
from fairground.checkout.actions.book_provider_lines import book_provider_lines
from fairground.kernel.clock import from_unix_ms
from fairground.payments.disputes import disputes_due, note_dispute
from fairground.payments.life import DisputeState
from fairground.payments.models import Dispute
from fairground.payments.providers.provider import DisputeAt, Disputed, FileKind, FileLine
from tests.concurrency.racing import at_once
from tests.factories import BY, NOW, NOW_MS
from tests.payments.paying import Till, make_till, stopped_at

pytestmark = [pytest.mark.django_db(transaction=True)]
TAKEN = FileLine(FileKind.DISPUTE, "d-1", "", 2_000, "EUR", NOW, "t-1")
GIVEN = FileLine(FileKind.DISPUTE_WON, "d-1", "", 2_000, "EUR", NOW, "t-2")
# Notices come one after the other, none in the very moment of another.
NOTICED = NOW + timedelta(seconds=1)


@pytest.fixture
def till(committing_writers: None) -> Till:
    """Two chairs whose payment a bank took back, and that was seen."""
    till = make_till()
    till.agree(till.begin())
    tell(till, DisputeAt.OPEN, TAKEN)
    book_provider_lines(provider="local", lines=[TAKEN], by=BY)
    look(till)
    look(till)
    assert Dispute.objects.get().look_at == from_unix_ms(NOW_MS + LOOK_AGAIN_MS)
    return till


def tell(till: Till, at: DisputeAt, *lines: FileLine) -> None:
    (key,) = till.provider.payments
    till.provider.disputes["d-1"] = Disputed("d-1", key, at, 2_000, "EUR", "fraudulent", None, lines)


def look(till: Till, *, now_ms: int = NOW_MS) -> None:
    """Look at it as the background does."""
    dispute_id = Dispute.objects.get().pk
    put_off_dispute(dispute_id=dispute_id, now_ms=now_ms)
    attend_dispute(dispute_id=dispute_id, providers=till.providers, clock_ms=stopped_at(now_ms))


def money_is_given_again(till: Till) -> None:
    """Let the provider give the money again, and say so."""
    tell(till, DisputeAt.WON, TAKEN, GIVEN)
    note_dispute(provider="local", ref="d-1", now=NOTICED)


def while_asked(meanwhile: Callable[[], None]) -> Callable[[], int]:
    """Return a clock that is read when the provider has answered, and lets something happen then, once."""
    left = [meanwhile]

    def clock_ms() -> int:
        while left:
            left.pop()()
        return NOW_MS

    return clock_ms


@pytest.mark.parametrize("at", [DisputeAt.WON, DisputeAt.LOST])
def test_a_notice_that_comes_while_it_is_looked_at_is_due_after_that(till: Till, at: DisputeAt) -> None:
    tell(till, at, TAKEN)
    clock_ms = while_asked(lambda: money_is_given_again(till))
    dispute_id = Dispute.objects.get().pk
    put_off_dispute(dispute_id=dispute_id, now_ms=NOW_MS)

    attend_dispute(dispute_id=dispute_id, providers=till.providers, clock_ms=clock_ms)

    assert disputes_due(now=NOTICED, disputes_max=9) == [dispute_id]
    look(till, now_ms=NOW_MS + 1_000)
    look(till, now_ms=NOW_MS + 2_000)
    row = Dispute.objects.get()
    assert (row.state, row.taken_minor, row.covered_minor, row.look_at) == (DisputeState.WON, 0, 0, None)


def test_a_notice_of_one_of_which_only_the_books_told_is_due_after_the_look(till: Till) -> None:
    answer = till.provider.disputes.pop("d-1")

    def known_now() -> None:
        till.provider.disputes["d-1"] = answer
        note_dispute(provider="local", ref="d-1", now=NOTICED)

    dispute_id = Dispute.objects.get().pk
    put_off_dispute(dispute_id=dispute_id, now_ms=NOW_MS)
    attend_dispute(dispute_id=dispute_id, providers=till.providers, clock_ms=while_asked(known_now))

    assert disputes_due(now=NOTICED, disputes_max=9) == [dispute_id]


def test_one_that_was_won_is_looked_at_each_day_until_the_money_is_there(till: Till) -> None:
    tell(till, DisputeAt.WON, TAKEN)
    look(till)
    row = Dispute.objects.get()
    assert (row.state, row.taken_minor) == (DisputeState.WON, 2_000)
    assert row.look_at == from_unix_ms(NOW_MS + LOOK_AGAIN_MS)

    tell(till, DisputeAt.WON, TAKEN, GIVEN)
    look(till, now_ms=NOW_MS + LOOK_AGAIN_MS)
    look(till, now_ms=NOW_MS + LOOK_AGAIN_MS)

    row = Dispute.objects.get()
    assert (row.taken_minor, row.covered_minor, row.look_at) == (0, 0, None)


def test_looks_and_a_notice_at_once_end_with_what_the_notice_told(till: Till) -> None:
    tell(till, DisputeAt.WON, TAKEN)

    def noticed() -> None:
        money_is_given_again(till)

    def seen() -> None:
        look(till)

    at_once([seen, noticed, seen, seen])

    assert Dispute.objects.get().taken_minor == 0 or disputes_due(now=NOTICED, disputes_max=9)
    look(till, now_ms=NOW_MS + 1_000)
    row = Dispute.objects.get()
    assert (row.state, row.taken_minor, row.covered_minor) == (DisputeState.WON, 0, 0)


def test_a_look_that_writes_over_a_notice_loses_it(till: Till) -> None:
    """Nothing but what was read before the provider was asked keeps them apart."""
    tell(till, DisputeAt.WON, TAKEN)
    clock_ms = while_asked(lambda: money_is_given_again(till))
    dispute_id = Dispute.objects.get().pk
    attend_dispute(dispute_id=dispute_id, providers=till.providers, clock_ms=clock_ms)

    Dispute.objects.filter(pk=dispute_id).update(look_at=None)

    assert disputes_due(now=NOTICED, disputes_max=9) == []
    assert Dispute.objects.get().taken_minor == 2_000
