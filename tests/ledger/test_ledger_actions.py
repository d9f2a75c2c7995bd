"""Opening accounts and moving money, on a real database."""

import pytest
from django.db import IntegrityError, transaction

from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.ledger.actions import end_transfers, open_accounts, post_transfers
from fairground.ledger.models import Account, Transfer, TransferEnd
from fairground.ledger.queries import accounts_that_disagree
from fairground.ledger.rules import (
    AccountKind,
    AccountWanted,
    NewTransfer,
    TransferEnding,
    TransferKind,
    TransferOutcome,
)
from tests.ledger.making import NOW_MS, make_account, make_transfer, one_turn, sums_of

pytestmark = pytest.mark.django_db

WALLET = AccountWanted(3, "shopper:7:wallet:EUR", AccountKind.CREDIT_NORMAL, "EUR")
ESCROW = AccountWanted(5, "merchant:42:escrow:EUR", AccountKind.CREDIT_NORMAL, "EUR")
WORLD = AccountWanted(0, "world:EUR", AccountKind.FREE, "EUR")


def test_accounts_are_made_once_in_their_lane_and_found_again() -> None:
    with one_turn() as turn:
        made = open_accounts(turn=turn, wanted=[WALLET, ESCROW, WALLET])
    with one_turn() as turn:
        found = open_accounts(turn=turn, wanted=[ESCROW, WALLET, WORLD])
    assert Account.objects.count() == 3
    assert {key: found[key] for key in made} == made
    assert [lane_of(found[wanted.lane, wanted.address].id) for wanted in (WALLET, ESCROW, WORLD)] == [3, 5, 0]


def test_the_same_address_in_two_lanes_is_two_accounts() -> None:
    with one_turn() as turn:
        one = make_account(turn=turn, address="platform:budget:EUR", lane=1)
        two = make_account(turn=turn, address="platform:budget:EUR", lane=2)
    assert one.id != two.id


def test_an_address_may_hold_any_character() -> None:
    address = "a,b\"c\\d'e{f}%s"
    with one_turn() as turn:
        made = make_account(turn=turn, address=address)
        found = make_account(turn=turn, address=address)
    assert (made.address, found) == (address, made)


def test_wanting_an_account_of_another_currency_than_it_has_is_a_bug() -> None:
    with one_turn() as turn:
        make_account(turn=turn, address="a", currency="EUR")
        with pytest.raises(AssertionError):
            make_account(turn=turn, address="a", currency="JPY")
        with pytest.raises(AssertionError):
            open_accounts(
                turn=turn,
                wanted=[AccountWanted(0, "b", AccountKind.FREE, currency) for currency in ("EUR", "JPY")],
            )
    assert [account.address for account in Account.objects.all()] == ["a"]


def test_a_posted_transfer_is_recorded_and_moves_both_accounts() -> None:
    with one_turn() as turn:
        states = open_accounts(turn=turn, wanted=[WORLD, WALLET, ESCROW])
        world, wallet, escrow = (states[a.lane, a.address] for a in (WORLD, WALLET, ESCROW))
        ids = post_transfers(
            turn=turn,
            now_ms=NOW_MS,
            transfers=[
                NewTransfer(world.id, wallet.id, 10_000, "EUR", TransferKind.TOP_UP, None, False, 0),
                NewTransfer(wallet.id, escrow.id, 3_345, "EUR", TransferKind.PURCHASE, 99, False, 5),
            ],
        )
    assert sums_of(world) == (10_000, 0, 0, 0)
    assert sums_of(wallet) == (3_345, 10_000, 0, 0)
    assert sums_of(escrow) == (0, 3_345, 0, 0)
    assert [lane_of(transfer_id) for transfer_id in ids] == [0, 5]
    row = Transfer.objects.get(pk=(5, ids[1]))
    assert (row.debit_account_id, row.credit_account_id, row.amount_minor) == (wallet.id, escrow.id, 3_345)
    assert (row.currency, row.kind, row.order_id, row.pending) == ("EUR", TransferKind.PURCHASE, 99, False)
    assert row.at == from_unix_ms(NOW_MS)


def test_a_batch_of_two_equals_two_batches_of_one() -> None:
    sums = []
    for suffix, batches in (("one", [[0, 1]]), ("two", [[0], [1]])):
        with one_turn() as turn:
            world = make_account(turn=turn, address=f"world:{suffix}", kind=AccountKind.FREE)
            wallet = make_account(turn=turn, address=f"wallet:{suffix}")
            transfers = [
                make_transfer(debit=world, credit=wallet, amount_minor=500),
                make_transfer(debit=wallet, credit=world, amount_minor=200, pending=True),
            ]
            for batch in batches:
                post_transfers(turn=turn, now_ms=NOW_MS, transfers=[transfers[i] for i in batch])
        sums.append((sums_of(world), sums_of(wallet)))
    assert sums[0] == sums[1] == ((500, 0, 0, 200), (0, 500, 200, 0))


@pytest.mark.parametrize("pending", [False, True])
def test_the_database_refuses_an_overdraft_and_nothing_changes(pending: bool) -> None:
    with one_turn() as turn:
        world = make_account(turn=turn, address="world", kind=AccountKind.FREE)
        wallet = make_account(turn=turn, address="wallet")
        post_transfers(
            turn=turn, now_ms=NOW_MS, transfers=[make_transfer(debit=world, credit=wallet, amount_minor=100)]
        )
        with pytest.raises(IntegrityError, match="inv_6_credit_account_not_below_zero"), transaction.atomic():
            post_transfers(
                turn=turn,
                now_ms=NOW_MS,
                transfers=[make_transfer(debit=wallet, credit=world, amount_minor=101, pending=pending)],
            )
    assert (sums_of(wallet), sums_of(world)) == ((0, 100, 0, 0), (100, 0, 0, 0))
    assert Transfer.objects.count() == 1


def test_what_is_held_cannot_be_spent() -> None:
    with one_turn() as turn:
        provider = make_account(turn=turn, address="provider", kind=AccountKind.DEBIT_NORMAL)
        wallet = make_account(turn=turn, address="wallet")
        post_transfers(
            turn=turn,
            now_ms=NOW_MS,
            transfers=[
                make_transfer(debit=provider, credit=wallet, amount_minor=100),
                make_transfer(debit=wallet, credit=provider, amount_minor=60, pending=True),
            ],
        )
        with pytest.raises(IntegrityError, match=r"inv_6_\w+_account_not_below_zero"), transaction.atomic():
            post_transfers(
                turn=turn,
                now_ms=NOW_MS,
                transfers=[make_transfer(debit=wallet, credit=provider, amount_minor=41)],
            )
    assert (sums_of(wallet), sums_of(provider)) == ((0, 100, 60, 0), (100, 0, 0, 60))


@pytest.mark.parametrize(
    ("outcome", "wallet_after", "escrow_after"),
    [
        (TransferOutcome.POSTED, (60, 100, 0, 0), (0, 60, 0, 0)),
        (TransferOutcome.VOIDED, (0, 100, 0, 0), (0, 0, 0, 0)),
        (TransferOutcome.EXPIRED, (0, 100, 0, 0), (0, 0, 0, 0)),
    ],
)
def test_a_pending_transfer_ends_once(
    outcome: TransferOutcome, wallet_after: tuple[int, ...], escrow_after: tuple[int, ...]
) -> None:
    with one_turn() as turn:
        states = open_accounts(turn=turn, wanted=[WORLD, WALLET, ESCROW])
        world, wallet, escrow = (states[a.lane, a.address] for a in (WORLD, WALLET, ESCROW))
        _, held = post_transfers(
            turn=turn,
            now_ms=NOW_MS,
            transfers=[
                make_transfer(debit=world, credit=wallet, amount_minor=100),
                make_transfer(debit=wallet, credit=escrow, amount_minor=60, pending=True),
            ],
        )
        assert (sums_of(wallet), sums_of(escrow)) == ((0, 100, 60, 0), (0, 0, 0, 60))
        end_transfers(turn=turn, now_ms=NOW_MS + 5, ends=[TransferEnding(held, outcome)])
        for again in TransferOutcome:
            with pytest.raises(IntegrityError, match="ledger_transferend_pkey"), transaction.atomic():
                end_transfers(turn=turn, now_ms=NOW_MS + 9, ends=[TransferEnding(held, again)])
    assert (sums_of(wallet), sums_of(escrow)) == (wallet_after, escrow_after)
    row = TransferEnd.objects.get(pk=(3, held))
    assert (row.outcome, row.at) == (outcome, from_unix_ms(NOW_MS + 5))
    assert accounts_that_disagree() == []


def test_ending_one_transfer_twice_in_one_call_is_refused() -> None:
    with one_turn() as turn:
        world = make_account(turn=turn, address="world", kind=AccountKind.FREE)
        wallet = make_account(turn=turn, address="wallet")
        [held] = post_transfers(
            turn=turn,
            now_ms=NOW_MS,
            transfers=[make_transfer(debit=world, credit=wallet, amount_minor=9, pending=True)],
        )
        end = TransferEnding(held, TransferOutcome.POSTED)
        with pytest.raises(IntegrityError, match="ledger_transferend_pkey"), transaction.atomic():
            end_transfers(turn=turn, now_ms=NOW_MS, ends=[end, end])
    assert (sums_of(wallet), TransferEnd.objects.count()) == ((0, 0, 0, 9), 0)


def test_ending_what_was_never_pending_is_a_bug() -> None:
    with one_turn() as turn:
        world = make_account(turn=turn, address="world", kind=AccountKind.FREE)
        wallet = make_account(turn=turn, address="wallet")
        [posted] = post_transfers(
            turn=turn, now_ms=NOW_MS, transfers=[make_transfer(debit=world, credit=wallet, amount_minor=9)]
        )
        with pytest.raises(AssertionError, match=str(posted)):
            end_transfers(turn=turn, now_ms=NOW_MS, ends=[TransferEnding(posted, TransferOutcome.VOIDED)])
    assert (sums_of(wallet), TransferEnd.objects.count()) == ((0, 9, 0, 0), 0)


def test_a_transfer_in_another_currency_than_its_account_is_a_bug() -> None:
    with one_turn() as turn:
        euros = make_account(turn=turn, address="euros", kind=AccountKind.FREE, currency="EUR")
        yen = make_account(turn=turn, address="yen", kind=AccountKind.FREE, currency="JPY")
        with pytest.raises(AssertionError, match=str(yen.id)), transaction.atomic():
            post_transfers(turn=turn, now_ms=NOW_MS, transfers=[make_transfer(debit=euros, credit=yen, amount_minor=1)])
    assert (sums_of(euros), sums_of(yen), Transfer.objects.count()) == ((0, 0, 0, 0), (0, 0, 0, 0), 0)


@pytest.mark.parametrize(
    ("amount_minor", "to_itself", "constraint"),
    [
        (0, False, "transfer_positive"),
        (-5, False, "transfer_positive"),
        (5, True, "transfer_between_two_accounts"),
    ],
)
def test_the_database_refuses_a_transfer_that_moves_nothing(
    amount_minor: int, to_itself: bool, constraint: str
) -> None:
    with one_turn() as turn:
        here = make_account(turn=turn, address="here", kind=AccountKind.FREE)
        there = make_account(turn=turn, address="there", kind=AccountKind.FREE)
        credit = here if to_itself else there
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            post_transfers(
                turn=turn,
                now_ms=NOW_MS,
                transfers=[make_transfer(debit=here, credit=credit, amount_minor=amount_minor)],
            )
    assert (sums_of(here), Transfer.objects.count()) == ((0, 0, 0, 0), 0)


def test_nothing_to_do_is_nothing_done() -> None:
    with one_turn() as turn:
        assert open_accounts(turn=turn, wanted=[]) == {}
        assert post_transfers(turn=turn, transfers=[], now_ms=NOW_MS) == []
        end_transfers(turn=turn, ends=[], now_ms=NOW_MS)
    assert (Account.objects.count(), Transfer.objects.count(), TransferEnd.objects.count()) == (0, 0, 0)
