"""Gift cards: issued by the operator, redeemed once into a wallet. A code is told once; its keyed hash is kept."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.crypto import salted_hmac

from fairground.identity.queries import shoppers_now
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.refusal import Refusal
from fairground.ledger.rules import TransferKind
from fairground.markets.queries import market_currencies
from fairground.payments.models import GiftCard, GiftCardIssue
from fairground.payments.pouring import pour, turn_of
from fairground.payments.rules import gift_cards_address

# Crockford's base 32, as numbers of purchases: no I, L, O, U. Sixteen letters are 80 random bits.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_AS_READ = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
CODE_LETTERS = 16
_GROUP = 4
CARDS_AT_ONCE_MAX = 1_000
# A gift card is for shopping; what is dearer is a transfer of money.
CARD_MAX_MINOR = 1_000_000


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


def issue_gift_cards(
    *, key: UUID, count: int, amount_minor: int, currency: str, expires_at: datetime, by: By
) -> Sequence[str]:
    """Make gift cards and return their codes, which nobody can read again; the audit log has their ids.

    `key` is drawn by who asks, so that asking twice issues once.

    :raises CardsRefused: not 1 to `CARDS_AT_ONCE_MAX` cards, an amount not above 0 and at most `CARD_MAX_MINOR`, a
        currency of no market, or an end that is not after now; nothing changed
    :raises CardsIssued: this key has issued its cards; nothing changed
    """
    fits = 0 < count <= CARDS_AT_ONCE_MAX and 0 < amount_minor <= CARD_MAX_MINOR and expires_at > by.now
    if not fits or currency not in market_currencies().values():
        raise CardsRefused(count=count, amount_minor=amount_minor, currency=currency)
    codes = [_new_code() for _ in range(count)]
    with transaction.atomic():
        # Of two at once the second one waits here for the first.
        _, is_new = GiftCardIssue.objects.get_or_create(key=key, defaults={"at": by.now, "count": count})
        if not is_new:
            raise CardsIssued(key=str(key))
        cards = GiftCard.objects.bulk_create(
            GiftCard(
                code_hash=_hash(code),
                amount_minor=amount_minor,
                currency=currency,
                issued_at=by.now,
                expires_at=expires_at,
            )
            for code in codes
        )
        facts = {"amount_minor": (None, amount_minor), "currency": (None, currency)}
        write_audit(by=by, acts=[Act("issued", "giftcard", card.pk, facts) for card in cards])
    return codes


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
        card.transfer_id = pour(
            turn,
            shopper_id=shopper_id,
            source=gift_cards_address(card.currency),
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
