"""Letters at once: reminders of several processes, and answers by a link; and a table without the key, to compare."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from fairground.aftersales.actions.remind_merchants import remind_merchants
from fairground.aftersales.models import Case, CaseEvent
from fairground.aftersales.rules import Happened
from fairground.ledger.queries import accounts_that_disagree
from fairground.letters.models import Letter
from fairground.letters.rules import News
from tests.concurrency.racing import alone, at_once, table_unwritten, wait_for_turn
from tests.merchant_links import make_asked_scene, opened, path_of
from tests.refunding import Scene, refund_sums

pytestmark = [pytest.mark.django_db(transaction=True)]
AT_ONCE = 6


@pytest.fixture
def scene(committing_writers: None) -> Scene:
    return make_asked_scene()


@pytest.fixture
def without_key() -> Iterator[None]:
    """Take the unique key away for a test."""
    (key,) = (one for one in Letter._meta.constraints if one.name == "inv_39_told_once")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Letter, key)
    yield
    Letter.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(Letter, key)


def reminded(scene: Scene) -> int:
    """Let six processes remind of one deadline, all of which look before one writes; return how many letters it has."""
    due_at = Case.objects.get(id=opened(scene)).due_at
    assert due_at is not None
    soon = due_at - timedelta(hours=3)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        with table_unwritten("letters_letter"):
            going = [pool.submit(alone(lambda: remind_merchants(now=soon))) for _ in range(AT_ONCE)]
            wait_for_turn(waiting=AT_ONCE)
        assert [one.result() for one in going] == [1] * AT_ONCE
    return Letter.objects.filter(news=News.CASE_DUE_SOON.value).count()


def test_a_deadline_that_several_processes_see_at_once_is_told_once(scene: Scene) -> None:
    assert reminded(scene) == 1


def test_without_the_key_it_would_be_told_more_often(scene: Scene, without_key: None) -> None:
    assert reminded(scene) == AT_ONCE


def test_of_answers_by_the_link_at_once_one_counts_and_pays_once(scene: Scene) -> None:
    path = path_of(opened(scene))
    give = {"deed": "accept", "seen": "OPENED", "units-1": "2", "when": "now"}
    refuse = {"deed": "refuse", "seen": "OPENED", "text": "It was worn."}

    def answer(form: dict[str, str]) -> Callable[[], int]:
        return lambda: Client().post(path, form).status_code

    statuses = at_once([answer(form) for form in [give, refuse] * 3])

    assert sorted(statuses) == [303] + [422] * 5
    events = list(CaseEvent.objects.exclude(kind=Happened.OPENED.value).values_list("kind", flat=True))
    assert events in ([Happened.REFUNDED.value], [Happened.REFUSED.value])
    assert refund_sums(scene.chairs)["units"] == (2 if events == [Happened.REFUNDED.value] else 0)
    assert accounts_that_disagree() == []
