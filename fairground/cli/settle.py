"""`fairground settle`: what the background does for merchants' money, now and to its end."""

import json
from collections.abc import Callable

import click
from django.conf import settings

from fairground.cli.progress import progress_bar
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.clock import wall_ms
from fairground.settlement.actions.propose_payouts import payouts_waiting_for_rates, propose_payouts
from fairground.settlement.actions.release_orders import ORDERS_A_BATCH_MAX, release_orders
from fairground.settlement.actions.return_reserves import return_reserves
from fairground.settlement.actions.settle_deposits import settle_deposits
from fairground.settlement.queries import count_due
from fairground.settlement.tasks import read_completed

EPILOG = """\b
Examples:
  fairground settle
  fairground settle --json
It may be stopped at any moment, and run as often as one likes: what is done is done once.
"""


@click.command(epilog=EPILOG)
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def settle(realm: str | None, as_json: bool) -> None:
    """Release completed orders from escrow, settle what ended deposits left, and propose the payouts that are due.

    Reserves whose days are over go to their merchants. The background does the same by itself, in small steps.
    """
    enter_realm(realm)
    with realm_database():
        told = settle_all(clock_ms=wall_ms, quiet=as_json)
    words = (
        f"{told['released']:,} orders released, {told['held']:,} held back, "
        f"{told['deposits']:,} ended deposits settled, "
        f"{told['reserves']:,} reserves returned, {told['payouts']:,} payouts proposed."
    )
    if told["waiting_for_rates"]:
        words += f" {told['waiting_for_rates']:,} wait for an exchange rate: see fairground rates."
    click.echo(json.dumps(told) if as_json else words)


def settle_all(*, clock_ms: Callable[[], int], quiet: bool) -> dict[str, int]:
    """Settle what there is to settle, with a bar unless `quiet`, and return how much; the database is up.

    It may last long: each batch of orders is booked at the moment that `clock_ms` tells when it begins.
    """
    while read_completed():
        pass
    with progress_bar("Orders", count_due(), quiet=quiet, is_counted=True) as told:
        on_released: Callable[[int], None] = told
        released = 0
        while batch := release_orders(now_ms=clock_ms(), batch_max=ORDERS_A_BATCH_MAX, orders_max=ORDERS_A_BATCH_MAX):
            released += batch
            on_released(released)
    return {
        "released": released,
        "held": count_due(),
        "deposits": settle_deposits(now_ms=clock_ms()),
        "reserves": return_reserves(now_ms=clock_ms()),
        "payouts": propose_payouts(now_ms=clock_ms(), is_real=settings.REALM.is_real),
        "waiting_for_rates": _count_waiting(clock_ms()),
    }


def _count_waiting(now_ms: int) -> int:
    return sum(one.payouts for one in payouts_waiting_for_rates(now_ms=now_ms, is_real=settings.REALM.is_real))
