"""What runs in the background for gift cards."""

from datetime import UTC, datetime

from fairground.kernel.rows import Rows, work_through
from fairground.payments.ending_cards import CARDS_A_TURN_MAX, CHORE, cards_to_end, end_cards


def end_gift_cards() -> bool:
    """End gift cards that are over and were not redeemed; True while there may be more."""
    return work_through(CARDS)


CARDS = Rows(
    name=CHORE,
    due=lambda: [cards_to_end(now=datetime.now(UTC))],
    do=lambda card_ids: end_cards(card_ids=card_ids, now=datetime.now(UTC)),
    full=CARDS_A_TURN_MAX,
    key_of=int,
)
