"""What waits for others outside: in threads of their own beside the chores, which must never wait for it."""

import threading
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.db import connection

from fairground.checkout.payment_tasks import attend_due_payments
from fairground.config.rota import Chore, Rota
from fairground.markets.tasks import fetch_published_rates
from fairground.sites.letter_round import tell_what_waits
from fairground.sites.merchant_desk.letters import send_merchant_letters
from fairground.sites.storefront.cases.letters import send_shopper_letters
from fairground.sites.storefront.withdrawal.letters import send_acknowledgements

# Somebody who came back from a provider sees a page that looks by itself; this is for who did not come back.
PAYMENTS = (Chore(attend_due_payments, every_s=2.0),)
# Those that the law asks for come first.
LETTERS = (
    Chore(send_acknowledgements, every_s=5.0),
    Chore(send_merchant_letters, every_s=5.0),
    Chore(send_shopper_letters, every_s=5.0),
)
# Most hours it asks nobody, as the rates of the last working day are there.
RATES = (Chore(fetch_published_rates, every_s=3_600.0),)


def threads_here() -> Mapping[str, Sequence[Chore]]:
    """Return what runs here by its thread's name: rates only of a real realm whose operator named their address."""
    threads = {"payments": PAYMENTS, "letters": LETTERS}
    return {**threads, "rates": RATES} if settings.RATES_URL and settings.REALM.is_real else threads


def start(*, stopping: threading.Event, threads: Mapping[str, Sequence[Chore]] | None = None) -> list[threading.Thread]:
    """Begin what waits for others, `threads_here` unless others are named, until `stopping` is set; return the threads.

    They end with the process wherever they are: what was asked for is written down before and looked at again after,
    and a letter that is not marked is sent again.
    """
    tell_what_waits()
    begun = [
        threading.Thread(target=_run, args=(chores, stopping), name=name, daemon=True)
        for name, chores in (threads_here() if threads is None else threads).items()
    ]
    for thread in begun:
        thread.start()
    return begun


def _run(chores: Sequence[Chore], stopping: threading.Event) -> None:
    try:
        Rota(chores).run(stopping=stopping)
    finally:
        # Whatever ended it ends the process, which is started again: nobody would see that a thread is gone.
        stopping.set()
        connection.close()
