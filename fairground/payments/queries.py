"""Reads of wallets."""

from fairground.kernel.ids import lane_of
from fairground.ledger.queries import balances
from fairground.payments.rules import wallet_address


def wallet_balance_minor(*, shopper_id: int, currency: str) -> int:
    """Return what a shopper may spend from the wallet, in minor units; 0 where there is none."""
    address = (lane_of(shopper_id), wallet_address(shopper_id, currency))
    found = balances([address]).get(address)
    return found.available_minor if found else 0
