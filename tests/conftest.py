"""What tests share: English, the writers of a realm's birth, a private demo, and one profile for hypothesis."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import TransactionTestCase, override_settings
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from fairground.config.realm import Realm
from fairground.kernel import writer as kernel_writer
from fairground.kernel.models import TicketLine, Writer
from fairground.sites.moment import forget_everything
from tests.sweeping import empty_tables

# Derandomised, so that a run fails for the change that was made; no deadline, as a busy machine breaks no promise.
hypothesis_settings.register_profile(
    "fairground",
    derandomize=True,
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("fairground")


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What pages keep for a second may be another test's; in a test it lasts until it is forgotten.

    Else a page that takes a second on a busy machine would ask for more than one that does not.
    """
    forget_everything()
    monkeypatch.setattr("fairground.sites.moment.KEPT_FOR_S", 600.0)


@pytest.fixture(autouse=True)
def _one_may_pay() -> Iterator[None]:
    """Payouts take one person in a test that does not say otherwise."""
    with override_settings(FOUR_EYES=False):
        yield


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Every test begins in English, whatever language another one asked a page for."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="session", autouse=True)
def _swept_where_something_is() -> Iterator[None]:
    """After a test that commits, empty the tables that it wrote to.

    Django would truncate all hundred, and write every permission anew: most of the time of such a test.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: empty_tables())
        yield


@pytest.fixture(scope="session", autouse=True)
def _hashed_in_one_round() -> Iterator[None]:
    """Passwords are hashed as ever, in one round instead of a million, each of which costs a test the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PBKDF2PasswordHasher, "iterations", 1)
        yield


@pytest.fixture
def private_demo(settings: Settings) -> Settings:
    """A demo with our own database, on this machine only; the test may change its settings."""
    settings.REALM = Realm("demo")
    settings.DATABASE_IS_OURS = True
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
    return settings


def share_lanes(*bounds: int) -> None:
    """Give the lanes to writers 0, 1, …, each from one bound up to the next; what stood before is gone."""
    Writer.objects.all().delete()
    for number, (lane_from, lane_to) in enumerate(pairwise(bounds)):
        Writer.objects.create(id=number, lane_from=lane_from, lane_to=lane_to)
        TicketLine.objects.create(writer_id=number)
    kernel_writer._writer_of_lane.cache_clear()


@pytest.fixture
def lone_writer(db: None) -> Iterator[Writer]:
    """The one writer of all lanes; whatever the test writes is rolled back."""
    share_lanes(0, 64)
    yield Writer.objects.get(id=0)
    kernel_writer._writer_of_lane.cache_clear()


@pytest.fixture
def two_writers(db: None) -> Iterator[None]:
    """Writer 0 drains the lanes below 32, writer 1 the others; whatever the test writes is rolled back."""
    share_lanes(0, 32, 64)
    yield
    kernel_writer._writer_of_lane.cache_clear()


@pytest.fixture
def writer(transactional_db: None) -> Iterator[Writer]:
    """The one writer of all lanes, in a database where commits are real; it is emptied after the test."""
    share_lanes(0, 64)
    yield Writer.objects.get(id=0)
    kernel_writer._writer_of_lane.cache_clear()


@pytest.fixture
def committing_writers(transactional_db: None) -> Iterator[None]:
    """Two writers as in `two_writers`, in a database where commits are real."""
    share_lanes(0, 32, 64)
    yield
    kernel_writer._writer_of_lane.cache_clear()
