"""The outbox is read in commit order, once, whatever becomes of the reader."""

from collections.abc import Sequence

import pytest

from fairground.kernel.clock import from_unix_ms
from fairground.kernel.models import Outbox
from fairground.kernel.outbox import OutboxEvent, OutboxKind, consume_outbox
from fairground.markets.models import TaxRate
from tests.factories import NOW_MS


def make_events(*, writer_id: int, seqs: Sequence[int]) -> None:
    Outbox.objects.bulk_create(
        Outbox(
            writer_id=writer_id,
            seq=seq,
            kind=OutboxKind.PURCHASE_PAID,
            subject_id=1000 * writer_id + seq,
            at=from_unix_ms(NOW_MS),
        )
        for seq in seqs
    )


def consume(*, consumer: str = "reader", events_max: int = 2000) -> list[int]:
    """Return the subjects of what is new to a consumer."""
    seen: list[int] = []
    consume_outbox(
        consumer=consumer, handle=lambda events: seen.extend(one.subject_id for one in events), events_max=events_max
    )
    return seen


@pytest.mark.usefixtures("lone_writer")
def test_a_consumer_gets_events_whole_and_in_the_order_of_their_numbers() -> None:
    make_events(writer_id=0, seqs=[3, 1, 7])
    seen: list[OutboxEvent] = []

    count = consume_outbox(consumer="reader", handle=seen.extend)

    assert count == 3
    assert seen == [
        OutboxEvent(seq, OutboxKind.PURCHASE_PAID, subject_id=seq, at=from_unix_ms(NOW_MS)) for seq in (1, 3, 7)
    ]


@pytest.mark.usefixtures("lone_writer")
def test_a_consumer_goes_on_where_it_stopped() -> None:
    make_events(writer_id=0, seqs=[1, 2, 3])

    first, second = consume(events_max=2), consume(events_max=2)
    make_events(writer_id=0, seqs=[9])

    assert (first, second, consume(), consume()) == ([1, 2], [3], [9], [])


@pytest.mark.usefixtures("lone_writer")
def test_each_consumer_reads_everything() -> None:
    make_events(writer_id=0, seqs=[1, 2])

    assert (consume(consumer="one"), consume(consumer="other")) == ([1, 2], [1, 2])


@pytest.mark.usefixtures("two_writers")
def test_each_writer_has_a_number_of_its_own() -> None:
    make_events(writer_id=0, seqs=[1, 5])
    make_events(writer_id=1, seqs=[1, 2])
    before = consume()
    make_events(writer_id=1, seqs=[3])

    assert before == [1, 5, 1001, 1002]
    assert consume() == [1003]


@pytest.mark.usefixtures("writer")
def test_what_a_failed_handler_wrote_is_gone_and_it_gets_the_same_events_again() -> None:
    make_events(writer_id=0, seqs=[1, 2])

    def fail(events: Sequence[OutboxEvent]) -> None:
        TaxRate.objects.create(region="DE", rate_bps=1)
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        consume_outbox(consumer="reader", handle=fail)

    assert TaxRate.objects.count() == 0
    assert consume() == [1, 2]


@pytest.mark.usefixtures("committing_writers")
def test_one_writers_events_are_kept_when_the_handler_fails_at_the_next_writers() -> None:
    make_events(writer_id=0, seqs=[1])
    make_events(writer_id=1, seqs=[1])
    seen: list[int] = []

    def fail_at_the_second(events: Sequence[OutboxEvent]) -> None:
        seen.append(events[0].subject_id)
        if events[0].subject_id > 1000:
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        consume_outbox(consumer="reader", handle=fail_at_the_second)

    assert seen == [1, 1001]
    assert consume() == [1001]
