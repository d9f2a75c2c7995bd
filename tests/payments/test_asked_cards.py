"""Cards that were sold take two people where the platform says so: one asks, another one issues them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry
from fairground.ledger.queries import accounts_that_disagree
from fairground.payments.asked_cards import (
    AskedBySame,
    AskedCards,
    AskerUnknown,
    NotAskedFor,
    ask_for_gift_cards,
    asked_cards,
    decline_asked_cards,
    issue_asked_cards,
)
from fairground.payments.gift_cards import CardsIssued, CardsRefused, SoldByTwo, issue_gift_cards, redeem_gift_card
from fairground.payments.models import GiftCard, GiftCardIssue, StaffDay
from fairground.payments.staff_days import MoreThanADay, StaffDayFull
from tests.books import hot_rows
from tests.factories import NOW, make_market, make_shopper
from tests.payments.paying import balance_of

KEY = UUID(int=(1 << 64) + 7)
OVER = NOW + timedelta(days=30)
LATER = NOW + timedelta(hours=30)


@pytest.fixture(autouse=True)
def two_people(lone_writer: object, settings: Settings) -> None:
    settings.FOUR_EYES = True
    make_market()


def by(user_id: int | None, now: datetime = NOW) -> By:
    return By(user_id=user_id, now=now, reason="invoice 4711")


def ask(user_id: int | None = 7, *, count: int = 2, amount_minor: int = 2_500, key: UUID = KEY) -> None:
    ask_for_gift_cards(key=key, count=count, amount_minor=amount_minor, currency="EUR", expires_at=OVER, by=by(user_id))


def issue(user_id: int | None, now: datetime = NOW) -> Sequence[str]:
    return issue_asked_cards(key=KEY, by=By(user_id=user_id, now=now))


def directly(*, is_sold: bool, user_id: int | None = 7) -> Sequence[str]:
    return issue_gift_cards(
        key=KEY, count=1, amount_minor=5, currency="EUR", expires_at=OVER, is_sold=is_sold, by=by(user_id)
    )


def test_one_asks_and_another_one_issues_them_and_has_the_codes() -> None:
    ask()
    assert asked_cards() == [AskedCards(KEY, 7, NOW, 2, 2_500, "EUR", OVER, "invoice 4711")]
    assert (GiftCard.objects.count(), StaffDay.objects.count(), balance_of("platform:giftcards:EUR")) == (0, 0, 0)

    code, _ = issue(8, LATER)

    assert asked_cards() == []
    assert redeem_gift_card(code=code, shopper_id=make_shopper(), now=LATER).amount_minor == 2_500
    assert (balance_of("platform:giftcards:EUR"), balance_of("platform:funding:EUR")) == (2_500, -5_000)
    row, day = GiftCardIssue.objects.get(), StaffDay.objects.get()
    assert (row.asked_by, row.granted_by, row.four_eyes, row.at, row.worth_cents) == (7, 8, True, LATER, 5_000)
    assert (day.user_id, day.day, day.is_sold, day.cents) == (8, LATER.date(), True, 5_000)
    entries = list(AuditEntry.objects.order_by("id").values_list("verb", "user_id", "reason"))
    assert entries == [("asked-for", 7, "invoice 4711"), *[("issued", 8, "invoice 4711")] * 2]
    assert accounts_that_disagree() == []


def test_who_was_not_asked_about_issues_none_that_were_sold_but_gives_some_away() -> None:
    before = hot_rows()

    with pytest.raises(SoldByTwo):
        directly(is_sold=True)

    assert (hot_rows(), GiftCardIssue.objects.count()) == (before, 0)
    assert len(directly(is_sold=False)) == 1


@pytest.mark.parametrize(("user_id", "refusal"), [(7, AskedBySame), (None, AskerUnknown)])
def test_who_asked_and_who_is_nobody_issue_none(user_id: int | None, refusal: type[Exception]) -> None:
    ask()
    before = hot_rows()

    with pytest.raises(refusal):
        issue(user_id)

    assert (hot_rows(), GiftCard.objects.count(), len(asked_cards())) == (before, 0, 1)


def test_nobody_without_a_name_asks_and_what_can_not_be_is_not_asked_for() -> None:
    with pytest.raises(AskerUnknown):
        ask(None)
    with pytest.raises(CardsRefused):
        ask(amount_minor=1_000_001)

    assert not GiftCardIssue.objects.exists()


def test_what_no_one_person_may_ever_issue_is_not_asked_for_at_once_but_in_parts() -> None:
    before = hot_rows()

    with pytest.raises(MoreThanADay):
        ask(count=11, amount_minor=1_000_000)

    assert (hot_rows(), GiftCardIssue.objects.count(), AuditEntry.objects.count()) == (before, 0, 0)
    ask(count=10, amount_minor=1_000_000)
    assert len(issue(8)) == 10


def test_a_form_asks_once_and_its_cards_are_issued_once() -> None:
    ask()
    with pytest.raises(CardsIssued):
        ask()
    with pytest.raises(CardsIssued):
        directly(is_sold=False)
    issue(8)
    before = hot_rows()

    with pytest.raises(NotAskedFor):
        issue(9)

    assert (hot_rows(), GiftCard.objects.count()) == (before, 2)


def test_who_issues_them_has_the_limit_of_a_day_and_they_stay_for_another_one() -> None:
    ask(count=10, amount_minor=1_000_000)
    issue(8)
    other = UUID(int=9)
    ask(count=1, amount_minor=1, key=other)
    before = hot_rows()

    with pytest.raises(StaffDayFull):
        issue_asked_cards(key=other, by=by(8))

    assert (hot_rows(), GiftCard.objects.count()) == (before, 10)
    assert len(issue_asked_cards(key=other, by=by(9))) == 1


def test_cards_whose_end_came_meanwhile_are_not_issued_and_may_be_declined() -> None:
    ask()
    with pytest.raises(CardsRefused):
        issue(8, OVER)

    decline_asked_cards(key=KEY, by=By(user_id=7, now=OVER))

    assert (GiftCardIssue.objects.count(), GiftCard.objects.count()) == (0, 0)
    assert AuditEntry.objects.order_by("-id").values_list("verb", "facts")[0] == (
        "declined",
        {"reason": ["invoice 4711", None]},
    )
    with pytest.raises(NotAskedFor):
        decline_asked_cards(key=KEY, by=by(8))


def test_cards_that_were_issued_are_not_declined() -> None:
    ask()
    issue(8)

    with pytest.raises(NotAskedFor):
        decline_asked_cards(key=KEY, by=by(8))

    assert GiftCardIssue.objects.count() == 1


def test_where_it_was_turned_off_who_asked_issues_them(settings: Settings) -> None:
    ask()
    settings.FOUR_EYES = False

    assert len(issue(7)) == 2
    assert not GiftCardIssue.objects.get().four_eyes


@pytest.mark.parametrize("people", [{"granted_by": 7}, {"granted_by": None}, {"asked_by": None}])
def test_the_database_refuses_one_alone_where_two_were_asked_for(people: dict[str, Any]) -> None:
    ask()
    issue(8)

    with pytest.raises(IntegrityError, match="giftcardissue_sold_by_two"), transaction.atomic():
        GiftCardIssue.objects.update(**people)


@pytest.mark.parametrize("change", [{"is_sold": False}, {"asked_by": None}, {"expires_at": None}, {"amount_minor": 0}])
def test_the_database_refuses_what_is_asked_for_by_half(change: dict[str, Any]) -> None:
    ask()

    with pytest.raises(IntegrityError, match="giftcardissue_booked_whole"), transaction.atomic():
        GiftCardIssue.objects.update(**change)
