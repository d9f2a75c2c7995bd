"""What one of the staff gives away on a day, and what is said to be sold: limits over every door, in every currency."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from fairground.kernel.edits import REASON_MAX, By, ReasonMissing
from fairground.markets.rules import RateSource
from fairground.markets.storing_rates import store_rates
from fairground.payments.credit import CreditRefused, grant_credit
from fairground.payments.gift_cards import CardsRefused, issue_gift_cards
from fairground.payments.models import Credit, GiftCard, GiftCardIssue, StaffDay
from fairground.payments.rules import CREDIT_MAX_CENTS, GIVEN_A_DAY_MAX_CENTS, SOLD_A_DAY_MAX_CENTS
from fairground.payments.staff_days import StaffDayFull
from tests.books import hot_rows
from tests.factories import BY, NOW, make_market, make_shopper

pytestmark = pytest.mark.usefixtures("lone_writer")


def by(user_id: int | None = 7, hours: int = 0) -> By:
    return By(user_id=user_id, now=NOW + timedelta(hours=hours), reason="a parcel came late")


def give(amount_minor: int, currency: str = "EUR", *, who: By | None = None) -> bool:
    return grant_credit(
        key=uuid4(), shopper_id=make_shopper(), amount_minor=amount_minor, currency=currency, by=who or by()
    )


def issue(
    amount_minor: int, currency: str = "EUR", *, count: int = 1, is_sold: bool = False, who: By | None = None
) -> int:
    codes = issue_gift_cards(
        key=uuid4(),
        count=count,
        amount_minor=amount_minor,
        currency=currency,
        expires_at=NOW + timedelta(days=30),
        is_sold=is_sold,
        by=who or by(),
    )
    return len(codes)


def test_who_granted_the_most_of_a_day_gives_no_cards_away_and_another_one_does() -> None:
    make_market()
    for _ in range(5):
        give(1_000_000)
    before = hot_rows()

    with pytest.raises(StaffDayFull):
        issue(1)

    assert (hot_rows(), GiftCard.objects.count(), GiftCardIssue.objects.count()) == (before, 0, 0)
    assert (issue(1, who=by(8)), issue(1, who=by(None)), issue(1, who=by(hours=24))) == (1, 1, 1)


def test_who_gave_cards_away_has_less_left_for_credit_and_cards_that_were_sold_have_a_limit_of_their_own() -> None:
    make_market()
    issue(1_000_000, count=5)
    with pytest.raises(StaffDayFull):
        give(1)
    issue(1_000_000, count=10, is_sold=True)
    before = hot_rows()

    with pytest.raises(StaffDayFull):
        issue(1, is_sold=True)

    assert (hot_rows(), GiftCard.objects.count(), Credit.objects.count()) == (before, 15, 0)
    assert set(StaffDay.objects.values_list("user_id", "is_sold", "cents")) == {
        (7, False, GIVEN_A_DAY_MAX_CENTS),
        (7, True, SOLD_A_DAY_MAX_CENTS),
    }


@pytest.mark.parametrize(("is_sold", "count"), [(False, 6), (True, 11)])
def test_the_first_issue_of_a_day_has_the_limit_as_well(is_sold: bool, count: int) -> None:
    make_market()
    before = hot_rows()

    with pytest.raises(StaffDayFull):
        issue(1_000_000, count=count, is_sold=is_sold)

    assert (hot_rows(), GiftCard.objects.count(), StaffDay.objects.count()) == (before, 0, 0)


@pytest.mark.parametrize("reason", ["", "   ", "x" * (REASON_MAX + 1)])
def test_cards_take_a_reason(reason: str) -> None:
    make_market()

    with pytest.raises(ReasonMissing):
        issue(100, who=By(user_id=7, now=NOW, reason=reason))

    assert not GiftCard.objects.exists()


def test_an_issue_says_who_why_and_what_it_was_worth() -> None:
    make_market(code="VN", currency="VND", tax_rates_bps={})

    issue(1_535_000, "VND", count=2)

    row = GiftCardIssue.objects.get()
    assert (row.granted_by, row.reason, row.worth_cents) == (7, "a parcel came late", 10_000)


@pytest.mark.parametrize(("currency", "most_minor"), [("VND", 307_000_000), ("JPY", 1_870_000), ("KWD", 3_600_000)])
def test_the_most_means_the_same_in_every_currency_and_one_day_counts_them_all(currency: str, most_minor: int) -> None:
    make_market()
    make_market(code="XX", currency=currency, tax_rates_bps={})
    with pytest.raises(CardsRefused):
        issue(most_minor + 1, currency)
    with pytest.raises(CreditRefused):
        give(most_minor + 1, currency)

    issue(most_minor, currency, count=3)
    give(most_minor, currency)
    give(1_000_000)

    assert StaffDay.objects.get().cents == GIVEN_A_DAY_MAX_CENTS
    with pytest.raises(StaffDayFull):
        give(1, currency)


def test_a_rate_that_was_stored_counts_rather_than_the_packaged_one() -> None:
    make_market(code="VN", currency="VND", tax_rates_bps={})
    store_rates(rates={("VND", NOW.date()): (20_000, 1)}, source=RateSource.HOUSE, by=BY)

    issue(2_000_000, "VND")

    assert StaffDay.objects.get().cents == 10_000


@pytest.mark.parametrize("is_sold", [False, True])
def test_without_the_count_the_database_refuses_cards_and_credit(
    is_sold: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the trigger: a way that forgets to count gives nothing."""
    make_market()
    give(5)
    before = hot_rows()
    for module in ("credit", "gift_cards"):
        monkeypatch.setattr(f"fairground.payments.{module}.count_on_day", lambda **_: None)

    with pytest.raises(IntegrityError, match="is not counted on that day"):
        issue(1, is_sold=is_sold)
    with pytest.raises(IntegrityError, match="is not counted on that day"):
        give(1)

    assert (hot_rows(), GiftCard.objects.count(), Credit.objects.count()) == (before, 0, 1)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"worth_cents": 1_000_001}, "giftcardissue_within_limit_and_explained"),
        ({"reason": ""}, "giftcardissue_within_limit_and_explained"),
        ({"worth_cents": 0}, "giftcardissue_within_limit_and_explained"),
    ],
)
def test_the_database_refuses_a_card_beyond_the_limit_and_one_without_a_reason(
    change: dict[str, object], name: str
) -> None:
    make_market()
    issue(100)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        GiftCardIssue.objects.update(**change)


def test_the_database_refuses_a_credit_and_a_day_beyond_the_limit() -> None:
    make_market()
    give(100)
    issue(100, is_sold=True)

    with pytest.raises(IntegrityError, match="credit_within_limit"), transaction.atomic():
        Credit.objects.update(worth_cents=CREDIT_MAX_CENTS + 1)
    for is_sold, most in ((False, GIVEN_A_DAY_MAX_CENTS), (True, SOLD_A_DAY_MAX_CENTS)):
        with pytest.raises(IntegrityError, match="staffday_within_limit"), transaction.atomic():
            StaffDay.objects.filter(is_sold=is_sold).update(cents=most + 1)
