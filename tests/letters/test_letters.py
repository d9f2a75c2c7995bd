"""Letters as rows: an event is told a reader once, tried again later each time, and forgotten in the end."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from fairground.letters.actions import Told, forget_letters, mark_letters_sent, post_letters, put_letters_off
from fairground.letters.models import Letter
from fairground.letters.queries import due_letters
from fairground.letters.rules import MATTER_OF, TELLS_MAX, Matter, News, Reader, tried_again_at
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("lone_writer")


def post(*told: Told) -> None:
    """Write down who is to be told, now."""
    with transaction.atomic():
        post_letters(told, at=NOW)


def row(**fields: object) -> Letter:
    """Return a letter that was not written by the action."""
    stated = {"reader": 1, "reader_id": 5, "matter": 1, "subject_id": 7, "news": 1, "event_id": 0}
    return Letter(**{**stated, "at": NOW, "tell_after": NOW, **fields})


def test_an_event_is_told_a_reader_once_whoever_says_so_again() -> None:
    told = Told(Reader.MERCHANT, 5, News.CASE_EVENT, 7, 1)

    post(told)
    post(told, told)

    assert Letter.objects.count() == 1
    post(told, Told(Reader.SHOPPER, 5, News.CASE_EVENT, 7, 1), Told(Reader.MERCHANT, 5, News.CASE_EVENT, 7, 2))
    assert Letter.objects.count() == 3


def test_the_database_refuses_a_second_row_of_one_event() -> None:
    row().save()

    with pytest.raises(IntegrityError, match="inv_39_told_once"), transaction.atomic():
        row().save()


@pytest.mark.parametrize(
    "wrong",
    [
        {"matter": 1, "news": 10},
        {"matter": 2, "news": 20},
        {"matter": 3, "news": 30},
        {"matter": 4, "news": 1},
        {"matter": 9},
        {"matter": 3, "news": 20, "reader": 2},
        {"reader": 3},
        {"tells": -1},
    ],
)
def test_the_database_takes_no_news_of_another_matter_and_no_other_reader(wrong: dict[str, int]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        row(**wrong).save()


def test_every_news_has_a_matter_that_the_database_takes_it_for() -> None:
    for news in News:
        row(news=news.value, matter=MATTER_OF[news].value).save()

    assert Letter.objects.count() == len(News)


def test_what_is_told_commits_with_what_happened() -> None:
    with transaction.atomic():
        post_letters([Told(Reader.MERCHANT, 5, News.WITHDRAWN, 7)], at=NOW)
        transaction.set_rollback(True)

    assert not Letter.objects.exists()


def test_all_that_is_due_about_a_subject_comes_together_beyond_the_bound() -> None:
    post(*(Told(Reader.MERCHANT, 5, News.CASE_EVENT, 7, event) for event in range(5)))
    post(Told(Reader.MERCHANT, 6, News.CASE_EVENT, 7, 1), Told(Reader.SHOPPER, 5, News.CASE_EVENT, 7, 1))

    due = due_letters(reader=Reader.MERCHANT, now=NOW, letters_max=1)

    assert [(one.reader_id, one.matter, one.event_id) for one in due] == [(5, Matter.CASE, n) for n in range(5)]


def test_what_was_sent_is_not_due_and_what_was_not_is_put_off_longer_each_time_and_given_up_in_the_end() -> None:
    post(Told(Reader.MERCHANT, 5, News.WITHDRAWN, 7), Told(Reader.MERCHANT, 5, News.WITHDRAWN, 8))
    first, second = Letter.objects.order_by("id")
    mark_letters_sent(letter_ids=[first.pk], at=NOW)
    put_letters_off(letter_ids=[first.pk, second.pk], now=NOW)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.told_at, first.tells) == (NOW, 0)
    assert (second.tell_after, second.tells) == (NOW + timedelta(minutes=2), 1)
    assert due_letters(reader=Reader.MERCHANT, now=NOW, letters_max=9) == []
    assert tried_again_at(tells=3, now=NOW) == NOW + timedelta(minutes=16)
    assert tried_again_at(tells=TELLS_MAX, now=NOW) == NOW + timedelta(hours=6)
    Letter.objects.filter(id=second.pk).update(tells=TELLS_MAX)
    assert due_letters(reader=Reader.MERCHANT, now=NOW + timedelta(days=30), letters_max=9) == []


def test_old_rows_are_forgotten_the_oldest_first() -> None:
    for event, days in ((1, 3), (2, 2), (3, 1)):
        row(event_id=event, at=NOW - timedelta(days=days)).save()

    assert forget_letters(before=NOW - timedelta(days=1), rows_max=1) == 1
    assert forget_letters(before=NOW - timedelta(days=1), rows_max=9) == 1

    assert [one.event_id for one in Letter.objects.all()] == [3]
