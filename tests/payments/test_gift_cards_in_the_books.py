"""What gift cards hold is in the books from the day they are issued until they are redeemed, or end."""

from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.kernel.ids import lane_of
from fairground.kernel.models import AuditEntry
from fairground.ledger.models import Account, Transfer
from fairground.ledger.queries import accounts_that_disagree
from fairground.ledger.rules import AccountKind, TransferKind
from fairground.payments.ending_cards import CARDS_A_TURN_MAX, cards_to_end, end_cards
from fairground.payments.gift_cards import CardsRefused, NoSuchCard, issue_gift_cards, redeem_gift_card
from fairground.payments.models import GiftCard, GiftCardIssue
from fairground.payments.queries import wallet_balance_minor
from fairground.payments.tasks import CARDS, end_gift_cards
from tests.books import hot_rows
from tests.factories import GIVER, NOW, make_market, make_shopper
from tests.payments.paying import balance_of

KEY = UUID(int=(1 << 64) + 7)
OVER = NOW + timedelta(days=30)


@pytest.fixture(autouse=True)
def market(lone_writer: object) -> None:
    make_market()


def issue(
    *, count: int = 1, amount_minor: int = 2_500, key: UUID | None = None, is_sold: bool = True, currency: str = "EUR"
) -> list[str]:
    codes = issue_gift_cards(
        key=key or uuid4(),
        count=count,
        amount_minor=amount_minor,
        currency=currency,
        expires_at=OVER,
        is_sold=is_sold,
        by=GIVER,
    )
    return list(codes)


def balances() -> tuple[int, int, int, int]:
    """Return what is owed for cards, what they brought as income, and what they took: of funding, of goodwill."""
    owed, lapsed, funding, goodwill = (
        balance_of(f"platform:{name}:EUR") for name in ("giftcards", "lapsed_giftcards", "funding", "goodwill")
    )
    return owed, lapsed, funding, goodwill


def end_all() -> int:
    return end_cards(card_ids=cards_to_end(now=OVER), now=OVER)


def test_cards_are_owed_once_they_are_issued_by_one_transfer_an_issue() -> None:
    issue(count=3, key=KEY)
    issue(count=2, amount_minor=100, is_sold=False)

    assert balances() == (7_700, 0, -7_500, -200)
    issued = Transfer.objects.filter(kind=TransferKind.GIFT_CARDS_ISSUED)
    assert sorted(issued.values_list("amount_minor", flat=True)) == [200, 7_500]
    row = GiftCardIssue.objects.get(key=KEY)
    assert (row.count, row.amount_minor, row.currency, row.is_sold) == (3, 7_500, "EUR", True)
    assert row.transfer_id is not None
    assert lane_of(row.transfer_id) == 7
    assert [entry.facts["is_sold"] for entry in AuditEntry.objects.order_by("id")] == [[None, True]] * 3 + [
        [None, False]
    ] * 2
    assert accounts_that_disagree() == []


def test_cards_that_are_refused_are_owed_to_nobody() -> None:
    before = hot_rows()

    with pytest.raises(CardsRefused):
        issue(count=1_001)
    with pytest.raises(CardsRefused):
        issue(amount_minor=-1)

    assert (hot_rows(), GiftCardIssue.objects.count()) == (before, 0)


def test_a_card_that_is_redeemed_is_not_owed_any_more() -> None:
    first, _ = issue(count=2)
    shopper_id = make_shopper(lane=9)

    redeem_gift_card(code=first, shopper_id=shopper_id, now=NOW)

    assert balances() == (2_500, 0, -5_000, 0)
    assert wallet_balance_minor(shopper_id=shopper_id, currency="EUR") == 2_500


def test_what_a_card_held_that_ends_unredeemed_lapses_once() -> None:
    make_market(code="CN", currency="CNY", tax_rates_bps={})
    used, left = issue(count=2)
    issue(is_sold=False, amount_minor=300, key=KEY)
    issue(amount_minor=700, currency="CNY")
    redeem_gift_card(code=used, shopper_id=make_shopper(), now=NOW)
    open_ids = cards_to_end(now=OVER)

    early = end_cards(card_ids=open_ids, now=OVER - timedelta(microseconds=1))
    ended, again = end_cards(card_ids=open_ids, now=OVER), end_cards(card_ids=open_ids, now=OVER)

    assert (early, ended, again, len(open_ids)) == (0, 3, 0, 3)
    assert balances() == (0, 2_800, -5_000, -300)
    assert (balance_of("platform:giftcards:CNY"), balance_of("platform:lapsed_giftcards:CNY")) == (0, 700)
    assert cards_to_end(now=OVER) == []
    lapse = Transfer.objects.get(kind=TransferKind.GIFT_CARD_LAPSED, amount_minor=300)
    assert lapse.lane == lane_of(lapse.id) == 7
    with pytest.raises(NoSuchCard):
        redeem_gift_card(code=left, shopper_id=make_shopper(), now=OVER)
    assert accounts_that_disagree() == []


def test_who_comes_with_an_earlier_moment_after_a_card_has_ended_gets_nothing() -> None:
    (code,) = issue()
    end_all()
    before = hot_rows()

    with pytest.raises(NoSuchCard):
        redeem_gift_card(code=code, shopper_id=make_shopper(), now=OVER - timedelta(seconds=1))

    assert hot_rows() == before


def test_a_card_without_an_issue_in_the_books_is_redeemed_as_before_and_lapses_nothing() -> None:
    used, _ = issue(count=2)
    GiftCard.objects.update(issue_key=None)
    shopper_id = make_shopper()

    redeem_gift_card(code=used, shopper_id=shopper_id, now=NOW)

    assert wallet_balance_minor(shopper_id=shopper_id, currency="EUR") == 2_500
    assert cards_to_end(now=OVER) == []
    assert end_cards(card_ids=list(GiftCard.objects.values_list("id", flat=True)), now=OVER) == 0


def test_the_chore_ends_so_many_cards_a_turn_until_none_is_left() -> None:
    issue(count=CARDS_A_TURN_MAX + 1)
    GiftCard.objects.update(issued_at=NOW - timedelta(days=9_000), expires_at=NOW - timedelta(days=8_000))

    more, still = end_gift_cards(), end_gift_cards()

    assert (CARDS.full, more, still) == (CARDS_A_TURN_MAX, True, False)
    assert GiftCard.objects.filter(lapsed_transfer_id=None).count() == 0
    assert balances()[:2] == (0, 2_500 * (CARDS_A_TURN_MAX + 1))


@pytest.mark.parametrize(
    "change",
    [
        {"redeemed_at": NOW, "redeemed_by": 7, "transfer_id": 7},
        {"lapsed_transfer_id": 7},
        {"lapsed_transfer_id": None},
        {"amount_minor": 1},
    ],
)
def test_the_database_refuses_to_end_a_card_twice(change: dict[str, Any]) -> None:
    issue()
    end_all()

    with pytest.raises(IntegrityError, match="giftcard_ends_once"), transaction.atomic():
        GiftCard.objects.update(**change)


def test_the_database_refuses_a_lapse_of_a_card_that_was_redeemed_or_is_not_in_the_books() -> None:
    issue()

    with pytest.raises(IntegrityError, match="giftcard_redeemed_or_lapsed"), transaction.atomic():
        GiftCard.objects.update(lapsed_transfer_id=7, issue_key=None)
    with pytest.raises(IntegrityError, match="giftcard_redeemed_or_lapsed"), transaction.atomic():
        GiftCard.objects.update(lapsed_transfer_id=7, redeemed_at=NOW, redeemed_by=7, transfer_id=8)


@pytest.mark.parametrize(
    "change", [{"transfer_id": None}, {"amount_minor": None}, {"amount_minor": 0}, {"is_sold": None}, {"currency": ""}]
)
def test_the_database_refuses_an_issue_that_is_booked_by_half(change: dict[str, Any]) -> None:
    issue()

    with pytest.raises(IntegrityError, match="giftcardissue_booked_whole"), transaction.atomic():
        GiftCardIssue.objects.update(**change)


def test_the_database_refuses_one_lapse_for_two_cards() -> None:
    issue(count=2)

    with pytest.raises(IntegrityError, match="giftcard_lapse_of_one_card"), transaction.atomic():
        GiftCard.objects.update(lapsed_transfer_id=7)


def test_accounts_of_before_are_free_after_the_upgrade_and_others_are_as_they_were() -> None:
    (used,) = issue()
    redeem_gift_card(code=used, shopper_id=make_shopper(lane=3), now=NOW)
    cards = Account.objects.filter(address="platform:giftcards:EUR")
    others = Account.objects.exclude(address="platform:giftcards:EUR").order_by("id")
    cards.filter(lane=3).update(kind=AccountKind.DEBIT_NORMAL)
    before = list(others.values_list("id", "kind"))

    with connection.cursor() as cursor:
        cursor.execute(import_module("fairground.ledger.migrations.0015_gift_cards_issued_and_ended").FREE)

    assert {one.kind for one in cards} == {AccountKind.FREE}
    assert list(others.values_list("id", "kind")) == before
    (again,) = issue()
    redeem_gift_card(code=again, shopper_id=make_shopper(lane=3), now=NOW)
    assert balances()[0] == 0
