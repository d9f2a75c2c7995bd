"""The background process: outbox consumers and sweeps, each at its own pace, until SIGTERM."""

import os
import signal
import threading

from fairground.aftersales.tasks import CASES, follow_deadlines, forget_words_of_cases, remind_of_deadlines
from fairground.carts.tasks import forget_carts_of_guests
from fairground.catalog.tasks import forget_pictures
from fairground.checkout.tasks import (
    LETTERS_TO_MATCH,
    ORDERS_TO_RECEIVE,
    PURCHASES_TO_EXPIRE,
    complete_orders,
    expire_reservations,
    follow_phases,
    forget_keys,
    take_withdrawals,
)
from fairground.config import outside
from fairground.config.rota import Chore, Rota
from fairground.dashboard.tasks import fold_tallies
from fairground.draws.tasks import WINNERS, award_due_prizes, enter_purchases
from fairground.fulfilment.tasks import forget_withdrawals
from fairground.identity.tasks import forget_addresses_of_guests, forget_sessions
from fairground.kernel.rows import try_again
from fairground.ledger.tasks import close_days_that_are_over
from fairground.letters.tasks import forget_old_letters
from fairground.orders.tasks import erase_due_addresses, follow_purchases
from fairground.payments.tasks import CARDS, end_gift_cards
from fairground.promotions.tasks import level_allowances
from fairground.redpackets.tasks import close_rounds_that_are_over
from fairground.search.tasks import index_stale_products
from fairground.settlement.tasks import (
    DEPOSITS,
    PAYOUTS,
    RELEASES,
    RESERVES,
    propose_due_payouts,
    release_completed,
    return_due_reserves,
    settle_ended_deposits,
)
from fairground.waiting.tasks import draw_rooms, forget_old_rooms

# What these set aside is tried again here; payments have their own thread.
ROWS = (
    PURCHASES_TO_EXPIRE,
    ORDERS_TO_RECEIVE,
    LETTERS_TO_MATCH,
    WINNERS,
    RELEASES,
    DEPOSITS,
    RESERVES,
    PAYOUTS,
    CASES,
    CARDS,
)


def try_rows_again() -> bool:
    """Try again what chores set aside and whose time has come; True while there may be more."""
    return try_again(ROWS)


CHORES = (
    Chore(follow_purchases, every_s=0.5),
    Chore(enter_purchases, every_s=2.0),
    Chore(follow_phases, every_s=1.0),
    Chore(draw_rooms, every_s=0.5),
    Chore(expire_reservations, every_s=5.0),
    # Nothing where one writer drains all lanes.
    Chore(level_allowances, every_s=5.0),
    Chore(close_rounds_that_are_over, every_s=10.0),
    Chore(take_withdrawals, every_s=1.0),
    Chore(complete_orders, every_s=60.0),
    Chore(fold_tallies, every_s=60.0),
    Chore(award_due_prizes, every_s=60.0),
    Chore(release_completed, every_s=60.0),
    Chore(settle_ended_deposits, every_s=60.0),
    Chore(return_due_reserves, every_s=600.0),
    Chore(propose_due_payouts, every_s=3_600.0),
    Chore(end_gift_cards, every_s=600.0),
    Chore(follow_deadlines, every_s=60.0),
    Chore(try_rows_again, every_s=5.0),
    Chore(remind_of_deadlines, every_s=60.0),
    Chore(forget_keys, every_s=600.0),
    Chore(forget_old_rooms, every_s=600.0),
    Chore(close_days_that_are_over, every_s=600.0),
    Chore(forget_sessions, every_s=600.0),
    Chore(erase_due_addresses, every_s=600.0),
    Chore(forget_withdrawals, every_s=3_600.0),
    Chore(forget_words_of_cases, every_s=600.0),
    Chore(forget_old_letters, every_s=3_600.0),
    # An import indexes what it writes; this is for what anybody else changed. A lap of a million products: two minutes.
    Chore(index_stale_products, every_s=600.0),
    Chore(forget_pictures, every_s=3_600.0),
    # Each reads its whole table: there is no index by time, which every change of a cart would have to write.
    Chore(forget_carts_of_guests, every_s=3_600.0),
    Chore(forget_addresses_of_guests, every_s=3_600.0),
)
# It must not take the processor from the door: while that has work, what can wait waits.
NICENESS = 10


def run() -> None:
    """Do the chores until told to stop."""
    os.nice(NICENESS)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    outside.start(stopping=stopping)
    Rota(CHORES).run(stopping=stopping)
