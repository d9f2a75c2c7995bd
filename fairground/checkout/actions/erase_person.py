"""Erasing who somebody is, across identity, carts and orders, and leaving what the books need: numbers."""

from datetime import datetime

from django.db import transaction

from fairground.carts.actions import forget_carts
from fairground.identity.actions import erase_user
from fairground.identity.queries import shoppers_of, user_facts
from fairground.kernel.refusal import Refusal
from fairground.orders.personal_data import erase_addresses_of
from fairground.payments.queries import wallets_of


class WalletNotEmpty(Refusal):
    """There is money of the person's with us, which nobody could ask for afterwards."""


def erase_person(*, user_id: int, now: datetime) -> None:
    """Erase a user, how the user signs in, carts, addresses, where orders went; of running orders when they end.

    Purchases, their lines and the ledger stay, with the shopper's number and no name.

    :raises WalletNotEmpty: money is left or on its way; nothing was erased
    """
    with transaction.atomic(durable=True):
        shopper_id = user_facts(user_id=user_id).shopper_id
        shoppers = [] if shopper_id is None else shoppers_of(shopper_id=shopper_id)
        for wallet in wallets_of(shopper_ids=shoppers):
            if wallet.balance_minor or wallet.pending_minor:
                raise WalletNotEmpty(amount_minor=wallet.balance_minor, currency=wallet.currency)
        erase_addresses_of(shopper_ids=shoppers)
        forget_carts(shopper_ids=shoppers)
        erase_user(user_id=user_id, now=now)
