"""Verification of a realm in which providers paid in every way: sound books pass, and each damage is seen."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from fairground.checkout.actions.ask_again import ask_return_again
from fairground.checkout.actions.end_purchases import cancel_purchase
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.kernel.edits import By
from fairground.kernel.writer import take_turn, writers_of_lanes
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.rules import AccountKind, AccountWanted, NewTransfer, TransferKind
from fairground.orders.rules import RefundReason
from fairground.orders.tasks import follow_purchases
from fairground.payments.asked_cards import ask_for_gift_cards, issue_asked_cards
from fairground.payments.credit import grant_credit
from fairground.payments.ending_cards import cards_to_end, end_cards
from fairground.payments.gift_cards import issue_gift_cards, redeem_gift_card
from fairground.payments.models import PaymentRefund
from fairground.payments.notices import note_notice
from fairground.payments.providers.provider import Notice
from fairground.payments.rules import gift_cards_address, lapsed_gift_cards_address
from fairground.rehearsal.verify import Verification, verify_realm
from tests.factories import BY, GIVER, NOW, NOW_MS, give_wallet, make_shopper, place_one, place_request
from tests.payments.paying import Till, make_till
from tests.rehearsal.damages import PAYMENT_DAMAGES, run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]


def trade() -> Till:
    """A mixed payment with a refund, money that came late, money that came for nothing, one under way, and gifts."""
    till = make_till(quantity=2)
    give_wallet(shopper_id=till.shopper_id, amount_minor=900)
    till.agree(till.begin(wallet_minor=500))
    refund_lines(units={(till.placed.orders[0].order_id, 1): 1}, reason=RefundReason.FAULTY, by=BY)
    again(till).take_late()
    till.provider.takes_at_once = False
    gone = again(till)
    given_up = gone.begin()
    gone.ask(given_up)
    cancel_purchase(purchase_id=gone.purchase_id, shopper_id=gone.shopper_id, now_ms=NOW_MS)
    gone.provider.takes_at_once = True
    gone.provider.shopper_agrees(given_up.key.hex)
    gone.attend(given_up)
    till.return_all()
    again(till).begin(wallet_minor=100)
    (code, _) = issue_gift_cards(
        key=uuid4(),
        count=2,
        amount_minor=70,
        currency="EUR",
        expires_at=NOW + timedelta(days=9),
        is_sold=True,
        by=GIVER,
    )
    redeem_gift_card(code=code, shopper_id=till.shopper_id, now=NOW)
    over = NOW + timedelta(days=9)
    end_cards(card_ids=cards_to_end(now=over), now=over)
    issue_gift_cards(key=uuid4(), count=1, amount_minor=50, currency="EUR", expires_at=over, is_sold=False, by=GIVER)
    by = By(user_id=7, now=NOW, reason="sorry")
    grant_credit(key=UUID(int=7), shopper_id=till.shopper_id, amount_minor=30, currency="EUR", by=by)
    follow_purchases()
    return till


def again(till: Till) -> Till:
    """Return another purchase of the same goods by the same shopper."""
    placed = place_one(place_request(till.sku.line(2), shopper_id=till.shopper_id))
    return Till(till.sku, till.shopper_id, placed, till.provider)


def red(found: Verification) -> list[str]:
    return [check.key for check in found.checks if not check.ok]


def red_but_for_clearing() -> list[str]:
    """What providers have is added up from the same rows, so that check may see the same damage."""
    return [key for key in red(verify_realm()) if key != "clearing"]


def test_sound_books_with_payments_pass_every_check() -> None:
    trade()

    found = verify_realm(settled=True)

    assert red(found) == []
    assert {check.key: check.rows for check in found.checks if check.figure == "payment_difference_minor"} == {
        "payments": 4,
        "payment_returns": 2,
        "gifts": 5,
    }


@pytest.mark.parametrize(
    ("key", "damage"), PAYMENT_DAMAGES, ids=[f"{key}-{at}" for at, (key, _) in enumerate(PAYMENT_DAMAGES)]
)
def test_damage_turns_the_check_red_that_looks_for_it_and_no_other(key: str, damage: str) -> None:
    trade()
    assert run(damage) > 0

    assert red_but_for_clearing() == [key]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE payments_paymentrefund SET undone_transfer_id = 1 WHERE state = 4",
        "UPDATE payments_paymentrefund SET state = 2, undone_transfer_id = NULL WHERE state = 4",
    ],
)
def test_a_return_that_came_back_is_sound_and_without_its_transfer_it_is_not(damage: str) -> None:
    till = trade()
    row = PaymentRefund.objects.filter(order_id__isnull=False).get()
    till.provider.come_back = {row.key.hex}
    note_notice(provider="local", notice=Notice("n", "", "ref", refund_key=row.key.hex), now=NOW)
    till.return_all()

    assert red(verify_realm(settled=True)) == []
    assert run(damage) > 0
    assert red_but_for_clearing() == ["payment_returns"]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE payments_paymentrefund SET order_id = order_id + 1 WHERE again_of IS NOT NULL",
        "UPDATE payments_paymentrefund SET again_of = id WHERE again_of IS NOT NULL",
    ],
)
def test_a_return_that_was_asked_for_again_is_sound_and_of_another_order_or_of_itself_it_is_not(damage: str) -> None:
    till = trade()
    for at_fault in PaymentRefund.objects.values_list("key", flat=True):
        till.provider.come_back |= {at_fault.hex}
        note_notice(provider="local", notice=Notice(at_fault.hex, "", "ref", refund_key=at_fault.hex), now=NOW)
    till.return_all()
    till.provider.come_back = set()
    by = By(user_id=None, now=NOW, reason="the card is valid again")
    for refund_id in list(PaymentRefund.objects.values_list("id", flat=True)):
        ask_return_again(refund_id=refund_id, by=by)
    till.return_all()

    assert red(verify_realm(settled=True)) == []
    assert run(damage) > 0
    assert red_but_for_clearing() == ["payment_returns"]


def test_money_that_leaves_what_is_owed_for_gift_cards_for_another_reason_is_seen() -> None:
    trade()
    with transaction.atomic():
        turn = take_turn(writer_ids=writers_of_lanes([7]), now_ms=NOW_MS, ids_max=3, outbox_rows=0)
        addresses = [gift_cards_address("EUR"), lapsed_gift_cards_address("EUR")]
        wanted = [AccountWanted(7, one, AccountKind.FREE, "EUR") for one in addresses]
        owed, income = (open_accounts(turn=turn, wanted=wanted)[7, one].id for one in addresses)
        transfer = NewTransfer(
            debit_account_id=owed,
            credit_account_id=income,
            amount_minor=5,
            currency="EUR",
            kind=TransferKind.ADJUSTMENT,
            order_id=None,
            pending=False,
            lane=7,
        )
        post_transfers(turn=turn, transfers=[transfer], now_ms=NOW_MS)

    assert red(verify_realm()) == ["gifts"]


def test_cards_that_are_asked_for_are_no_cards_yet_and_sound() -> None:
    trade()
    over, by = NOW + timedelta(days=9), By(user_id=7, now=NOW, reason="invoice 4711")
    ask_for_gift_cards(key=UUID(int=8), count=2, amount_minor=40, currency="EUR", expires_at=over, by=by)
    assert red(verify_realm(settled=True)) == []

    issue_asked_cards(key=UUID(int=8), by=By(user_id=8, now=NOW))

    assert red(verify_realm(settled=True)) == []
    assert run("UPDATE payments_staffday SET user_id = 9 WHERE user_id = 8") == 1
    assert red_but_for_clearing() == ["gifts"]


def test_a_card_from_before_issues_were_in_the_books_is_sound_open_and_redeemed() -> None:
    trade()
    over = NOW + timedelta(days=9)
    codes = [
        issue_gift_cards(key=one, count=1, amount_minor=40, currency="EUR", expires_at=over, is_sold=True, by=GIVER)[0]
        for one in (UUID(int=1), UUID(int=2))
    ]
    # As they stood before: no issue, no transfer, nothing owed, nothing counted.
    run("UPDATE payments_staffday SET cents = cents - 80 WHERE is_sold")
    issued = "SELECT transfer_id FROM payments_giftcardissue WHERE amount_minor = 40"
    for account in ("debit", "credit"):
        side = f"{account}s_posted_minor"
        run(
            f"UPDATE ledger_account AS a SET {side} = {side} - t.minor FROM (SELECT {account}_account_id AS id,"
            f" sum(amount_minor) AS minor FROM ledger_transfer WHERE id IN ({issued}) GROUP BY 1) AS t"
            " WHERE t.id = a.id"
        )
    run(f"DELETE FROM ledger_transfer WHERE id IN ({issued})")
    run("DELETE FROM payments_giftcardissue WHERE amount_minor = 40")
    run("UPDATE payments_giftcard SET issue_key = NULL WHERE amount_minor = 40")

    redeem_gift_card(code=codes[0], shopper_id=make_shopper(), now=NOW)

    assert red(verify_realm(settled=True)) == []
