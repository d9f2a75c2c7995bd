"""Sums of double entry: what transfers add to the accounts they name, and when an account has too little.

Records are msgspec structs: the opening second makes several an order, each at a tenth of what a frozen
dataclass costs.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum

import msgspec

LaneAddress = tuple[int, str]
# What is added to an account's debits and credits, posted, then to its debits and credits, pending.
AccountDeltas = tuple[int, int, int, int]


class AccountKind(IntEnum):
    """Which side an account may not fall below zero on."""

    CREDIT_NORMAL = 1  # what we owe somebody (a wallet, an escrow): debits never exceed credits
    DEBIT_NORMAL = 2  # what somebody owes us (money at a provider): credits never exceed debits
    FREE = 3  # may stand on either side (income, rounding, opening balances)


class TransferKind(IntEnum):
    """Why money moved."""

    TOP_UP = 1
    PURCHASE = 2
    REFUND = 3
    ADJUSTMENT = 4
    MERGE = 5  # a guest's wallet went into that of the shopper it was
    PRIZE = 10  # of a draw, for the wallet
    PAYMENT_EXEMPTION = 11  # of a draw: the platform pays a purchase back
    # In the twenties: the deposits of presales.
    DEPOSIT = 20
    FORFEIT = 21  # out of escrow, to the merchant for good
    DEPOSIT_RETURN = 22
    PENALTY = 23  # as much again, which a merchant owes who does not keep its word
    PRICE_GUARANTEE = 24  # what a deposit was more than the price turned out to be
    PRICE_PROTECTION = 30  # out of escrow: what goods cost less soon after they were paid
    DUTIES = 31  # out of escrow: what customs asks, put aside for it; settlement does it
    # In the forties: money that comes in, and goes back to where it came from.
    PROVIDER_CAPTURE = 40  # a provider took it
    PROVIDER_RETURN = 41  # it goes back to the provider; pending until it has arrived
    WALLET_HOLD = 42  # the wallet's part of a payment with a provider; pending, and never posted
    GIFT_CARD = 43  # redeemed, into a wallet
    GOODWILL = 44
    RETURN_UNDONE = 45  # what had gone back to a provider came from there again
    GIFT_CARDS_ISSUED = 46  # what the platform owes for them from then on
    GIFT_CARD_LAPSED = 47  # it ended unredeemed
    # In the fifties: settlement. What a refund takes back goes the other way, by the same kind.
    RELEASE = 50  # out of escrow, to what the merchant is owed
    FUNDED_DISCOUNT = 51  # what the platform pays of what goods cost less
    COMMISSION = 52
    FEE_TAX = 53
    CREATOR_PART = 54
    RESERVE = 55  # kept of what the merchant is owed, for a while
    PAYOUT = 56
    EXCHANGE = 57  # what is paid out in another currency
    DEPOSIT_SETTLED = 58  # a forfeited deposit, to what the merchant is owed; a penalty, out of it
    SET_OFF = 59  # what is owed in one currency pays what the merchant owes in another
    # In the sixties: what only a provider knows of, by its books. What it takes back goes the other way.
    PROVIDER_PAYOUT = 60  # to our bank
    PROVIDER_FEE = 61
    PROVIDER_FEE_TAX = 62
    PROVIDER_EXCHANGE = 63
    DISPUTE = 64  # a shopper's bank took it back
    DISPUTE_COVERED = 65  # a refund's money, for what the bank took
    DISPUTE_UNCOVERED = 66  # it is the shopper's again, as the dispute was won


class TransferOutcome(IntEnum):
    """How a pending transfer ended."""

    POSTED = 1
    VOIDED = 2
    EXPIRED = 3


class AccountWanted(msgspec.Struct, frozen=True):
    """An account that must exist; its address is unique within its lane."""

    lane: int
    address: str
    kind: AccountKind
    currency: str


class AccountState(msgspec.Struct, frozen=True):
    """An account as its row stood when it was read."""

    id: int
    lane: int
    address: str
    kind: int
    currency: str
    debits_posted_minor: int
    credits_posted_minor: int
    debits_pending_minor: int
    credits_pending_minor: int

    @property
    def balance_minor(self) -> int:
        """What is posted, on the account's normal side; a free account counts as credit normal."""
        balance = self.credits_posted_minor - self.debits_posted_minor
        return -balance if self.kind == AccountKind.DEBIT_NORMAL else balance

    @property
    def available_minor(self) -> int:
        """What may be taken out: the balance less what pending transfers hold (free: below 0 too)."""
        if self.kind == AccountKind.DEBIT_NORMAL:
            return self.balance_minor - self.credits_pending_minor
        return self.balance_minor - self.debits_pending_minor


class Movement(msgspec.Struct, frozen=True):
    """An amount from one account (debited) to another (credited), both of this currency."""

    debit_account_id: int
    credit_account_id: int
    amount_minor: int
    currency: str


class NewTransfer(Movement, frozen=True):
    """A transfer, held while `pending`; its lane is the order's, without an order the debited account's."""

    kind: TransferKind
    order_id: int | None
    pending: bool
    lane: int


class PendingTransfer(Movement, frozen=True):
    """A transfer that was held when it was made; whether it has ended since is not said here."""

    id: int


class TransferEnding(msgspec.Struct, frozen=True):
    """How the pending transfer `transfer_id` shall end."""

    transfer_id: int
    outcome: TransferOutcome


def account_deltas(transfers: Iterable[NewTransfer]) -> dict[int, AccountDeltas]:
    """Return what the transfers add to each account they name, by account id."""
    sums: dict[int, list[int]] = {}
    for transfer in transfers:
        debit_at = 2 if transfer.pending else 0
        for account_id, at in (
            (transfer.debit_account_id, debit_at),
            (transfer.credit_account_id, debit_at + 1),
        ):
            own = sums.get(account_id)
            if own is None:
                own = sums[account_id] = [0, 0, 0, 0]
            own[at] += transfer.amount_minor
    return {account_id: (own[0], own[1], own[2], own[3]) for account_id, own in sums.items()}


def ending_deltas(
    *, pending: Mapping[int, PendingTransfer], ends: Iterable[TransferEnding]
) -> dict[int, AccountDeltas]:
    """Return what the endings add to each account: all leave pending, those posted arrive in posted."""
    sums: dict[int, list[int]] = {}
    for end in ends:
        transfer = pending[end.transfer_id]
        posted_minor = transfer.amount_minor if end.outcome == TransferOutcome.POSTED else 0
        for account_id, at in ((transfer.debit_account_id, 0), (transfer.credit_account_id, 1)):
            own = sums.setdefault(account_id, [0, 0, 0, 0])
            own[at] += posted_minor
            own[at + 2] -= transfer.amount_minor
    return {account_id: (own[0], own[1], own[2], own[3]) for account_id, own in sums.items()}


def account_currencies(movements: Iterable[Movement]) -> dict[int, str]:
    """Return the currency in which each account is named, by account id; two for one account are a bug."""
    currencies: dict[int, str] = {}
    for movement in movements:
        for account_id in (movement.debit_account_id, movement.credit_account_id):
            currency = currencies.setdefault(account_id, movement.currency)
            assert currency == movement.currency, (account_id, currency, movement)
    return currencies


def would_overdraw(*, account: AccountState, deltas: AccountDeltas) -> bool:
    """Return whether `deltas` would take the account below zero on its normal side (INV-6)."""
    debits, credits_, debits_pending, credits_pending = deltas
    if account.kind == AccountKind.FREE:
        return False
    if account.kind == AccountKind.DEBIT_NORMAL:
        return account.available_minor + debits - credits_ - credits_pending < 0
    return account.available_minor + credits_ - debits - debits_pending < 0
