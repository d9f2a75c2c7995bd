"""Gift cards, redeemed once by whoever has the code, and credit that the staff grants once a form."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from fairground.identity.models import Shopper
from fairground.kernel.edits import By, ReasonMissing
from fairground.kernel.models import AuditEntry
from fairground.ledger.queries import accounts_that_disagree
from fairground.payments.credit import CreditRefused, grant_credit
from fairground.payments.gift_cards import (
    CardsIssued,
    CardsRefused,
    NoSuchCard,
    Redeemed,
    issue_gift_cards,
    redeem_gift_card,
)
from fairground.payments.models import Credit, GiftCard, StaffDay
from fairground.payments.pouring import ShopperGone
from fairground.payments.queries import wallet_balance_minor
from fairground.payments.rules import CREDIT_MAX_CENTS, GIVEN_A_DAY_MAX_CENTS
from fairground.payments.staff_days import StaffDayFull
from tests.books import hot_rows
from tests.factories import GIVER, NOW, make_market, make_shopper
from tests.payments.paying import balance_of

pytestmark = pytest.mark.usefixtures("lone_writer")
KEY = UUID("018f3f2e-0000-7000-8000-000000000001")
GOODWILL = By(user_id=None, now=NOW, reason="a parcel came late")


@pytest.fixture
def shopper_id() -> int:
    make_market()
    return make_shopper(lane=9)


def issue(
    *,
    count: int = 1,
    amount_minor: int = 2_500,
    currency: str = "EUR",
    days: int = 30,
    key: UUID | None = None,
    is_sold: bool = True,
) -> list[str]:
    codes = issue_gift_cards(
        key=key or uuid4(),
        count=count,
        amount_minor=amount_minor,
        currency=currency,
        expires_at=NOW + timedelta(days=days),
        is_sold=is_sold,
        by=GIVER,
    )
    return list(codes)


def balance_minor(shopper_id: int) -> int:
    return wallet_balance_minor(shopper_id=shopper_id, currency="EUR")


def balances() -> dict[str, int]:
    return {
        name: balance_of(f"platform:{name}:EUR") for name in ("giftcards", "funding", "goodwill", "lapsed_giftcards")
    }


def test_a_gift_card_fills_a_wallet_once_however_its_code_is_written(shopper_id: int) -> None:
    (code,) = issue()

    redeemed = redeem_gift_card(code=f" {code.lower().replace('-', ' ')} ", shopper_id=shopper_id, now=NOW)
    before = hot_rows()
    with pytest.raises(NoSuchCard):
        redeem_gift_card(code=code, shopper_id=make_shopper(), now=NOW)

    assert redeemed == Redeemed(2_500, "EUR")
    assert balance_minor(shopper_id) == 2_500
    assert balances() == {"giftcards": 0, "funding": -2_500, "goodwill": 0, "lapsed_giftcards": 0}
    assert hot_rows() == before
    assert accounts_that_disagree() == []


def test_a_form_issues_its_cards_once_and_one_that_was_refused_may_be_sent_again(shopper_id: int) -> None:
    with pytest.raises(CardsRefused):
        issue(key=KEY, amount_minor=0)
    issue(key=KEY, count=2)
    before = hot_rows()

    with pytest.raises(CardsIssued):
        issue(key=KEY, count=2)

    assert (GiftCard.objects.count(), AuditEntry.objects.count(), hot_rows()) == (2, 2, before)


def test_codes_are_nowhere_but_in_the_answer(shopper_id: int) -> None:
    codes = issue(count=3)

    assert len(set(codes)) == 3
    kept = repr(list(GiftCard.objects.values_list())) + repr(list(AuditEntry.objects.values_list()))
    assert all(code not in kept and code.replace("-", "") not in kept for code in codes)
    assert list(AuditEntry.objects.values_list("verb", "subject_kind")) == [("issued", "giftcard")] * 3


@pytest.mark.parametrize(
    "code", ["", "0000-0000-0000-0000", "short", "0000-0000-0000-000U", "\u0660" * 16, "0" * 10_000]
)
def test_a_code_that_is_none_is_refused_and_nothing_changes(shopper_id: int, code: str) -> None:
    issue()
    before = hot_rows()

    with pytest.raises(NoSuchCard):
        redeem_gift_card(code=code, shopper_id=shopper_id, now=NOW)

    assert hot_rows() == before


def test_a_gift_card_that_is_over_is_refused(shopper_id: int) -> None:
    (code,) = issue(days=1)

    with pytest.raises(NoSuchCard):
        redeem_gift_card(code=code, shopper_id=shopper_id, now=NOW + timedelta(days=1))

    assert balance_minor(shopper_id) == 0


CARDS: dict[str, Callable[[], object]] = {
    "none": lambda: issue(count=0),
    "too many": lambda: issue(count=1_001),
    "of nothing": lambda: issue(amount_minor=0),
    "of less than nothing": lambda: issue(amount_minor=-1),
    "too dear": lambda: issue(amount_minor=1_000_001),
    "of no market's currency": lambda: issue(currency="XXX"),
    "over at once": lambda: issue(days=0),
}


@pytest.mark.parametrize("name", CARDS)
def test_cards_that_can_not_be_are_not_issued(shopper_id: int, name: str) -> None:
    with pytest.raises(CardsRefused):
        CARDS[name]()

    assert not GiftCard.objects.exists()


def test_credit_is_granted_once_a_form_and_stands_in_the_audit_log(shopper_id: int) -> None:
    first, again = (
        grant_credit(key=KEY, shopper_id=shopper_id, amount_minor=700, currency="EUR", by=GOODWILL) for _ in range(2)
    )

    assert (first, again) == (True, False)
    assert balance_minor(shopper_id) == 700
    assert balance_of("platform:goodwill:EUR") == -700
    assert list(AuditEntry.objects.values_list("verb", "subject_id", "reason")) == [
        ("granted-credit", str(shopper_id), "a parcel came late")
    ]


@pytest.mark.parametrize(
    ("amount_minor", "currency", "reason"),
    [
        (0, "EUR", "why"),
        (-5, "EUR", "why"),
        (1_000_001, "EUR", "why"),
        (1 << 63, "EUR", "why"),
        (5, "XXX", "why"),
    ],
)
def test_credit_that_can_not_be_is_refused(shopper_id: int, amount_minor: int, currency: str, reason: str) -> None:
    by = By(user_id=None, now=NOW, reason=reason)

    with pytest.raises(CreditRefused):
        grant_credit(key=KEY, shopper_id=shopper_id, amount_minor=amount_minor, currency=currency, by=by)

    assert not Credit.objects.exists()


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_credit_takes_a_reason(shopper_id: int, reason: str) -> None:
    by, before = By(user_id=None, now=NOW, reason=reason), hot_rows()

    with pytest.raises(ReasonMissing):
        grant_credit(key=KEY, shopper_id=shopper_id, amount_minor=5, currency="EUR", by=by)

    assert (hot_rows(), Credit.objects.count()) == (before, 0)


def test_one_of_the_staff_grants_no_more_than_so_much_a_day_and_another_one_does(shopper_id: int) -> None:
    def grant(user_id: int | None, number: int, amount_minor: int, hours: int = 0) -> bool:
        by = By(user_id=user_id, now=NOW + timedelta(hours=hours), reason="a parcel came late")
        key = UUID(int=number)
        return grant_credit(key=key, shopper_id=shopper_id, amount_minor=amount_minor, currency="EUR", by=by)

    for number in range(5):
        grant(7, number, CREDIT_MAX_CENTS)
    before = hot_rows()

    with pytest.raises(StaffDayFull):
        grant(7, 5, 1)

    assert (hot_rows(), StaffDay.objects.get().cents) == (before, GIVEN_A_DAY_MAX_CENTS)
    assert not grant(7, 4, CREDIT_MAX_CENTS)
    assert all([grant(8, 6, 1), grant(None, 7, 1), grant(7, 8, 1, hours=24)])
    assert StaffDay.objects.count() == 4


def test_the_database_refuses_a_day_beyond_the_limit(shopper_id: int) -> None:
    with pytest.raises(IntegrityError, match="staffday_within_limit"), transaction.atomic():
        StaffDay.objects.create(user_id=7, day=NOW.date(), is_sold=False, cents=GIVEN_A_DAY_MAX_CENTS + 1)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "reason", "is_other"),
    [
        (701, "EUR", GOODWILL.reason, False),
        (700, "CNY", GOODWILL.reason, False),
        (700, "EUR", "a parcel came broken", False),
        (700, "EUR", GOODWILL.reason, True),
    ],
)
def test_a_form_that_granted_something_grants_nothing_else(
    shopper_id: int, amount_minor: int, currency: str, reason: str, is_other: bool
) -> None:
    make_market(code="CN", currency="CNY", tax_rates_bps={})
    grant_credit(key=KEY, shopper_id=shopper_id, amount_minor=700, currency="EUR", by=GOODWILL)
    before, whose = hot_rows(), make_shopper() if is_other else shopper_id

    with pytest.raises(CreditRefused):
        grant_credit(
            key=KEY,
            shopper_id=whose,
            amount_minor=amount_minor,
            currency=currency,
            by=By(user_id=None, now=NOW, reason=reason),
        )

    assert hot_rows() == before
    assert Credit.objects.count() == AuditEntry.objects.count() == 1


def test_a_form_that_is_sent_again_after_a_guest_went_into_a_shopper_grants_nothing_more(shopper_id: int) -> None:
    grant_credit(key=KEY, shopper_id=shopper_id, amount_minor=700, currency="EUR", by=GOODWILL)
    Shopper.objects.filter(id=shopper_id).update(merged_into_id=make_shopper())

    assert not grant_credit(key=KEY, shopper_id=shopper_id, amount_minor=700, currency="EUR", by=GOODWILL)


def test_nobody_gets_what_is_for_who_is_not_there_or_was_erased(shopper_id: int) -> None:
    (code,) = issue()
    Shopper.objects.filter(id=shopper_id).update(erased_at=NOW)
    before = hot_rows()

    with pytest.raises(ShopperGone):
        redeem_gift_card(code=code, shopper_id=shopper_id, now=NOW)
    for who in (shopper_id, 12345):
        with pytest.raises(ShopperGone):
            grant_credit(key=KEY, shopper_id=who, amount_minor=5, currency="EUR", by=GOODWILL)

    assert hot_rows() == before
    assert not GiftCard.objects.filter(redeemed_at__isnull=False).exists()


def test_the_database_refuses_a_card_that_is_redeemed_by_half_and_one_code_twice(shopper_id: int) -> None:
    issue()
    with pytest.raises(IntegrityError, match="giftcard_redeemed_whole"), transaction.atomic():
        GiftCard.objects.update(redeemed_at=NOW)
    card = GiftCard.objects.get()
    card.pk = None
    with pytest.raises(IntegrityError, match="giftcard_code_once"), transaction.atomic():
        card.save(force_insert=True)
