"""Gift cards that end unredeemed: what they held is not owed any more, and becomes the platform's, once a card."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from fairground.kernel.aside import is_aside
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.writer import Turn, take_turn, writers_of_lanes
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.rules import AccountKind, AccountWanted, NewTransfer, TransferKind
from fairground.payments.models import GiftCard, GiftCardIssue
from fairground.payments.rules import gift_cards_address, lapsed_gift_cards_address

# Under this name rows are set aside.
CHORE = "gift-cards"
# The turn is held for some tens of milliseconds, beside a sale.
CARDS_A_TURN_MAX = 100
# Two accounts and a transfer, where each card is of a currency of its own.
_IDS_A_CARD_MAX = 3
# A card without an issue in the books has nothing there that could lapse.
_OPEN = Q(issue_key__isnull=False, redeemed_at__isnull=True, lapsed_transfer_id__isnull=True)


def cards_to_end(*, now: datetime) -> list[int]:
    """Return the next cards that are over and still owed for, the longest first, without what is set aside."""
    due = GiftCard.objects.filter(_OPEN, ~is_aside(chore=CHORE, column="id"), expires_at__lte=now)
    return list(due.order_by("expires_at", "id").values_list("id", flat=True)[:CARDS_A_TURN_MAX])


def end_cards(*, card_ids: Sequence[int], now: datetime) -> int:
    """Move what those of these cards held that are over and were not redeemed, in one transaction; return how many.

    A card's money lies in the lane in which it was issued, and lapses there.
    """
    open_cards = GiftCard.objects.filter(_OPEN, id__in=card_ids).values_list("id", "issue_key")
    keys = {card_id: key for card_id, key in open_cards if key}
    issued = GiftCardIssue.objects.filter(key__in=set(keys.values()), transfer_id__isnull=False)
    lanes = {key: lane_of(transfer_id) for key, transfer_id in issued.values_list("key", "transfer_id") if transfer_id}
    if not lanes:
        return 0
    with transaction.atomic(durable=True):
        turn = take_turn(
            writer_ids=writers_of_lanes(lanes.values()),
            now_ms=to_unix_ms(now),
            ids_max=_IDS_A_CARD_MAX * len(keys),
            outbox_rows=0,
        )
        over = GiftCard.objects.select_for_update().filter(_OPEN, id__in=keys, expires_at__lte=now)
        cards = list(over.order_by("id"))
        transfers = _transfers(turn, [(lanes[keys[card.id]], card) for card in cards])
        for card, transfer_id in zip(
            cards, post_transfers(turn=turn, transfers=transfers, now_ms=to_unix_ms(now)), strict=True
        ):
            card.lapsed_transfer_id = transfer_id
        GiftCard.objects.bulk_update(cards, ["lapsed_transfer_id"])
    return len(cards)


def _transfers(turn: Turn, cards: Sequence[tuple[int, GiftCard]]) -> list[NewTransfer]:
    wanted: dict[tuple[int, str], AccountWanted] = {}
    for lane, card in cards:
        for address in (gift_cards_address(card.currency), lapsed_gift_cards_address(card.currency)):
            wanted[lane, address] = AccountWanted(lane, address, AccountKind.FREE, card.currency)
    accounts = open_accounts(turn=turn, wanted=list(wanted.values()))
    return [
        NewTransfer(
            debit_account_id=accounts[lane, gift_cards_address(card.currency)].id,
            credit_account_id=accounts[lane, lapsed_gift_cards_address(card.currency)].id,
            amount_minor=card.amount_minor,
            currency=card.currency,
            kind=TransferKind.GIFT_CARD_LAPSED,
            order_id=None,
            pending=False,
            lane=lane,
        )
        for lane, card in cards
    ]
