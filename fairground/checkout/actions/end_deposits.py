"""Writing what becomes of the deposits of presales that came to nothing, by the law of their market."""

from collections.abc import Mapping, Sequence

from fairground.checkout.actions.return_payments import GoingBack, return_to_providers
from fairground.checkout.rules.paying import PurchaseFacts
from fairground.checkout.rules.presales import Failure, deposit_end
from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.ids import lane_of
from fairground.kernel.writer import Turn
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.rules import AccountKind, AccountWanted, NewTransfer, TransferKind
from fairground.orders.rules import DepositEnd
from fairground.payments.rules import wallet_address
from fairground.settlement.actions.settle_deposits import note_deposits
from fairground.settlement.due import DepositOwed
from fairground.settlement.rules.addresses import (
    escrow_address,
    forfeits_address,
    owed_penalties_address,
    penalties_address,
)
from fairground.settlement.rules.payouts import EntryKind

# Three transfers of a deposit that goes back doubled, their five accounts, and what goes on to a provider.
IDS_A_DEPOSIT_MAX = 11

# What of it the merchant and the platform settle with each other afterwards.
_SETTLED = {DepositEnd.FORFEITED: EntryKind.FORFEIT, DepositEnd.DOUBLED: EntryKind.PENALTY}

Leg = tuple[AccountWanted, AccountWanted, TransferKind]


def end_deposits(
    *, turn: Turn, ending: Sequence[PurchaseFacts], failure: Failure, now_ms: int
) -> dict[int, DepositEnd]:
    """Move the deposits of these presales to whom they belong now, and return what became of each, by purchase id.

    The caller takes the purchases on, and says so in the books' own transaction.
    """
    ends: dict[int, DepositEnd] = {}
    legs: list[tuple[PurchaseFacts, Leg]] = []
    for purchase in ending:
        assert purchase.presale is not None, purchase
        end = ends[purchase.purchase_id] = deposit_end(mode=purchase.presale.mode, failure=failure)
        legs += [(purchase, leg) for leg in _legs(purchase, end)]
    accounts = open_accounts(
        turn=turn, wanted={account for _, (debit, credit, _) in legs for account in (debit, credit)}
    )
    transfers = [
        NewTransfer(
            debit_account_id=accounts[debit.lane, debit.address].id,
            credit_account_id=accounts[credit.lane, credit.address].id,
            amount_minor=purchase.presale.deposit_minor if purchase.presale else 0,
            currency=purchase.currency,
            kind=kind,
            order_id=purchase.orders[0].order_id,
            pending=False,
            lane=lane_of(purchase.orders[0].order_id),
        )
        for purchase, (debit, credit, kind) in legs
    ]
    post_transfers(turn=turn, transfers=transfers, now_ms=now_ms)
    backs = [_going_back(one) for one in ending if ends[one.purchase_id] is not DepositEnd.FORFEITED]
    return_to_providers(turn=turn, backs=backs, now_ms=now_ms)
    note_deposits([_owed(one, _SETTLED[ends[one.purchase_id]]) for one in ending if ends[one.purchase_id] in _SETTLED])
    return ends


def _owed(purchase: PurchaseFacts, kind: EntryKind) -> DepositOwed:
    assert purchase.presale is not None, purchase
    (order,) = purchase.orders
    return DepositOwed(order.order_id, order.merchant_id, purchase.currency, kind, purchase.presale.deposit_minor)


def _going_back(purchase: PurchaseFacts) -> GoingBack:
    """The deposit itself goes back to where it came from; what a merchant owes on top stays in the wallet."""
    assert purchase.presale is not None, purchase
    order_id, deposit_minor = purchase.orders[0].order_id, purchase.presale.deposit_minor
    return GoingBack(purchase.purchase_id, order_id, purchase.payer_id, purchase.currency, deposit_minor)


def _legs(purchase: PurchaseFacts, end: DepositEnd) -> list[Leg]:
    """From where to where the deposit goes. Doubled: the platform fronts as much again, and the merchant owes it."""
    (order,) = purchase.orders
    lane, merchant_id, currency = lane_of(order.order_id), order.merchant_id, purchase.currency
    credit, debit, free = AccountKind.CREDIT_NORMAL, AccountKind.DEBIT_NORMAL, AccountKind.FREE
    escrow = AccountWanted(lane, escrow_address(merchant_id, currency), credit, currency)
    if end is DepositEnd.FORFEITED:
        kept = AccountWanted(lane, forfeits_address(merchant_id, currency), credit, currency)
        return [(escrow, kept, TransferKind.FORFEIT)]
    payer_id = purchase.payer_id
    wallet = AccountWanted(lane_of(payer_id), wallet_address(payer_id, currency), credit, currency)
    legs = [(escrow, wallet, TransferKind.DEPOSIT_RETURN)]
    if end is DepositEnd.DOUBLED:
        owed = AccountWanted(lane, owed_penalties_address(merchant_id, currency), debit, currency)
        fronted = AccountWanted(lane, penalties_address(currency), free, currency)
        legs += [(owed, fronted, TransferKind.PENALTY), (fronted, wallet, TransferKind.PENALTY)]
    return legs


def audit_broken_off(*, by: By, purchases: Mapping[int, DepositEnd]) -> None:
    """Write into the audit log that these presales were broken off for their merchant, and what it cost."""
    write_audit(
        by=by,
        acts=[
            Act("broken-off", "purchase", purchase_id, {"deposit": ("held", end.name.lower())})
            for purchase_id, end in purchases.items()
        ],
    )
