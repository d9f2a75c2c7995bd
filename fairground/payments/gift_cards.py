"""Gift cards: issued by the operator, redeemed once into a wallet. A code is told once; its keyed hash is kept.

What they hold is owed from the day they are issued (`platform:giftcards`); who issues them says where it is from, and
why they are given away or how the sale is found: the number of an invoice.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from fairground.identity.queries import shoppers_now
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import Act, By, Changes, require_reason, take_turn_soon, write_audit
from fairground.kernel.ids import LANES
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn, writers_of_lanes
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.rules import AccountKind, AccountWanted, NewTransfer, TransferKind
from fairground.markets.limits import worth_cents
from fairground.markets.queries import market_currencies, reference_rates
from fairground.payments.models import GiftCard, GiftCardIssue
from fairground.payments.pouring import pour, turn_of
from fairground.payments.rules import (
    CARD_MAX_CENTS,
    funding_address,
    gift_cards_address,
    goodwill_address,
)
from fairground.payments.staff_days import count_on_day

# Crockford's base 32, as numbers of purchases: no I, L, O, U. Sixteen letters are 80 random bits.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_AS_READ = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
CODE_LETTERS = 16
_GROUP = 4
CARDS_AT_ONCE_MAX = 1_000
# Two accounts and a transfer.
_IDS_MAX = 3


class CardsRefused(Refusal):
    """Such cards are not issued: their number, amount, currency or end is out of range."""


class NoSuchCard(Refusal):
    """No gift card has this code, or it is over, or was redeemed: which of them is not told."""


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a gift card brought into a wallet."""

    amount_minor: int
    currency: str


class CardsIssued(Refusal):
    """This form has issued its cards, and nobody can read their codes again."""


class SoldByTwo(Refusal):
    """Cards that were sold take two people: one asks for them, another one issues them."""


def issue_gift_cards(
    *, key: UUID, count: int, amount_minor: int, currency: str, expires_at: datetime, is_sold: bool, by: By
) -> Sequence[str]:
    """Make gift cards and return their codes, which nobody can read again; the audit log has their ids.

    What they hold is owed from then on: out of the money that came in where they were sold, else out of goodwill.
    `key` is drawn by who asks, so that asking twice issues once. `by.reason` says why, or how the sale is found.

    :raises ReasonMissing, CardsRefused: see `worth_of_cards`; nothing changed
    :raises SoldByTwo: they were sold, and `settings.FOUR_EYES` is on: ask for them; nothing changed
    :raises CardsIssued: this key has issued its cards, or asked for them; nothing changed
    :raises StaffDayFull: `by` would have given away more than `GIVEN_A_DAY_MAX_CENTS` that day (UTC), credit included,
        or issued more than `SOLD_A_DAY_MAX_CENTS` as sold; nothing changed
    :raises ShopBusy: the writer's turn was not had in time; nothing changed
    """
    cents = worth_of_cards(count=count, amount_minor=amount_minor, currency=currency, expires_at=expires_at, by=by)
    if is_sold and settings.FOUR_EYES:
        raise SoldByTwo
    with transaction.atomic(durable=True):
        turn = turn_of_issue(key=key, by=by)
        if GiftCardIssue.objects.filter(key=key).exists():
            raise CardsIssued(key=str(key))
        issue = GiftCardIssue(
            key=key,
            count=count,
            is_sold=is_sold,
            amount_minor=count * amount_minor,
            currency=currency,
            expires_at=expires_at,
            reason=by.reason,
        )
        return make_cards(turn=turn, issue=issue, cents=cents, by=by)


def worth_of_cards(*, count: int, amount_minor: int, currency: str, expires_at: datetime, by: By) -> int:
    """Return what all cards of an issue together are worth, in cents of a euro.

    :raises ReasonMissing: no reason is given, or one longer than `REASON_MAX`
    :raises CardsRefused: not 1 to `CARDS_AT_ONCE_MAX` cards, an amount not above 0 and worth at most `CARD_MAX_CENTS`,
        a currency of no market, or an end that is not after now
    """
    require_reason(by)
    rates = reference_rates()
    card_cents = worth_cents(amount_minor, currency=currency, rates=rates)
    fits = 0 < count <= CARDS_AT_ONCE_MAX and 0 < card_cents <= CARD_MAX_CENTS and expires_at > by.now
    if not fits or currency not in market_currencies().values():
        raise CardsRefused(count=count, amount_minor=amount_minor, currency=currency)
    return worth_cents(count * amount_minor, currency=currency, rates=rates)


def turn_of_issue(*, key: UUID, by: By) -> Turn:
    """Take the turn of an issue: of two at once with the same key the second one waits.

    :raises ShopBusy: it was not had in time
    """
    writer_ids = writers_of_lanes([_lane(key)])
    return take_turn_soon(writer_ids=writer_ids, now_ms=to_unix_ms(by.now), ids_max=_IDS_MAX, outbox_rows=0)


def make_cards(*, turn: Turn, issue: GiftCardIssue, cents: int, by: By) -> Sequence[str]:
    """Count and book an issue, write it and its cards, and return their codes.

    :raises StaffDayFull: the caller's transaction must not commit
    """
    assert issue.amount_minor is not None, issue.key
    assert issue.expires_at is not None, issue.key
    assert issue.is_sold is not None, issue.key
    count_on_day(by=by, cents=cents, is_sold=issue.is_sold)
    issue.worth_cents, issue.granted_by, issue.at = cents, by.user_id, by.now
    issue.transfer_id = _owe(turn, issue)
    issue.save()
    codes = [_new_code() for _ in range(issue.count)]
    amount_minor = issue.amount_minor // issue.count
    cards = GiftCard.objects.bulk_create(
        GiftCard(
            code_hash=_hash(code),
            amount_minor=amount_minor,
            currency=issue.currency,
            issued_at=by.now,
            expires_at=issue.expires_at,
            issue_key=issue.key,
        )
        for code in codes
    )
    facts: Changes = {
        "amount_minor": (None, amount_minor),
        "currency": (None, issue.currency),
        "is_sold": (None, issue.is_sold),
    }
    write_audit(by=by, acts=[Act("issued", "giftcard", card.pk, facts) for card in cards])
    return codes


def _lane(key: UUID) -> int:
    """Return any lane, as slices are added up: issues spread over the writers, and the same key has the same one."""
    return key.int % LANES


def _owe(turn: Turn, issue: GiftCardIssue) -> int:
    """Move what an issue's cards hold from where it is from to what is owed for them."""
    assert issue.amount_minor is not None, issue.key
    lane = _lane(issue.key)
    paid_by = funding_address(issue.currency) if issue.is_sold else goodwill_address(issue.currency)
    source = AccountWanted(lane, paid_by, AccountKind.DEBIT_NORMAL, issue.currency)
    owed = AccountWanted(lane, gift_cards_address(issue.currency), AccountKind.FREE, issue.currency)
    accounts = open_accounts(turn=turn, wanted=[source, owed])
    transfer = NewTransfer(
        debit_account_id=accounts[lane, source.address].id,
        credit_account_id=accounts[lane, owed.address].id,
        amount_minor=issue.amount_minor,
        currency=issue.currency,
        kind=TransferKind.GIFT_CARDS_ISSUED,
        order_id=None,
        pending=False,
        lane=lane,
    )
    (transfer_id,) = post_transfers(turn=turn, transfers=[transfer], now_ms=to_unix_ms(issue.at))
    return transfer_id


def redeem_gift_card(*, code: str, shopper_id: int, now: datetime) -> Redeemed:
    """Put what a gift card holds into a shopper's wallet, once, and return it; spaces and dashes do not matter.

    Who asks limits how often somebody may try.

    :raises NoSuchCard: no card that can be redeemed has this code; nothing changed
    :raises ShopperGone: nobody has the wallet; nothing changed
    :raises ShopBusy: the writer's turn was not had in time; nothing changed
    """
    shopper_id = shoppers_now(shopper_ids=[shopper_id])[shopper_id]
    letters = code.upper().translate(_AS_READ)
    if len(letters) != CODE_LETTERS or any(letter not in _ALPHABET for letter in letters):
        raise NoSuchCard
    with transaction.atomic(durable=True):
        turn = turn_of(shopper_id, By(user_id=None, now=now))
        card = GiftCard.objects.select_for_update().filter(code_hash=_hash(letters)).first()
        if card is None or card.redeemed_at is not None or card.expires_at <= now:
            raise NoSuchCard
        # Who came just before the end, and had the turn after the sweep: the money is not owed any more.
        if card.lapsed_transfer_id is not None:
            raise NoSuchCard
        card.transfer_id = pour(
            turn,
            shopper_id=shopper_id,
            source=gift_cards_address(card.currency),
            source_kind=AccountKind.FREE,
            amount_minor=card.amount_minor,
            currency=card.currency,
            kind=TransferKind.GIFT_CARD,
            now_ms=to_unix_ms(now),
        )
        card.redeemed_at, card.redeemed_by = now, shopper_id
        card.save(update_fields=["transfer_id", "redeemed_at", "redeemed_by"])
        return Redeemed(card.amount_minor, card.currency)


def _new_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LETTERS))
    return "-".join(letters[at : at + _GROUP] for at in range(0, CODE_LETTERS, _GROUP))


def _hash(code: str) -> bytes:
    letters = code.translate(_AS_READ)
    return salted_hmac("fairground.gift_cards", letters, algorithm="sha256").digest()
