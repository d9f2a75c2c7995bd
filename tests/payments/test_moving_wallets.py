"""What guests had in their wallets goes into the wallet of the shopper they are: all that is available, once."""

import pytest

from fairground.kernel.ids import lane_of
from fairground.kernel.writer import take_turn
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.models import Transfer
from fairground.ledger.queries import accounts_that_disagree, balances
from fairground.ledger.rules import AccountKind, AccountWanted, NewTransfer, TransferKind
from fairground.payments.actions import move_wallets
from fairground.payments.queries import wallets_of
from fairground.payments.rules import funding_address, wallet_address
from tests.books import hot_rows
from tests.factories import NOW_MS, give_wallet, make_market, make_shopper


def available(shopper_id: int) -> dict[str, int]:
    """Return what a shopper's own wallets hold to be spent, by currency."""
    return {wallet.currency: wallet.available_minor for wallet in wallets_of(shopper_ids=[shopper_id])}


@pytest.fixture
def mine(two_writers: None) -> int:
    """A shopper with 5 euros, in a lane of the second writer."""
    make_market()
    make_market(code="US", currency="USD", tax_rates_bps={"US": 0})
    shopper_id = make_shopper(lane=50)
    give_wallet(shopper_id=shopper_id, amount_minor=500)
    return shopper_id


def test_all_that_guests_have_is_moved_once_in_each_currency(mine: int) -> None:
    guests = [make_shopper(lane=3), make_shopper(lane=60)]
    give_wallet(shopper_id=guests[0], amount_minor=70)
    give_wallet(shopper_id=guests[0], amount_minor=8, currency="USD")
    give_wallet(shopper_id=guests[1], amount_minor=20)

    move_wallets(source_ids=guests, target_id=mine, now_ms=NOW_MS)
    once = hot_rows()
    move_wallets(source_ids=guests, target_id=mine, now_ms=NOW_MS + 1)

    assert available(mine) == {"EUR": 590, "USD": 8}
    assert [available(guest) for guest in guests] == [{"EUR": 0, "USD": 0}, {"EUR": 0}]
    moved = Transfer.objects.filter(kind=TransferKind.MERGE)
    assert sorted(moved.values_list("lane", "amount_minor", "currency")) == [
        (3, 8, "USD"),
        (3, 70, "EUR"),
        (60, 20, "EUR"),
    ]
    assert accounts_that_disagree() == []
    assert hot_rows() == once


def test_what_is_pending_stays_until_it_has_ended(mine: int) -> None:
    guest = make_shopper(lane=3)
    give_wallet(shopper_id=guest, amount_minor=100)
    hold(guest, amount_minor=40)

    move_wallets(source_ids=[guest], target_id=mine, now_ms=NOW_MS)

    assert (available(mine), available(guest)) == ({"EUR": 560}, {"EUR": 0})
    [left] = wallets_of(shopper_ids=[guest])
    assert (left.balance_minor, left.pending_minor) == (40, 40)
    assert accounts_that_disagree() == []


def hold(shopper_id: int, *, amount_minor: int) -> None:
    """Set money of a wallet aside, on its way out."""
    lane = lane_of(shopper_id)
    out = AccountWanted(lane, funding_address("EUR"), AccountKind.DEBIT_NORMAL, "EUR")
    wallet = balances([(lane, wallet_address(shopper_id, "EUR"))])[lane, wallet_address(shopper_id, "EUR")]
    turn = take_turn(writer_ids=[0], now_ms=NOW_MS, ids_max=2, outbox_rows=0)
    to = open_accounts(turn=turn, wanted=[out])[lane, out.address]
    held = NewTransfer(wallet.id, to.id, amount_minor, "EUR", TransferKind.ADJUSTMENT, None, True, lane)
    post_transfers(turn=turn, transfers=[held], now_ms=NOW_MS)
