"""Writing wallets."""

from collections.abc import Mapping, Sequence
from itertools import islice

from django.db import transaction

from fairground.identity.queries import shoppers_now
from fairground.kernel.ids import lane_of
from fairground.kernel.writer import take_turn, writers_of_lanes
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.rules import AccountKind, AccountWanted, NewTransfer, TransferKind
from fairground.payments.queries import wallets_of
from fairground.payments.rules import funding_address, wallet_address

WALLETS_A_BATCH_MAX = 2000


def top_up_wallets(*, amounts_minor: Mapping[int, int], currency: str, now_ms: int) -> None:
    """Put money that came in from outside into shoppers' wallets, by shopper id, in batches of their own.

    What is meant for a guest that went into another shopper goes into that one's wallet.
    """
    shoppers = iter(amounts_minor.items())
    while some := dict(islice(shoppers, WALLETS_A_BATCH_MAX)):
        with transaction.atomic(durable=True):
            _top_up(_by_shopper_now(some), currency, now_ms)


def _by_shopper_now(amounts_minor: Mapping[int, int]) -> dict[int, int]:
    now: dict[int, int] = {}
    for shopper_id, shopper_now in shoppers_now(shopper_ids=amounts_minor.keys()).items():
        now[shopper_now] = now.get(shopper_now, 0) + amounts_minor[shopper_id]
    return now


def _top_up(amounts_minor: Mapping[int, int], currency: str, now_ms: int) -> None:
    lanes = {shopper_id: lane_of(shopper_id) for shopper_id in amounts_minor}
    wallets = {
        shopper_id: AccountWanted(lane, wallet_address(shopper_id, currency), AccountKind.CREDIT_NORMAL, currency)
        for shopper_id, lane in lanes.items()
    }
    sources = {
        lane: AccountWanted(lane, funding_address(currency), AccountKind.DEBIT_NORMAL, currency)
        for lane in set(lanes.values())
    }
    turn = take_turn(
        writer_ids=writers_of_lanes(sources),
        now_ms=now_ms,
        ids_max=2 * len(wallets) + len(sources),
        outbox_rows=0,
    )
    accounts = open_accounts(turn=turn, wanted=[*wallets.values(), *sources.values()])
    transfers = [
        NewTransfer(
            debit_account_id=accounts[lane, sources[lane].address].id,
            credit_account_id=accounts[lane, wallets[shopper_id].address].id,
            amount_minor=amounts_minor[shopper_id],
            currency=currency,
            kind=TransferKind.TOP_UP,
            order_id=None,
            pending=False,
            lane=lane,
        )
        for shopper_id, lane in lanes.items()
    ]
    post_transfers(turn=turn, transfers=transfers, now_ms=now_ms)


def move_wallets(*, source_ids: Sequence[int], target_id: int, now_ms: int) -> None:
    """Move what is available in these shoppers' wallets into another shopper's, a transfer each; twice is once.

    What is pending stays until it has ended. The turn is taken only where there is something to move.
    """
    assert target_id not in source_ids, target_id
    if not any(wallet.available_minor for wallet in wallets_of(shopper_ids=source_ids)):
        return
    with transaction.atomic(durable=True):
        turn = take_turn(
            writer_ids=writers_of_lanes(map(lane_of, [*source_ids, target_id])),
            now_ms=now_ms,
            ids_max=2 * WALLETS_A_BATCH_MAX,
            outbox_rows=0,
        )
        found = wallets_of(shopper_ids=source_ids)
        moved = [wallet for wallet in found if wallet.available_minor][:WALLETS_A_BATCH_MAX]
        lane = lane_of(target_id)
        into = {
            currency: AccountWanted(lane, wallet_address(target_id, currency), AccountKind.CREDIT_NORMAL, currency)
            for currency in {wallet.currency for wallet in moved}
        }
        accounts = open_accounts(turn=turn, wanted=list(into.values()))
        transfers = [
            NewTransfer(
                debit_account_id=wallet.account_id,
                credit_account_id=accounts[lane, into[wallet.currency].address].id,
                amount_minor=wallet.available_minor,
                currency=wallet.currency,
                kind=TransferKind.MERGE,
                order_id=None,
                pending=False,
                lane=wallet.lane,
            )
            for wallet in moved
        ]
        post_transfers(turn=turn, transfers=transfers, now_ms=now_ms)
