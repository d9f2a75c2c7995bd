"""Reads of wallets."""

from collections.abc import Sequence
from dataclasses import dataclass

from fairground.identity.queries import shoppers_now
from fairground.kernel.ids import lane_of
from fairground.ledger.queries import balances
from fairground.markets.queries import market_facts
from fairground.payments.rules import wallet_address


def wallet_balance_minor(*, shopper_id: int, currency: str) -> int:
    """Return what a shopper may spend from the wallet, in minor units; 0 where there is none.

    A guest that went into another shopper spends from that one's.
    """
    shopper_id = shoppers_now(shopper_ids=[shopper_id])[shopper_id]
    address = (lane_of(shopper_id), wallet_address(shopper_id, currency))
    found = balances([address]).get(address)
    return found.available_minor if found else 0


@dataclass(frozen=True, slots=True)
class Wallet:
    """A wallet that was opened once. `pending_minor` is on its way in or out of it; the rest is available."""

    account_id: int
    lane: int
    address: str
    currency: str
    balance_minor: int
    available_minor: int
    pending_minor: int


def wallets_of(*, shopper_ids: Sequence[int]) -> list[Wallet]:
    """Return the wallets of these shoppers in the currencies of the markets."""
    currencies = sorted({market.currency for market in market_facts()})
    addresses = [(lane_of(one), wallet_address(one, currency)) for one in shopper_ids for currency in currencies]
    return [
        Wallet(
            account_id=state.id,
            lane=state.lane,
            address=state.address,
            currency=state.currency,
            balance_minor=state.balance_minor,
            available_minor=state.available_minor,
            pending_minor=state.credits_pending_minor + state.debits_pending_minor,
        )
        for state in balances(addresses).values()
    ]
