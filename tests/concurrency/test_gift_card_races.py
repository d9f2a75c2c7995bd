"""A gift card that is redeemed at the moment at which it ends: its money goes one way, once."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from fairground.kernel.edits import By, ShopBusy
from fairground.ledger.queries import accounts_that_disagree
from fairground.payments.asked_cards import NotAskedFor, ask_for_gift_cards, decline_asked_cards, issue_asked_cards
from fairground.payments.ending_cards import cards_to_end, end_cards
from fairground.payments.gift_cards import CardsIssued, NoSuchCard, issue_gift_cards, redeem_gift_card
from fairground.payments.models import GiftCard, GiftCardIssue
from fairground.payments.queries import wallet_balance_minor
from tests.concurrency.racing import at_once
from tests.factories import GIVER, NOW, make_market, make_shopper
from tests.payments.paying import balance_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committing_writers")]
OVER = NOW + timedelta(days=1)
JUST_BEFORE = OVER - timedelta(milliseconds=1)
AT_ONCE = 4


def issue(key: UUID | None = None) -> str:
    (code,) = issue_gift_cards(
        key=key or uuid4(), count=1, amount_minor=70, currency="EUR", expires_at=OVER, is_sold=True, by=GIVER
    )
    return code


def redeeming(code: str, shopper_id: int) -> Callable[[], int]:
    def redeem() -> int:
        try:
            return redeem_gift_card(code=code, shopper_id=shopper_id, now=JUST_BEFORE).amount_minor
        except (NoSuchCard, ShopBusy):
            return 0

    return redeem


@pytest.mark.parametrize("attempt", range(3))
def test_a_card_that_is_redeemed_while_it_ends_goes_into_a_wallet_or_lapses(attempt: int) -> None:
    make_market()
    code, shopper_id = issue(), make_shopper(lane=5 + attempt)
    ids = cards_to_end(now=OVER)
    ways = [redeeming(code, shopper_id), *[lambda: 70 * end_cards(card_ids=ids, now=OVER)] * AT_ONCE]

    moved = at_once(ways)

    wallet = wallet_balance_minor(shopper_id=shopper_id, currency="EUR")
    assert sum(moved) == 70
    assert (wallet, balance_of("platform:lapsed_giftcards:EUR")) == (moved[0], 70 - moved[0])
    assert balance_of("platform:giftcards:EUR") == 0
    assert accounts_that_disagree() == []


def test_a_form_that_is_sent_many_times_at_once_is_owed_once() -> None:
    make_market()
    key = uuid4()

    def send() -> int:
        try:
            return len([issue(key)])
        except (CardsIssued, ShopBusy):
            return 0

    assert sum(at_once([send] * AT_ONCE)) == 1
    assert (GiftCard.objects.count(), GiftCardIssue.objects.count()) == (1, 1)
    assert (balance_of("platform:giftcards:EUR"), balance_of("platform:funding:EUR")) == (70, -70)


def test_cards_that_were_asked_for_and_are_issued_and_declined_at_once_are_issued_once_or_not_at_all() -> None:
    make_market()
    key = uuid4()
    ask_for_gift_cards(
        key=key, count=2, amount_minor=70, currency="EUR", expires_at=OVER, by=By(7, NOW, "invoice 4711")
    )

    def issue_them(user_id: int) -> int:
        try:
            return len(issue_asked_cards(key=key, by=By(user_id, NOW)))
        except (NotAskedFor, ShopBusy):
            return 0

    def decline_them() -> int:
        with suppress(NotAskedFor, ShopBusy):
            decline_asked_cards(key=key, by=By(9, NOW))
        return 0

    ways: list[Callable[[], int]] = [partial(issue_them, user_id) for user_id in (8, 10, 11)]

    issued = sum(at_once([*ways, decline_them]))

    assert issued in {0, 2}
    assert GiftCard.objects.count() == issued
    assert balance_of("platform:giftcards:EUR") == -balance_of("platform:funding:EUR") == 70 * issued
    assert accounts_that_disagree() == []


def test_without_the_row_locked_both_would_end_the_card_and_the_database_refuses_the_second() -> None:
    """The negative control: the harness sees the race. Both read the card as open before either one writes."""
    make_market()
    issue()
    both_have_looked = Barrier(2, timeout=60)
    looked: list[bool] = []
    refused: list[str] = []

    def end(**changes: object) -> bool:
        try:
            with transaction.atomic():
                card = GiftCard.objects.get()
                looked.append(card.redeemed_at is None and card.lapsed_transfer_id is None)
                both_have_looked.wait()
                GiftCard.objects.filter(id=card.id).update(**changes)
        except IntegrityError as error:
            refused.append(str(error))
            return False
        return True

    ways: list[Callable[[], bool]] = [
        lambda: end(redeemed_at=NOW, redeemed_by=7, transfer_id=7),
        lambda: end(lapsed_transfer_id=8),
    ]
    ended = at_once(ways)

    assert looked == [True, True]
    assert sorted(ended) == [False, True]
    assert "stays as it is" in refused[0]
