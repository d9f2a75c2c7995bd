"""Erasing who somebody is, across identity, carts and orders, and leaving what the books need: numbers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from django.db import connection, transaction

from fairground.carts.actions import forget_carts
from fairground.fulfilment.actions import erase_withdrawals_of
from fairground.identity.actions import erase_user, hold_person
from fairground.kernel.ids import lane_of
from fairground.kernel.outbox import OutboxKind
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import load_sql
from fairground.markets.queries import market_facts
from fairground.orders.personal_data import erase_addresses_of
from fairground.orders.queries import MY_PURCHASES, UNTOLD_MAX
from fairground.orders.rules import Step
from fairground.payments.reading import is_paying
from fairground.payments.rules import wallet_address


class WalletNotEmpty(Refusal):
    """There is money of the person's with us, which nobody could ask for afterwards."""


class OrderNotShipped(Refusal):
    """An order with money in it is not shipped yet: if it never is, the money may come back into the wallet."""


class PaymentNotOver(Refusal):
    """A provider may still take money for a payment that the person began."""


class WithdrawalNotSettled(Refusal):
    """An order is withdrawn from, and its money has not come back into the wallet yet."""


class ErasesToo(Protocol):
    """What stands above the checkout and keeps something of people: it erases that of shoppers, or refuses."""

    def __call__(self, *, shopper_ids: Sequence[int]) -> None: ...


def erase_person(*, user_id: int, now: datetime, besides: ErasesToo) -> None:
    """Erase a user, how the user signs in, carts, addresses, where orders went; of running orders when they end.

    Purchases, their lines and the ledger stay, with the shopper's number and no name.

    `besides` erases what stands in a floor above, in the same transaction.

    Locks the user and the shoppers, then what is kept of them, in the order of ARCHITECTURE.md.

    :raises WalletNotEmpty: money is left or on its way; nothing was erased
    :raises OrderNotShipped: money may still come back; nothing was erased
    :raises WithdrawalNotSettled: money is to come back; nothing was erased
    :raises Refusal: what `besides` refuses; nothing was erased
    :raises PaymentNotOver: money may still come in; nothing was erased
    """
    with transaction.atomic(durable=True):
        shoppers = hold_person(user_id=user_id)
        _require_nothing_owed(shoppers)
        besides(shopper_ids=shoppers)
        forget_carts(shopper_ids=shoppers)
        erase_user(user_id=user_id, now=now)
        erase_addresses_of(shopper_ids=shoppers)
        erase_withdrawals_of(shopper_ids=shoppers)


def _require_nothing_owed(shoppers: Sequence[int]) -> None:
    currencies = sorted({market.currency for market in market_facts()})
    wallets = [(lane_of(one), wallet_address(one, currency)) for one in shoppers for currency in currencies]
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("checkout", "what_keeps_shoppers"),
            {
                "wallet_lanes": [lane for lane, _ in wallets],
                "wallets": [address for _, address in wallets],
                "shopper_ids": list(shoppers),
                "consumer": MY_PURCHASES,
                "untold_max": UNTOLD_MAX,
                "placed": OutboxKind.PURCHASE_PLACED.value,
                "waiting": [Step.PAID.value, Step.DEPOSITED.value],
            },
        )
        row = cursor.fetchone()
    assert row is not None, shoppers
    currency, amount_minor, waits, is_withdrawn = row
    if currency is not None:
        raise WalletNotEmpty(amount_minor=amount_minor, currency=currency)
    if waits:
        raise OrderNotShipped
    if is_withdrawn:
        raise WithdrawalNotSettled
    if is_paying(shopper_ids=shoppers):
        raise PaymentNotOver
