"""Writing wallets."""

from collections.abc import Mapping
from itertools import islice

from django.db import transaction

from fairground.kernel.ids import lane_of
from fairground.kernel.writer import take_turn, writers_of_lanes
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.rules import AccountKind, AccountWanted, NewTransfer, TransferKind
from fairground.payments.rules import funding_address, wallet_address

WALLETS_A_BATCH_MAX = 2000


def top_up_wallets(*, amounts_minor: Mapping[int, int], currency: str, now_ms: int) -> None:
    """Put money that came in from outside into shoppers' wallets, by shopper id, in batches of their own."""
    shoppers = iter(amounts_minor.items())
    while some := dict(islice(shoppers, WALLETS_A_BATCH_MAX)):
        with transaction.atomic(durable=True):
            _top_up(some, currency, now_ms)


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
