"""Balances, statements, and whether the books agree."""

from datetime import timedelta

import pytest

from fairground.kernel.clock import from_unix_ms
from fairground.ledger.actions import end_transfers, post_transfers
from fairground.ledger.models import Account, Transfer
from fairground.ledger.queries import (
    Disagreement,
    NoSuchAccount,
    StatementLine,
    TrialBalance,
    accounts_that_disagree,
    balances,
    statement,
    trial_balance,
)
from fairground.ledger.rules import AccountKind, TransferEnding, TransferKind, TransferOutcome
from tests.ledger.making import NOW_MS, make_account, make_transfer, one_turn

pytestmark = pytest.mark.django_db

DAY_OPENS_AT = from_unix_ms(NOW_MS)
DAY = timedelta(days=1)
HOUR_MS = 3_600_000


def test_balances_leave_out_addresses_without_an_account() -> None:
    with one_turn() as turn:
        wallet = make_account(turn=turn, address="wallet", lane=4)
    assert balances([(4, "wallet"), (5, "wallet"), (4, "nobody")]) == {(4, "wallet"): wallet}
    assert balances([]) == {}


@pytest.mark.parametrize(("kind", "sign"), [(AccountKind.CREDIT_NORMAL, 1), (AccountKind.DEBIT_NORMAL, -1)])
def test_a_statement_carries_a_running_balance_on_the_normal_side(kind: AccountKind, sign: int) -> None:
    with one_turn() as turn:
        world = make_account(turn=turn, address="world", kind=AccountKind.FREE)
        account = make_account(turn=turn, address="account", kind=kind)
        into = (world, account) if sign == 1 else (account, world)
        out = into[::-1]
        ids = [
            post_transfers(
                turn=turn,
                now_ms=NOW_MS + hour * HOUR_MS,
                transfers=[make_transfer(debit=debit, credit=credit, amount_minor=amount_minor, order_id=order_id)],
            )[0]
            for hour, (debit, credit), amount_minor, order_id in [
                (-1, into, 1_000, None),
                (0, out, 300, 8),
                (23, into, 50, 9),
                (24, out, 750, 10),
            ]
        ]
    day = statement(lane=0, address="account", opens_at=DAY_OPENS_AT, closes_at=DAY_OPENS_AT + DAY)
    taken, given = ((300, 0), (0, 50)) if sign == 1 else ((0, 300), (50, 0))
    assert (day.currency, day.opening_balance_minor, day.closing_balance_minor) == ("EUR", 1_000, 750)
    assert day.lines == (
        StatementLine(ids[1], DAY_OPENS_AT, TransferKind.PURCHASE, 8, *taken, 700),
        StatementLine(ids[2], from_unix_ms(NOW_MS + 23 * HOUR_MS), TransferKind.PURCHASE, 9, *given, 750),
    )


def test_a_statement_shows_a_pending_transfer_when_it_is_posted_and_never_if_it_is_not() -> None:
    with one_turn() as turn:
        world = make_account(turn=turn, address="world", kind=AccountKind.FREE)
        wallet = make_account(turn=turn, address="wallet")
        held = [
            make_transfer(debit=world, credit=wallet, amount_minor=amount_minor, pending=True)
            for amount_minor in (1, 20, 300, 4_000)
        ]
        posted, voided, expired, _ = post_transfers(turn=turn, now_ms=NOW_MS - HOUR_MS, transfers=held)
        end_transfers(
            turn=turn,
            now_ms=NOW_MS,
            ends=[
                TransferEnding(posted, TransferOutcome.POSTED),
                TransferEnding(voided, TransferOutcome.VOIDED),
                TransferEnding(expired, TransferOutcome.EXPIRED),
            ],
        )
    day = statement(lane=0, address="wallet", opens_at=DAY_OPENS_AT, closes_at=DAY_OPENS_AT + DAY)
    assert (day.opening_balance_minor, day.closing_balance_minor) == (0, 1)
    assert day.lines == (StatementLine(posted, DAY_OPENS_AT, TransferKind.PURCHASE, None, 0, 1, 1),)


def test_consecutive_statements_join_without_a_gap() -> None:
    with one_turn() as turn:
        world = make_account(turn=turn, address="world", kind=AccountKind.FREE)
        wallet = make_account(turn=turn, address="wallet")
        for day in range(3):
            post_transfers(
                turn=turn,
                now_ms=NOW_MS + day * 24 * HOUR_MS,
                transfers=[make_transfer(debit=world, credit=wallet, amount_minor=10**day)],
            )
    days = [
        statement(
            lane=0,
            address="wallet",
            opens_at=DAY_OPENS_AT + day * DAY,
            closes_at=DAY_OPENS_AT + (day + 1) * DAY,
        )
        for day in range(3)
    ]
    assert [(day.opening_balance_minor, day.closing_balance_minor) for day in days] == [
        (0, 1),
        (1, 11),
        (11, 111),
    ]


def test_a_statement_comes_from_the_transfers_and_never_from_the_row() -> None:
    with one_turn() as turn:
        world = make_account(turn=turn, address="world", kind=AccountKind.FREE)
        wallet = make_account(turn=turn, address="wallet")
        post_transfers(turn=turn, now_ms=NOW_MS, transfers=[make_transfer(debit=world, credit=wallet, amount_minor=70)])
        Account.objects.filter(pk=(0, wallet.id)).update(credits_posted_minor=999)
    day = statement(lane=0, address="wallet", opens_at=DAY_OPENS_AT, closes_at=DAY_OPENS_AT + DAY)
    assert day.closing_balance_minor == 70


def test_a_statement_of_an_account_that_was_never_opened_is_refused() -> None:
    with pytest.raises(NoSuchAccount) as caught:
        statement(lane=0, address="nobody", opens_at=DAY_OPENS_AT, closes_at=DAY_OPENS_AT + DAY)
    assert caught.value.facts == {"lane": 0, "address": "nobody"}


def test_the_trial_balance_sums_each_currency() -> None:
    with one_turn() as turn:
        for currency, amount_minor in (("EUR", 500), ("JPY", 9_000)):
            world = make_account(turn=turn, address=f"world:{currency}", kind=AccountKind.FREE, currency=currency)
            wallet = make_account(turn=turn, address=f"wallet:{currency}", currency=currency)
            post_transfers(
                turn=turn,
                now_ms=NOW_MS,
                transfers=[
                    make_transfer(debit=world, credit=wallet, amount_minor=amount_minor),
                    make_transfer(debit=wallet, credit=world, amount_minor=40, pending=True),
                ],
            )
    assert trial_balance() == [
        TrialBalance("EUR", 500, 500, 40, 40),
        TrialBalance("JPY", 9_000, 9_000, 40, 40),
    ]


def test_a_row_that_was_tampered_with_disagrees() -> None:
    with one_turn() as turn:
        world = make_account(turn=turn, address="world", kind=AccountKind.FREE)
        wallet = make_account(turn=turn, address="wallet")
        post_transfers(turn=turn, now_ms=NOW_MS, transfers=[make_transfer(debit=world, credit=wallet, amount_minor=70)])
    assert accounts_that_disagree() == []
    Account.objects.filter(pk=(0, wallet.id)).update(credits_posted_minor=71)
    assert accounts_that_disagree() == [Disagreement(wallet.id, "wallet", "EUR", (0, 71, 0, 0), (0, 70, 0, 0))]


def test_a_transfer_without_its_account_or_in_another_currency_disagrees() -> None:
    with one_turn() as turn:
        world = make_account(turn=turn, address="world", kind=AccountKind.FREE)
    Transfer.objects.create(
        lane=0,
        id=1,
        debit_account_id=world.id,
        credit_account_id=77,
        amount_minor=5,
        currency="JPY",
        kind=TransferKind.ADJUSTMENT,
        pending=True,
        at=DAY_OPENS_AT,
    )
    assert accounts_that_disagree() == [
        Disagreement(77, None, "JPY", (0, 0, 0, 0), (0, 0, 0, 5)),
        Disagreement(world.id, None, "JPY", (0, 0, 0, 0), (0, 0, 5, 0)),
    ]
